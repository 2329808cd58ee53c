import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseFault } from './ids.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

describe('a time as text', () => {
  it.each([
    ['2026-11-03T14:05:09.123456Z', 1793714709123456],
    ['2026-11-03 14:05:09', 1793714709000000],
    ['2026-11-03T14:05:09.1234567891Z', 1793714709123456],
    ['2026-11-03T16:05:09.5+02:00', 1793714709500000],
    ['2026-11-03T16:05:09+02', 1793714709000000],
    ['2026-11-03 03:35:09-1030', 1793714709000000],
    ['2026-11-03T14:05Z', 1793714700000000],
    ['2026-11-03', 1793664000000000],
    ['1793714709', 1793714709000000],
    ['1793714709.25', 1793714709250000],
    ['1793714709123', 1793714709123000],
    ['1793714709123456', 1793714709123456],
    ['1793714709123456789', 1793714709123457],
    ['1969-12-31T23:59:59.999999Z', -1],
  ])('%s is read to the microsecond', (text, tsUs) => {
    expect(parseTimestamp(text)).toBe(tsUs);
  });

  it.each([
    '',
    'yesterday',
    '2026-13-01',
    '2026-02-30',
    '2026-11-03T24:00:00Z',
    '2026-11-03T14:60:00Z',
    '2026-11-03T14:05:09+24:00',
    '2026-11-03T14:05:09+02:60',
    '2026-11-03T14:05:09+99:99',
    '0001-01-01T00:00:00',
    '1e5',
    'NaN',
    '99999999999999999999999',
    '2026-11-03T14:05:09Z; DROP TABLE',
  ])('%j is refused', (text) => {
    expect(() => parseTimestamp(text)).toThrow(ParseFault);
  });

  it('what is written is read back, from 1970 to 2200', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7_258_118_400_000_000 }), (tsUs) => {
        expect(parseTimestamp(formatTimestamp(tsUs))).toBe(tsUs);
      }),
    );
  });

  it('any text gives a time or a ParseFault, nothing else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          return Number.isSafeInteger(parseTimestamp(text));
        } catch (error) {
          return error instanceof ParseFault;
        }
      }),
    );
  });
});
