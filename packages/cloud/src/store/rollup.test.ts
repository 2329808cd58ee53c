import { expect, test } from 'vitest';
import { rollRows } from './rollup.ts';

const START_US = 1_772_323_200_000_000;

test('points narrower than a minute each have the band of their minute', () => {
  const rows = {
    tsUs: Float64Array.from({ length: 120 }, (_, second) => START_US + second * 1e6),
    value: new Float64Array(120),
    steps: new Uint16Array(120),
    marks: new Uint16Array(120),
    bands: [1, 2].map((edge, minute) => ({
      tsUs: START_US + minute * 60e6,
      lower: edge,
      upper: 10 * edge,
    })),
  };
  const points = rollRows(rows, 5e6);
  expect(points.lower).toEqual([...Array(12).fill(1), ...Array(12).fill(2)]);
  expect(points.upper).toEqual(points.lower.map((lower) => 10 * lower));
  expect(rollRows(rows, 60e6).lower).toEqual([1, 2]);
});

test.each([
  [[Number.NaN, 1]],
  [[1e300, -1e300]],
  [[0, 1e300]],
  [[Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]],
])('stamps of a damaged chunk, %j, lose no reading', (stamps) => {
  const tsUs = Float64Array.from(stamps);
  const [value, columns] = [new Float64Array(2), new Uint16Array(2)];
  const { count } = rollRows({ tsUs, value, steps: columns, marks: columns, bands: [] }, 60e6);
  expect(count.reduce((sum, one) => sum + one, 0)).toBe(2);
});
