/**
 * A row in two. One that grew while the cloud was away, as a slow sensor's does for days, holds old readings and fresh
 * ones: the old ones are backfill, and page nobody. Only a row that was never handed over may be parted.
 */
import type { Body, Explained, JointExplained, JointRun, SeriesRun } from './body.ts';

/** Some of a row's numbers, and the readings of them. */
export interface Part {
  readonly body: Body;
  readonly count: number;
  readonly oldestUs: number;
  readonly newestUs: number;
  readonly anomalyCount: number;
}

/**
 * Parts a body of raw readings before the first that is not older than `fromUs`.
 * @param count sequence numbers of the body
 * @returns undefined where there is none before it. O(readings)
 */
export function partByAge(body: Body, count: number, fromUs: number): [Part, Part] | undefined {
  let cut = count;
  let cutUs = Number.POSITIVE_INFINITY;
  for (const { offset, tsUs } of body.series) {
    for (let row = 0; row < offset.length; row++) {
      if ((tsUs[row] ?? 0) < fromUs || (offset[row] ?? 0) >= cut) continue;
      cut = offset[row] ?? 0;
      cutUs = tsUs[row] ?? 0;
    }
  }
  if (cut === 0 || cut === count) return undefined;
  const isOld = (offset: number) => offset < cut;
  const old = body.series.map((run) => pick(run, isOld, 0));
  const fresh = body.series.map((run) => pick(run, (offset) => !isOld(offset), cut));
  // a joint verdict stands with the row of readings that closed before the cut
  const oldJoint = body.joint.map((run) => pickJoint(run, (tsUs) => tsUs < cutUs));
  const freshJoint = body.joint.map((run) => pickJoint(run, (tsUs) => tsUs >= cutUs));
  return [partOf(old, oldJoint, cut), partOf(fresh, freshJoint, count - cut)];
}

function partOf(runs: readonly SeriesRun[], joints: readonly JointRun[], count: number): Part {
  const series = runs.filter(({ offset }) => offset.length > 0);
  const joint = joints.filter(({ tsUs }) => tsUs.length > 0);
  const stamps = series.map(({ tsUs }) => Array.from(tsUs));
  return {
    body: { series, joint, thinned: [], gone: [] },
    count,
    oldestUs: stamps.reduce((least, tsUs) => tsUs.reduce(lesser, least), Number.POSITIVE_INFINITY),
    newestUs: stamps.reduce((most, tsUs) => tsUs.reduce(greater, most), Number.NEGATIVE_INFINITY),
    anomalyCount: [...series, ...joint].reduce(
      (sum, run) => sum + run.explained.filter(({ anomaly }) => anomaly).length,
      0,
    ),
  };
}

function pick(run: SeriesRun, isIn: (offset: number) => boolean, from: number): SeriesRun {
  const rows = [...Array.from(run.offset).keys()].filter((row) => isIn(run.offset[row] ?? 0));
  const of = (column: ArrayLike<number>) => rows.map((row) => column[row] ?? 0);
  const place = new Map(rows.map((row, index) => [row, index]));
  return {
    ...run,
    offset: of(run.offset).map((offset) => offset - from),
    tsUs: of(run.tsUs),
    value: of(run.value),
    scoreSteps: of(run.scoreSteps),
    stage: of(run.stage),
    explained: moved(run.explained, place),
    bands: moved(run.bands, place),
  };
}

function pickJoint(run: JointRun, isIn: (tsUs: number) => boolean): JointRun {
  const rows = [...Array.from(run.tsUs).keys()].filter((row) => isIn(run.tsUs[row] ?? 0));
  const place = new Map(rows.map((row, index) => [row, index]));
  return {
    device: run.device,
    tsUs: rows.map((row) => run.tsUs[row] ?? 0),
    scoreSteps: rows.map((row) => run.scoreSteps[row] ?? 0),
    explained: moved(run.explained, place),
  };
}

function moved<T extends Pick<Explained | JointExplained, 'row'>>(
  items: readonly T[],
  place: ReadonlyMap<number, number>,
): T[] {
  return items.flatMap((item) => {
    const row = place.get(item.row);
    return row === undefined ? [] : [{ ...item, row }];
  });
}

function lesser(a: number, b: number): number {
  return Math.min(a, b);
}

function greater(a: number, b: number): number {
  return Math.max(a, b);
}
