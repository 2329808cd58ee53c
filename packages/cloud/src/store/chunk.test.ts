import { PackFault } from '@fernsight/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Point, packPoints, packRaw, type RawRows, unpackPoints, unpackRaw } from './chunk.ts';
import { packMark } from './marks.ts';
import { rollPoints, rollRows } from './rollup.ts';

const row = fc.record({
  tsUs: fc.integer({ min: 0, max: 4e15 }),
  value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  steps: fc.nat(65_535),
  mark: fc.nat(1023),
});

function rowsOf(
  list: readonly { tsUs: number; value: number; steps: number; mark: number }[],
): RawRows {
  return {
    tsUs: Float64Array.from(list, ({ tsUs }) => tsUs),
    value: Float64Array.from(list, ({ value }) => value),
    steps: Uint16Array.from(list, ({ steps }) => steps),
    marks: Uint16Array.from(list, ({ mark }) => mark),
    bands: [],
  };
}

describe('chunks', () => {
  test('give back every reading to the last bit', () => {
    fc.assert(
      fc.property(fc.array(row), (list) => {
        const rows = rowsOf(list);
        expect(unpackRaw(packRaw(rows))).toEqual(rows);
      }),
    );
  });

  test('keep a band to a four-thousandth of its height', () => {
    const bands = Array.from({ length: 50 }, (_, index) => ({
      tsUs: index * 60e6,
      lower: 20 + Math.sin(index),
      upper: 24 + Math.sin(index),
    }));
    const { bands: back } = unpackRaw(packRaw({ ...rowsOf([]), bands }));
    for (const [index, band] of bands.entries()) {
      expect(Math.abs((back[index]?.lower ?? 0) - band.lower)).toBeLessThan(6 / 4000);
      expect(Math.abs((back[index]?.upper ?? 0) - band.upper)).toBeLessThan(6 / 4000);
    }
  });

  test('of points give them back', () => {
    const point: Point = {
      tsUs: 60e6,
      count: 3,
      min: 1,
      max: 4,
      mean: 2.5,
      anomalies: 1,
      worst: -1,
      lower: Number.NaN,
      upper: Number.NaN,
    };
    expect(unpackPoints(packPoints([point]))).toEqual([point]);
  });

  test('that are damaged raise a PackFault or give some rows, and never hang', () => {
    const bytes = packRaw(
      rowsOf(Array.from({ length: 40 }, (_, n) => ({ tsUs: n, value: n, steps: n, mark: 2 }))),
    );
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.nat(255),
        fc.nat(bytes.length),
        (at, byte, length) => {
          const damaged = bytes.slice(0, length);
          if (at < length) damaged[at] = byte;
          for (const unpack of [unpackRaw, unpackPoints]) {
            try {
              unpack(damaged);
            } catch (error) {
              expect(error).toBeInstanceOf(PackFault);
            }
          }
        },
      ),
    );
  });
});

describe('rollups', () => {
  test('are additive: parts of any cut merge into the whole', () => {
    const reading = fc.record({
      tsUs: fc.integer({ min: 0, max: 600e6 }),
      value: fc.integer({ min: -1000, max: 1000 }),
      steps: fc.nat(65_535),
      mark: fc.constantFrom(
        packMark({ stage: 'ready' }),
        packMark({ stage: 'ready', anomaly: true }),
        packMark({ stage: 'late' }),
      ),
    });
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1 }), fc.nat(), (list, cut) => {
        const at = cut % (list.length + 1);
        const whole = rollPoints(rollRows(rowsOf(list), 60e6), 60e6);
        const parts = [list.slice(0, at), list.slice(at)].flatMap((part) =>
          rollRows(rowsOf(part), 60e6),
        );
        const merged = rollPoints(parts, 60e6);
        expect(merged.length).toBe(whole.length);
        for (const [index, point] of whole.entries()) {
          const { mean, ...rest } = point;
          const { mean: mergedMean, ...mergedRest } = merged[index] ?? point;
          expect(mergedRest).toEqual(rest);
          expect(mergedMean).toBeCloseTo(mean, 9);
        }
      }),
    );
  });

  test('leave out what is ahead of the clock', () => {
    const future = rowsOf([{ tsUs: 1, value: 9, steps: 0, mark: packMark({ stage: 'future' }) }]);
    expect(rollRows(future, 60e6)).toEqual([]);
  });
});
