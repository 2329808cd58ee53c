import { Fault } from '@fernsight/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEntries, type Entry, encodeEntries } from './entry.ts';

function entryOf(values: readonly number[], receivedUs: number): Entry {
  return {
    receivedUs,
    series: Uint32Array.from(values, (_, index) => index + 1),
    tsUs: Float64Array.from(values, (_, index) => index * 1e6),
    value: Float64Array.from(values),
    steps: Uint16Array.from(values, (_, index) => index),
    marks: Uint16Array.from(values, () => 2),
    bands: [{ series: 1, tsUs: 0, lower: 0.5, upper: 1.5 }],
    events: [{ what: 'duplicates', device: 1, count: values.length }],
  };
}

describe('a row of the journal', () => {
  test('gives its entries back', () => {
    const values = fc.array(fc.double({ noNaN: true }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(values, { maxLength: 5 }), (lists) => {
        const entries = lists.map(entryOf);
        expect(decodeEntries(encodeEntries(entries))).toEqual(entries);
      }),
    );
  });

  test('that is cut raises a fault that says so', () => {
    const bytes = encodeEntries([entryOf([1, 2, 3], 7)]);
    expect(() => decodeEntries(bytes.slice(0, bytes.length - 8))).toThrow(Fault);
    expect(() => decodeEntries(bytes.slice(0, 2))).toThrow(/the journal is damaged/);
  });
});
