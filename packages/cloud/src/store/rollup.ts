/**
 * Rollups: what a minute or an hour of a series amounts to. They are additive: the parts of one minute, made from
 * different chunks at different times, merge into the whole, so that a late reading brings its own part and nothing is
 * ever rebuilt.
 */
import { US_PER_HOUR, US_PER_MINUTE } from '@fernsight/base';
import type { RawRows } from './chunk.ts';
import { isAnomaly, isScored, isTimely } from './marks.ts';
import { createPoints, joinPoints, type Points, truncate } from './points.ts';

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
 * @param rows in time order
 * @param widthUs of the stretches, which start at its multiples
 * @param withFuture readings ahead of the clock count, too: in what is looked at, not in what is kept
 * @returns the parts that these rows are, in time order. O(rows)
 */
export function rollRows(
  rows: RawRows,
  widthUs: number,
  { withFuture = false }: { readonly withFuture?: boolean } = {},
): Points {
  const points = createPoints(stretchesOf(rows, widthUs));
  let at = -1;
  let startUs = Number.NaN;
  for (let row = 0; row < rows.tsUs.length; row++) {
    const mark = rows.marks[row] ?? 0;
    if (!withFuture && !isTimely(mark)) continue;
    const tsUs = rows.tsUs[row] ?? 0;
    if (!(tsUs >= startUs && tsUs < startUs + widthUs)) {
      startUs = floorTo(tsUs, widthUs);
      points.tsUs[++at] = startUs;
    }
    addReading(points, at, rows.value[row] ?? 0);
    if (isAnomaly(mark)) points.anomalies[at] = (points.anomalies[at] ?? 0) + 1;
    if (isScored(mark)) points.worst[at] = Math.max(points.worst[at] ?? -1, rows.steps[row] ?? 0);
  }
  truncate(points, at + 1);
  holdBands(points, rows.bands, widthUs);
  return points;
}

/** @returns how many the rows are in at most */
function stretchesOf({ tsUs }: RawRows, widthUs: number): number {
  const spanUs = (tsUs[tsUs.length - 1] ?? 0) - (tsUs[0] ?? 0);
  const stretches = Math.ceil(spanUs / widthUs) + 1;
  // stamps of a damaged chunk are any numbers
  return stretches > 0 && stretches < tsUs.length ? stretches : tsUs.length;
}

/**
 * Gives points the band that held last before they end. A band holds for its minute: each of the narrower points in it
 * has it, a wider point has the newest that began in it.
 *
 * @param points in time order, as the bands are
 */
export function holdBands(points: Points, bands: RawRows['bands'], widthUs: number): void {
  let next = 0;
  let held: RawRows['bands'][number] | undefined;
  for (let row = 0; row < points.tsUs.length; row++) {
    const tsUs = points.tsUs[row] ?? 0;
    for (
      let band = bands[next];
      band !== undefined && band.tsUs < tsUs + widthUs;
      band = bands[++next]
    )
      held = band;
    if (held === undefined || (widthUs >= US_PER_MINUTE && held.tsUs < tsUs)) continue;
    points.lower[row] = held.lower;
    points.upper[row] = held.upper;
  }
}

function addReading(points: Points, at: number, value: number): void {
  const count = (points.count[at] ?? 0) + 1;
  const mean = points.mean[at] ?? 0;
  points.count[at] = count;
  points.mean[at] = mean + share(value, mean, 1 / count);
  points.min[at] = Math.min(points.min[at] ?? value, value);
  points.max[at] = Math.max(points.max[at] ?? value, value);
}

/** @returns a part of the way from a mean to a value; where that way is longer than any number, by its two ends */
function share(value: number, mean: number, part: number): number {
  const way = value - mean;
  return Number.isFinite(way) ? way * part : value * part - mean * part;
}

/** @returns the parts merged into wider stretches, in time order. O(n), O(n log n) where they overlap */
export function rollPoints(parts: readonly Points[], widthUs: number): Points {
  const all = joinPoints(parts);
  const rolled = createPoints(all.tsUs.length);
  const starts = all.tsUs.map((tsUs) => floorTo(tsUs, widthUs));
  let at = -1;
  for (const row of inOrder(starts)) {
    const startUs = starts[row] ?? 0;
    if (startUs !== rolled.tsUs[at]) rolled.tsUs[++at] = startUs;
    mergeRow(rolled, at, { part: all, row });
  }
  truncate(rolled, at + 1);
  return rolled;
}

/** @returns the rows by their starts; of one stretch in the order given */
function inOrder(starts: readonly number[]): number[] {
  const rows = Array.from(starts.keys());
  const isOrdered = starts.every((startUs, row) => startUs >= (starts[row - 1] ?? startUs));
  return isOrdered ? rows : rows.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0));
}

function mergeRow(
  whole: Points,
  at: number,
  { part, row }: { readonly part: Points; readonly row: number },
): void {
  const partCount = part.count[row] ?? 0;
  const count = (whole.count[at] ?? 0) + partCount;
  const mean = whole.mean[at] ?? 0;
  whole.mean[at] = mean + share(part.mean[row] ?? 0, mean, partCount / count);
  whole.count[at] = count;
  const [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  whole.min[at] = Math.min(whole.min[at] ?? least, part.min[row] ?? least);
  whole.max[at] = Math.max(whole.max[at] ?? most, part.max[row] ?? most);
  whole.anomalies[at] = (whole.anomalies[at] ?? 0) + (part.anomalies[row] ?? 0);
  whole.worst[at] = Math.max(whole.worst[at] ?? -1, part.worst[row] ?? -1);
  const lower = part.lower[row] ?? Number.NaN;
  if (Number.isNaN(lower)) return;
  whole.lower[at] = lower;
  whole.upper[at] = part.upper[row] ?? Number.NaN;
}

/** @returns the multiple of `widthUs` at or below `tsUs` */
export function floorTo(tsUs: number, widthUs: number): number {
  return Math.floor(tsUs / widthUs) * widthUs;
}
