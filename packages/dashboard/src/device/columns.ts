/**
 * A chart's columns: history from the server, then what came live since, with breaks where the series was silent. The
 * order is that of uPlot's series: time in seconds, lowest, highest, lower and upper end of the expected band, mean.
 */
import type { HistoryReply, LatestPoint } from '@fernsight/wire';

type Column = (number | null)[];

export interface Columns {
  /** seconds since 1970, ascending */
  readonly time: number[];
  readonly min: Column;
  readonly max: Column;
  readonly lower: Column;
  readonly upper: Column;
  readonly mean: Column;
  /** the worst in the point; null: unscored, or a break */
  readonly score: Column;
  /** anomalies in the point */
  readonly anomalies: number[];
}

/** A silence of so many usual intervals is drawn as a break. */
const BREAK_INTERVALS = 4;

function emptyColumns(): Columns {
  return { time: [], min: [], max: [], lower: [], upper: [], mean: [], score: [], anomalies: [] };
}

/**
 * @param tail readings in time order, a moment once; one that a point of the history spans widens that point, one that
 *   is in the history itself is passed over
 * @returns columns of one length. O(history + tail)
 */
export function joinColumns(
  history: HistoryReply | undefined,
  tail: readonly LatestPoint[],
): Columns {
  const columns = emptyColumns();
  const stamps = history?.tsUs ?? [];
  const resolutionUs = history?.resolutionUs ?? 0;
  const widthUs = Math.max(1, resolutionUs);
  const endUs = (stamps.at(-1) ?? Number.NEGATIVE_INFINITY) + widthUs;
  const freshUs = tail.map(({ tsUs }) => tsUs).filter((tsUs) => tsUs >= endUs);
  const breakUs = BREAK_INTERVALS * Math.max(usualInterval(stamps), usualInterval(freshUs));
  let beforeUs = Number.POSITIVE_INFINITY;
  const step = (tsUs: number) => {
    if (breakUs > 0 && tsUs - beforeUs > breakUs) pushBreak(columns, (beforeUs + tsUs) / 2);
    beforeUs = tsUs;
  };
  let row = 0;
  const pushHistory = (untilUs: number) => {
    for (; history !== undefined && (stamps[row] ?? Number.NaN) <= untilUs; row++) {
      step(stamps[row] ?? 0);
      pushRow(columns, history, row);
    }
  };
  for (const point of tail) {
    pushHistory(point.tsUs);
    const startUs = stamps[row - 1] ?? Number.NEGATIVE_INFINITY;
    if (point.tsUs >= startUs + widthUs) {
      step(point.tsUs);
      pushPoint(columns, point);
    } else if (resolutionUs > 0) widenLast(columns, point);
  }
  pushHistory(Number.POSITIVE_INFINITY);
  return columns;
}

function pushRow(columns: Columns, history: HistoryReply, row: number): void {
  columns.time.push((history.tsUs[row] ?? 0) / 1e6);
  columns.min.push(history.min[row] ?? null);
  columns.max.push(history.max[row] ?? null);
  columns.lower.push(history.lower[row] ?? null);
  columns.upper.push(history.upper[row] ?? null);
  columns.mean.push(history.mean[row] ?? null);
  columns.score.push(history.score[row] ?? null);
  columns.anomalies.push(history.anomalies[row] ?? 0);
}

function pushPoint(columns: Columns, point: LatestPoint): void {
  columns.time.push(point.tsUs / 1e6);
  columns.min.push(point.value);
  columns.max.push(point.value);
  columns.lower.push(point.lower);
  columns.upper.push(point.upper);
  columns.mean.push(point.value);
  columns.score.push(point.score);
  columns.anomalies.push(point.anomaly ? 1 : 0);
}

/** Whether the last point counts the reading already is not known: its ends and its worst score hold either way. */
function widenLast(columns: Columns, { value, score, anomaly }: LatestPoint): void {
  const last = columns.time.length - 1;
  columns.min[last] = Math.min(value, columns.min[last] ?? value);
  columns.max[last] = Math.max(value, columns.max[last] ?? value);
  if (score !== null) columns.score[last] = Math.max(score, columns.score[last] ?? 0);
  if (anomaly) columns.anomalies[last] ||= 1;
}

function pushBreak(columns: Columns, tsUs: number): void {
  columns.time.push(tsUs / 1e6);
  for (const name of ['min', 'max', 'lower', 'upper', 'mean', 'score'] as const)
    columns[name].push(null);
  columns.anomalies.push(0);
}

/** @returns the median step, or 0 for fewer than three stamps */
function usualInterval(stamps: readonly number[]): number {
  if (stamps.length < 3) return 0;
  const steps = stamps.slice(1).map((tsUs, index) => tsUs - (stamps[index] ?? 0));
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 0;
}

/** @returns the rows that no line reaches: a value between breaks or ends. O(rows) */
export function loneRows(values: ArrayLike<number | null | undefined>): number[] {
  const isGap = (row: number) => (values[row] ?? null) === null;
  return Array.from({ length: values.length }, (_, row) => row).filter(
    (row) => !isGap(row) && isGap(row - 1) && isGap(row + 1),
  );
}

/** @returns the row nearest to a time, or undefined without rows. O(log rows) */
export function nearestRow(time: readonly number[], seconds: number): number | undefined {
  if (time.length === 0) return undefined;
  let low = 0;
  let high = time.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((time[middle] ?? 0) < seconds) low = middle;
    else high = middle;
  }
  return seconds - (time[low] ?? 0) <= (time[high] ?? 0) - seconds ? low : high;
}
