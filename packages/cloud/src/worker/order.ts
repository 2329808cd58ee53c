/**
 * The order in which a device's readings of one parcel are judged: by stamp across its sensors, so that the readings of
 * one moment meet in one row of the joint judge although a sender lists sensor after sensor.
 */
import type { Run } from '../ingest/parcel.ts';

/** @returns the runs by device, in the order of their first mention */
export function byDevice<R extends Run>(runs: readonly R[]): Map<string, R[]> {
  const devices = new Map<string, R[]>();
  for (const run of runs) {
    const known = devices.get(run.device);
    if (known === undefined) devices.set(run.device, [run]);
    else known.push(run);
  }
  return devices;
}

/** A row of the parcel and the run it is of, by place in the list of runs. */
export interface Placed {
  readonly row: number;
  readonly run: number;
}

/** @returns the rows of these runs by stamp, equal stamps in the order of the runs. O(n log n), O(n) for one run in order */
export function orderRuns(runs: readonly Run[], tsUs: Float64Array): Placed[] {
  const placed: Placed[] = [];
  for (const [run, { first, count }] of runs.entries()) {
    for (let row = first; row < first + count; row++) placed.push({ row, run });
  }
  const stamp = ({ row }: Placed): number => tsUs[row] ?? 0;
  let isOrdered = true;
  for (let index = 1; index < placed.length && isOrdered; index++) {
    const [before, after] = [placed[index - 1], placed[index]];
    isOrdered = before === undefined || after === undefined || stamp(before) <= stamp(after);
  }
  return isOrdered ? placed : placed.sort((a, b) => stamp(a) - stamp(b));
}
