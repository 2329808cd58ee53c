import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createEpoch,
  isName,
  ParseFault,
  parseDeviceId,
  parseEpoch,
  parseSeq,
  parseSeriesId,
  parseTsUs,
} from './ids.ts';

describe('names of devices and sensors', () => {
  it.each([
    'a',
    'edge-002',
    'Pump 3 (north)',
    'ventilação',
    '温度',
    '🌡',
    'a'.repeat(128),
    'a.b:c@d',
  ])('%j is one', (name) => expect(parseDeviceId(name)).toBe(name));
  it.each([
    '',
    ' a',
    'a ',
    'a/b',
    'a\nb',
    '\u0000',
    'a'.repeat(129),
    '\t',
    '\ud800',
    'a\udfffb',
    7,
    null,
    undefined,
    {},
  ])('%j is none', (name) => {
    expect(isName(name)).toBe(false);
    expect(() => parseDeviceId(name)).toThrow(ParseFault);
  });
});

describe('epochs', () => {
  it('sort by the time they began and are parsed back', () => {
    const at = (ms: number) => createEpoch(parseTsUs(ms * 1000), 5);
    expect(at(1_000) < at(1_793_714_709_123)).toBe(true);
    expect(parseEpoch(at(0))).toBe(at(0));
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 2 ** 48 - 1 }), (time, random) => {
        const epoch = createEpoch(parseTsUs(time), random);
        expect(parseEpoch(epoch)).toBe(epoch);
      }),
    );
  });
});

describe('positions', () => {
  it.each([-1, 0.5, Number.NaN, 2 ** 53, '1'])('%j is no sequence number', (value) => {
    expect(() => parseSeq(value)).toThrow(ParseFault);
  });
  it.each([0, 2 ** 31, 1.5])('%j is no series number', (value) => {
    expect(() => parseSeriesId(value)).toThrow(ParseFault);
  });
});
