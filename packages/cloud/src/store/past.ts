/**
 * A series' past as points of one width, extremes kept: what history answers. Columns of one length, in time order.
 */
import type { Point, RawRows } from './chunk.ts';
import { isAnomaly, isScored } from './marks.ts';

export interface Past {
  /** width of a point; 0: single readings */
  readonly resolutionUs: number;
  readonly points: readonly Point[];
}

/** @returns single readings as points; each has the band of its minute */
export function pointsOfRows(rows: RawRows): Point[] {
  let next = 0;
  let lower = Number.NaN;
  let upper = Number.NaN;
  return Array.from(rows.tsUs, (tsUs, row) => {
    for (
      let band = rows.bands[next];
      band !== undefined && band.tsUs <= tsUs;
      band = rows.bands[++next]
    ) {
      lower = band.lower;
      upper = band.upper;
    }
    const value = rows.value[row] ?? 0;
    const mark = rows.marks[row] ?? 0;
    const worst = isScored(mark) ? (rows.steps[row] ?? 0) : -1;
    const anomalies = isAnomaly(mark) ? 1 : 0;
    return { tsUs, count: 1, min: value, max: value, mean: value, anomalies, worst, lower, upper };
  });
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
