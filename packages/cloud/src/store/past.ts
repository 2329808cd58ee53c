/**
 * A series' past as points of one width, extremes kept: what history answers.
 */
import { UNREADABLE_MAX } from '@fernsight/wire/client';
import type { RawRows } from './chunk.ts';
import { isAnomaly, isScored } from './marks.ts';
import type { Points } from './points.ts';
import { holdBands } from './rollup.ts';

export interface Past {
  /** width of a point; 0: single readings */
  readonly resolutionUs: number;
  /** in time order */
  readonly points: Points;
  readonly unreadable: readonly Stretch[];
}

/** From one stamp to another, both of them in it. */
export interface Stretch {
  readonly fromUs: number;
  readonly toUs: number;
}

/** @returns the same in time order, those that overlap joined; of more than UNREADABLE_MAX the last is all of the rest */
export function joinStretches(stretches: readonly Stretch[]): Stretch[] {
  const joined: { fromUs: number; toUs: number }[] = [];
  for (const { fromUs, toUs } of stretches.toSorted((a, b) => a.fromUs - b.fromUs)) {
    const last = joined[joined.length - 1];
    if (last !== undefined && (fromUs <= last.toUs || joined.length === UNREADABLE_MAX))
      last.toUs = Math.max(last.toUs, toUs);
    else joined.push({ fromUs, toUs });
  }
  return joined;
}

/** @returns single readings as points, each of which is its least, most and mean; each has the band of its minute */
export function pointsOfRows({ tsUs, value, steps, marks, bands }: RawRows): Points {
  const values = Array.from(value);
  const points = {
    tsUs: Array.from(tsUs),
    count: values.map(() => 1),
    min: values,
    max: values,
    mean: values,
    anomalies: Array.from(marks, (mark) => (isAnomaly(mark) ? 1 : 0)),
    worst: Array.from(marks, (mark, row) => (isScored(mark) ? (steps[row] ?? 0) : -1)),
    lower: values.map(() => Number.NaN),
    upper: values.map(() => Number.NaN),
  };
  holdBands(points, bands, 1);
  return points;
}

/** Widths that people read easily, in seconds; above the last one whole days. */
const WIDTHS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
];
const DAY_S = 86_400;

/** @returns the narrowest width at which the span has at most so many points */
export function widthFor(spanUs: number, pointsMax: number): number {
  const leastS = spanUs / 1e6 / pointsMax;
  const width = WIDTHS_S.find((candidate) => candidate >= leastS);
  return (width ?? Math.ceil(leastS / DAY_S) * DAY_S) * 1e6;
}
