import { expect, test } from 'vitest';
import { type Point, pointsOf, pointsWithin } from './points.ts';
import { pointRows } from './pointsTrial.ts';

const rows: Point[] = [10, 20, 30, 40].map((tsUs) => ({
  tsUs,
  count: tsUs + 1,
  min: tsUs + 2,
  max: tsUs + 3,
  mean: tsUs + 4,
  anomalies: tsUs + 5,
  worst: tsUs + 6,
  lower: tsUs + 7,
  upper: tsUs + 8,
}));

test.each([
  [0, 50, rows],
  [20, 30, rows.slice(1, 3)],
  [21, 40, rows.slice(2)],
  [0, 39, rows.slice(0, 3)],
  [31, 39, []],
  [41, 50, []],
  [0, 9, []],
])('points within %d and %d, both included, keep all their columns', (fromUs, toUs, expected) => {
  expect(pointRows(pointsWithin(pointsOf(rows), fromUs, toUs))).toEqual(expected);
});
