/**
 * Rollups: what a minute or an hour of a series amounts to. They are additive: the parts of one minute, made from
 * different chunks at different times, merge into the whole, so that a late reading brings its own part and nothing is
 * ever rebuilt.
 */
import { US_PER_HOUR, US_PER_MINUTE } from '@fernsight/base';
import type { Point, RawRows } from './chunk.ts';
import { isAnomaly, isScored, isTimely } from './marks.ts';

/** Levels of a series' past; the number is on disk. */
export const RAW = 0;
export const MINUTES = 1;
export const HOURS = 2;
export type Level = typeof RAW | typeof MINUTES | typeof HOURS;

/** Width of a point of each level; 0: single readings. */
export const LEVEL_US: Readonly<Record<Level, number>> = {
  [RAW]: 0,
  [MINUTES]: US_PER_MINUTE,
  [HOURS]: US_PER_HOUR,
};

/**
 * @param widthUs of the stretches, which start at its multiples
 * @param withFuture readings ahead of the clock count, too: in what is looked at, not in what is kept
 * @returns the parts that these rows are, by stretch, in the order they first appear. O(rows)
 */
export function rollRows(
  rows: RawRows,
  widthUs: number,
  { withFuture = false }: { readonly withFuture?: boolean } = {},
): Point[] {
  const points = new Map<number, Point>();
  let point: Point | undefined;
  for (let row = 0; row < rows.tsUs.length; row++) {
    const mark = rows.marks[row] ?? 0;
    if (!withFuture && !isTimely(mark)) continue;
    const tsUs = rows.tsUs[row] ?? 0;
    // readings mostly come in order: the stretch of the one before is the one of this
    if (point === undefined || tsUs < point.tsUs || tsUs >= point.tsUs + widthUs) {
      point = pointAt(points, floorTo(tsUs, widthUs));
    }
    addReading(point, rows.value[row] ?? 0);
    if (isAnomaly(mark)) point.anomalies++;
    if (isScored(mark)) point.worst = Math.max(point.worst, rows.steps[row] ?? 0);
  }
  const rolled = [...points.values()];
  if (widthUs < US_PER_MINUTE) holdBands(rolled, rows.bands, widthUs);
  else
    for (const { tsUs, lower, upper } of rows.bands) {
      if (point === undefined || tsUs < point.tsUs || tsUs >= point.tsUs + widthUs) {
        point = points.get(floorTo(tsUs, widthUs));
      }
      if (point === undefined) continue;
      point.lower = lower;
      point.upper = upper;
    }
  return rolled;
}

/** A band holds for a minute: each of the narrower points in it has it. @param points in time order */
function holdBands(points: readonly Point[], bands: RawRows['bands'], widthUs: number): void {
  let next = 0;
  let held: RawRows['bands'][number] | undefined;
  for (const point of points) {
    for (
      let band = bands[next];
      band !== undefined && band.tsUs < point.tsUs + widthUs;
      band = bands[++next]
    )
      held = band;
    if (held === undefined) continue;
    point.lower = held.lower;
    point.upper = held.upper;
  }
}

function pointAt(points: Map<number, Point>, tsUs: number): Point {
  const known = points.get(tsUs);
  if (known !== undefined) return known;
  const fresh = {
    tsUs,
    count: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    mean: 0,
    anomalies: 0,
    worst: -1,
    lower: Number.NaN,
    upper: Number.NaN,
  };
  points.set(tsUs, fresh);
  return fresh;
}

function addReading(point: Point, value: number): void {
  point.count++;
  point.mean += share(value, point.mean, 1 / point.count);
  point.min = Math.min(point.min, value);
  point.max = Math.max(point.max, value);
}

/** @returns a part of the way from a mean to a value; where that way is longer than any number, by its two ends */
function share(value: number, mean: number, part: number): number {
  const way = value - mean;
  return Number.isFinite(way) ? way * part : value * part - mean * part;
}

/** @returns the points merged into wider stretches, in time order */
export function rollPoints(parts: readonly Point[], widthUs: number): Point[] {
  const points = new Map<number, Point>();
  for (const part of parts) mergePoint(points, part, floorTo(part.tsUs, widthUs));
  return [...points.values()].sort((a, b) => a.tsUs - b.tsUs);
}

function mergePoint(points: Map<number, Point>, part: Point, tsUs: number): void {
  const whole = points.get(tsUs);
  if (whole === undefined) {
    points.set(tsUs, { ...part, tsUs });
    return;
  }
  const count = whole.count + part.count;
  whole.mean += share(part.mean, whole.mean, part.count / count);
  whole.count = count;
  whole.min = Math.min(whole.min, part.min);
  whole.max = Math.max(whole.max, part.max);
  whole.anomalies += part.anomalies;
  whole.worst = Math.max(whole.worst, part.worst);
  if (!Number.isNaN(part.lower)) {
    whole.lower = part.lower;
    whole.upper = part.upper;
  }
}

/** @returns the multiple of `widthUs` at or below `tsUs` */
export function floorTo(tsUs: number, widthUs: number): number {
  return Math.floor(tsUs / widthUs) * widthUs;
}
