import { PackFault } from '@fernsight/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packPoints, packRaw, type RawRows, unpackPoints, unpackRaw } from './chunk.ts';
import { packMark } from './marks.ts';
import { type Point, pointsOf } from './points.ts';
import { pointRows } from './pointsTrial.ts';
import { rollPoints, rollRows } from './rollup.ts';

/** Chunks as the first format had them. */
const FIRST_RAW =
  '01060100003426f56b0c4380897a000411900302020202020000e803d007b80ba00f88130306020100003426f56b0c43809c' +
  '9c390000000000003340166001166001563f02983ae805e805';
const FIRST_POINTS =
  '0102010000000000000000809c9c3910020010080019aa848be90f00030301010000000000000000f03f100001100001603f' +
  '0000028040';
/** As the second had them, plain and compressed: scores and bands row by row. */
const SECOND_RAW =
  '0203010000000000000000809c9c390001110002022c012d012e01020303010000000000000000809c9c39000100000000000000' +
  '00161616161616a63f02d0032e002e5b';
const SECOND_COMPRESSED =
  '0328b52ffd60420365040082061119a027e927f97f776aeff93fb8df5c9f7cdb81e33c52b725b9035443454354d190b1d09000ac' +
  '38c206a30916507777777777777777777777777777e798620a841c662b0122003e61aa80132293007184370cb628050483c3a061' +
  '20181c060d03c1e030681808068741c34030380c1a0682c161d030100c0e838681607018340c0483c3a06120500688';
const SECOND_POINTS =
  '0202010000000000000000809c9c3910020010040001111e000202000106060000000000000000141414141414a43f02cc033401';
/** As the fourth had them: plain, without a checksum. */
const FOURTH_RAW =
  '0403010000000000000000809c9c390001110002022c2d2e0101010203070000000000000000161616161616a63f022e2ed00300' +
  '5b';
const FOURTH_POINTS =
  '0402010000000000000000809c9c391000021000040111001e01020001000600000000000000000000141414141414a43f0234fe' +
  '0333';
const FIRST_VALUES = [20, 20.1, 20.2, 20.3, 20.4, 20.5];

const row = fc.record({
  tsUs: fc.integer({ min: 0, max: 4e15 }),
  value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  steps: fc.nat(65_535),
  mark: fc.nat(1023),
});

function hexBytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

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

/** Some bits of a compressed chunk say nothing: how far a decoder may look back, what fills up a byte. */
function expectSameOrFault<T>(unpack: () => T, rows: T): void {
  let unpacked: T;
  try {
    unpacked = unpack();
  } catch (error) {
    expect(error).toBeInstanceOf(PackFault);
    return;
  }
  expect(unpacked).toEqual(rows);
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

  test('keep a band to a 255th of its height', () => {
    const bands = Array.from({ length: 50 }, (_, index) => ({
      tsUs: index * 60e6,
      lower: 20 + Math.sin(index),
      upper: 24 + Math.sin(index),
    }));
    const each = bands.map(({ tsUs }) => ({ tsUs, value: 21, steps: 7, mark: 2 }));
    const { bands: back } = unpackRaw(packRaw({ ...rowsOf([]), bands }));
    // beside a reading each they take its stamp
    expect(unpackRaw(packRaw({ ...rowsOf(each), bands })).bands).toEqual(back);
    const late = each.with(7, { tsUs: 7 * 60e6 + 1, value: 21, steps: 7, mark: 2 });
    expect(unpackRaw(packRaw({ ...rowsOf(late), bands })).bands).toEqual(back);
    for (const [index, band] of bands.entries()) {
      expect(back[index]?.tsUs).toBe(band.tsUs);
      expect(Math.abs((back[index]?.lower ?? 0) - band.lower)).toBeLessThan(6 / 255);
      expect(Math.abs((back[index]?.upper ?? 0) - band.upper)).toBeLessThan(6 / 255);
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
    expect(unpackPoints(packPoints(pointsOf([point])))).toEqual(pointsOf([point]));
  });

  test('of points keep a mean between min and max, to a 65,535th of the way, however far it is', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(number, number, share, (one, other, at) => {
        const [min, max] = [Math.min(one, other), Math.max(one, other)];
        const mean = min * (1 - at) + max * at;
        const rest = { tsUs: 0, count: 9, anomalies: 0, worst: 7, lower: 0, upper: 1 };
        const points = Array.from({ length: 4 }, () => ({ ...rest, min, max, mean }));
        const [back] = pointRows(unpackPoints(packPoints(pointsOf(points))));
        const off = Math.abs((back?.mean ?? Number.NaN) / 2 - mean / 2);
        expect(off).toBeLessThanOrEqual((max / 2 - min / 2) / 65_000 + Math.abs(mean) * 1e-15);
        expect([back?.min, back?.max]).toEqual([min, max]);
      }),
    );
  });

  test('keep a band of any height on any level, with few digits', () => {
    const edge = fc.double({ min: -1, max: 1, noNaN: true });
    const power = fc.integer({ min: -12, max: 12 }).map((exponent) => 10 ** exponent);
    const drawn = fc.record({ level: edge, by: power, high: power, edges: fc.array(edge) });
    fc.assert(
      fc.property(drawn, ({ level, by, high, edges }) => {
        const lowers = edges.map((lower) => level * by + lower * high);
        const height = Math.max(...lowers) - Math.min(...lowers);
        fc.pre(height > 1e-10 && height > 1e-9 * by);
        const bands = lowers.map((lower, tsUs) => ({ tsUs, lower, upper: lower }));
        const { bands: back } = unpackRaw(packRaw({ ...rowsOf([]), bands }));
        for (const [at, { lower, upper }] of back.entries()) {
          expect(Math.abs(lower - (lowers[at] ?? 0))).toBeLessThan((0.6 * height) / 255);
          expect(upper === lower).toBe(true);
          expect(Number(lower.toPrecision(15)) === lower).toBe(true);
        }
      }),
    );
  });

  test('of the first format are read: bands by both edges, means in full', () => {
    const raw = unpackRaw(hexBytes(FIRST_RAW));
    expect(Array.from(raw.value)).toEqual(FIRST_VALUES);
    expect(raw.bands[0]?.upper).toBeCloseTo(24, 2);
    const [, point] = pointRows(unpackPoints(hexBytes(FIRST_POINTS)));
    expect(point).toMatchObject({ mean: 2.123456789, max: 4 });
    expect(point?.upper).toBeCloseTo(9, 2);
  });

  test.each([
    [SECOND_RAW, SECOND_POINTS, 3],
    [SECOND_COMPRESSED, SECOND_POINTS, 200],
    [FOURTH_RAW, FOURTH_POINTS, 3],
  ])('of earlier formats are read: row by row, without a checksum', (hex, points, count) => {
    const { tsUs, value, steps, bands } = unpackRaw(hexBytes(hex));
    const rows = Array.from({ length: count }, (_, row) => row);
    expect(Array.from(tsUs)).toEqual(rows.map((row) => row * 60e6));
    expect(Array.from(value)).toEqual(rows.map((row) => (row % 7) / 10));
    expect(Array.from(steps)).toEqual(rows.map((row) => 300 + (row % 5)));
    for (const [row, { lower, upper }] of bands.entries()) {
      expect(lower).toBeCloseTo(row % 3, 1);
      expect(upper).toBeCloseTo(10 + (row % 2), 1);
    }
    const [, point] = pointRows(unpackPoints(hexBytes(points)));
    expect(point).toMatchObject({ mean: 1.5, count: 2, anomalies: 1, worst: 5 });
    expect([point?.lower, point?.upper]).toEqual([expect.closeTo(1, 1), expect.closeTo(10, 1)]);
  });

  test('that are short give no other rows where a bit is flipped, or their end is cut', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), fc.nat(), fc.nat(7), (list, at, bit) => {
        const rows = rowsOf(list.toSorted((a, b) => a.tsUs - b.tsUs));
        const packed = [packRaw(rows), packPoints(rollRows(rows, 60e6))];
        for (const bytes of packed) {
          expect(bytes[0]).toBe(30);
          const index = at % bytes.length;
          const flipped = bytes.with(index, (bytes[index] ?? 0) ^ (1 << bit));
          for (const damaged of [flipped, bytes.slice(0, index)]) {
            expect(() => unpackRaw(damaged)).toThrow(PackFault);
            expect(() => unpackPoints(damaged)).toThrow(PackFault);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('that are compressed give no other rows where a bit is flipped', () => {
    const reading = fc.tuple(fc.integer({ min: 1e6, max: 1.1e6 }), fc.nat(2_000), fc.nat(9_999));
    const list = fc.array(reading, { minLength: 256, maxLength: 300 });
    fc.assert(
      fc.property(list, fc.nat(), fc.nat(7), (readings, at, bit) => {
        let tsUs = 0;
        const rows = rowsOf(
          readings.map(([intervalUs, cents, steps]) => {
            tsUs += intervalUs;
            return { tsUs, value: cents / 100, steps, mark: 2 };
          }),
        );
        const packed = [packRaw(rows), packPoints(rollRows(rows, 1e6))] as const;
        const damaged = packed.map((bytes) => {
          expect(bytes[0]).toBe(5);
          const index = at % bytes.length;
          return bytes.with(index, (bytes[index] ?? 0) ^ (1 << bit));
        }) as [Uint8Array, Uint8Array];
        expectSameOrFault(() => unpackRaw(damaged[0]), rows);
        expectSameOrFault(() => unpackPoints(damaged[1]), unpackPoints(packed[1]));
      }),
      { numRuns: 500 },
    );
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
        const ordered = (part: typeof list) => rowsOf(part.toSorted((a, b) => a.tsUs - b.tsUs));
        const whole = pointRows(rollRows(ordered(list), 60e6));
        const parts = [list.slice(0, at), list.slice(at)].map((part) =>
          rollRows(ordered(part), 60e6),
        );
        const merged = pointRows(rollPoints(parts, 60e6));
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

  test('have a mean between min and max, however far these are from each other', () => {
    const list = [1.79e308, -1.79e308, 1.79e308, 1.79e308, -1.79e308].map((value, row) => {
      return { tsUs: row * 1e6, value, steps: 0, mark: 2 };
    });
    const parts = rollRows(rowsOf(list), 2e6);
    for (const { mean, min, max } of [parts, rollPoints([parts], 60e6)].flatMap(pointRows)) {
      expect(mean).toBeGreaterThanOrEqual(min);
      expect(mean).toBeLessThanOrEqual(max);
    }
  });

  test('leave out what is ahead of the clock', () => {
    const future = rowsOf([{ tsUs: 1, value: 9, steps: 0, mark: packMark({ stage: 'future' }) }]);
    expect(pointRows(rollRows(future, 60e6))).toEqual([]);
  });
});
