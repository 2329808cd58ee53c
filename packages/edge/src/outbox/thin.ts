/**
 * Thinning a body: normal stretches become one minute's min, max, mean and count; what is left raw depends on the level.
 *
 * A body accounts for the same numbers before and after. Pure functions; the policy is in bound.ts.
 */
import type { ThinnedMinute } from '@fernsight/wire/agent';
import { SURROUNDING_ROWS } from '../limits.ts';
import type { Band, Body, Explained, JointRun, SeriesRun } from './body.ts';

/** How much of a row is left. The number is the column `level`. */
export const RAW = 0;
/** anomalies and the readings around them are raw; an alarm that merely lasts is not one */
export const SURROUNDED = 1;
/** of each stretch of anomalies only the worst reading is raw */
export const PEAKS = 2;
/** counts alone */
export const GONE = 3;

const MINUTE_US = 60_000_000;

/** @returns the body with everything else in minutes. O(readings) */
export function thinBody(body: Body, level: typeof SURROUNDED | typeof PEAKS): Body {
  const minutes = new Minutes(body.thinned);
  const series: SeriesRun[] = [];
  for (const run of body.series) {
    const keep = level === SURROUNDED ? surroundedOf(run) : peaksOf(run);
    const kept = keepRows(run, keep, minutes);
    if (kept.offset.length > 0) series.push(kept);
  }
  const joint = body.joint.map(keepExplained).filter((run) => run.tsUs.length > 0);
  return { series, joint, thinned: minutes.list(), gone: body.gone };
}

/** @returns one body of two whose ranges meet; the second's offsets move up by the first's count */
export function joinBodies(first: Body, second: Body, firstCount: number): Body {
  const series = new Map(first.series.map((run) => [keyOf(run), run]));
  for (const run of second.series) {
    const moved = { ...run, offset: Array.from(run.offset, (offset) => offset + firstCount) };
    const before = series.get(keyOf(run));
    series.set(keyOf(run), before === undefined ? moved : joinRuns(before, moved));
  }
  const gone = new Map(first.gone.map((one) => [`${one.device}/${one.reason}`, one]));
  for (const one of second.gone) {
    const key = `${one.device}/${one.reason}`;
    gone.set(key, { ...one, count: one.count + (gone.get(key)?.count ?? 0) });
  }
  const minutes = new Minutes([...first.thinned, ...second.thinned]);
  return {
    series: [...series.values()],
    joint: [...first.joint, ...second.joint],
    thinned: minutes.list(),
    gone: [...gone.values()],
  };
}

/** Adds up readings by device, sensor and minute. */
class Minutes {
  readonly #minutes = new Map<string, ThinnedMinute & { sum: number }>();

  constructor(thinned: readonly ThinnedMinute[]) {
    for (const minute of thinned) this.#add({ ...minute, sum: minute.mean * minute.count });
  }

  addReading(run: SeriesRun, row: number, anomaly: boolean): void {
    const value = run.value[row] ?? 0;
    this.#add({
      device: run.device,
      sensor: run.sensor,
      minuteUs: Math.floor((run.tsUs[row] ?? 0) / MINUTE_US) * MINUTE_US,
      count: 1,
      anomalies: anomaly ? 1 : 0,
      min: value,
      max: value,
      mean: value,
      worstScoreSteps: run.scoreSteps[row] ?? 0,
      sum: value,
    });
  }

  list(): ThinnedMinute[] {
    return [...this.#minutes.values()].map(({ sum, ...minute }) => {
      const mean = sum / minute.count;
      return { ...minute, mean: Math.min(minute.max, Math.max(minute.min, mean)) };
    });
  }

  #add(more: ThinnedMinute & { sum: number }): void {
    const key = `${more.device}/${more.sensor}/${more.minuteUs}`;
    const known = this.#minutes.get(key);
    if (known === undefined) {
      this.#minutes.set(key, more);
      return;
    }
    known.count += more.count;
    known.anomalies += more.anomalies;
    known.min = Math.min(known.min, more.min);
    known.max = Math.max(known.max, more.max);
    known.worstScoreSteps = Math.max(known.worstScoreSteps, more.worstScoreSteps);
    known.sum += more.sum;
  }
}

/** @returns the rows of anomalies and those up to SURROUNDING_ROWS beside them, which are all explained; ascending */
function surroundedOf(run: SeriesRun): number[] {
  const rows: number[] = [];
  let free = 0;
  for (const { row, anomaly } of run.explained) {
    if (!anomaly) continue;
    const end = Math.min(run.offset.length, row + SURROUNDING_ROWS + 1);
    for (let near = Math.max(free, row - SURROUNDING_ROWS); near < end; near++) rows.push(near);
    free = Math.max(free, end);
  }
  return rows;
}

/**
 * @returns the row with the highest score of each stretch of anomalies; a stretch ends where more normal rows follow
 * than are kept around one, so that stretches are the same before and after the rows between them were thinned
 */
function peaksOf(run: SeriesRun): number[] {
  const peaks: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { row, anomaly } of run.explained) {
    if (!anomaly) continue;
    const peak = peaks.at(-1);
    const score = run.scoreSteps[row] ?? 0;
    if (peak === undefined || row - last > SURROUNDING_ROWS + 1) peaks.push(row);
    else if (score > (run.scoreSteps[peak] ?? 0)) peaks[peaks.length - 1] = row;
    last = row;
  }
  return peaks;
}

/** @param keep rows, ascending; the others go into `minutes` */
function keepRows(run: SeriesRun, keep: readonly number[], minutes: Minutes): SeriesRun {
  const kept = new Set(keep);
  const anomalies = new Set(run.explained.filter((one) => one.anomaly).map(({ row }) => row));
  for (let row = 0; row < run.offset.length; row++) {
    if (!kept.has(row)) minutes.addReading(run, row, anomalies.has(row));
  }
  const place = new Map(keep.map((row, index) => [row, index]));
  const pick = (column: ArrayLike<number>) => keep.map((row) => column[row] ?? 0);
  return {
    ...run,
    offset: pick(run.offset),
    tsUs: pick(run.tsUs),
    value: pick(run.value),
    scoreSteps: pick(run.scoreSteps),
    stage: pick(run.stage),
    explained: moveRows(run.explained, place),
    bands: moveRows(run.bands, place),
  };
}

function moveRows<T extends Explained | Band>(
  items: readonly T[],
  place: ReadonlyMap<number, number>,
): T[] {
  const moved: T[] = [];
  for (const item of items) {
    const row = place.get(item.row);
    if (row !== undefined) moved.push({ ...item, row });
  }
  return moved;
}

/** Joint verdicts are no readings: only those that say something are kept. */
function keepExplained(run: JointRun): JointRun {
  const pick = (column: ArrayLike<number>) => run.explained.map(({ row }) => column[row] ?? 0);
  return {
    device: run.device,
    tsUs: pick(run.tsUs),
    scoreSteps: pick(run.scoreSteps),
    explained: run.explained.map((one, row) => ({ ...one, row })),
  };
}

function keyOf(run: SeriesRun): string {
  return `${run.device}/${run.sensor}/${run.ownClock}`;
}

function joinRuns(before: SeriesRun, after: SeriesRun): SeriesRun {
  const start = before.offset.length;
  const join = (one: ArrayLike<number>, two: ArrayLike<number>) => [
    ...Array.from(one),
    ...Array.from(two),
  ];
  const move = <T extends Explained | Band>(items: readonly T[]): T[] =>
    items.map((item) => ({ ...item, row: item.row + start }));
  return {
    ...before,
    offset: join(before.offset, after.offset),
    tsUs: join(before.tsUs, after.tsUs),
    value: join(before.value, after.value),
    scoreSteps: join(before.scoreSteps, after.scoreSteps),
    stage: join(before.stage, after.stage),
    explained: [...before.explained, ...move(after.explained)],
    bands: [...before.bands, ...move(after.bands)],
  };
}
