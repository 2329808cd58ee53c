/**
 * An event over a device's sensors: marked rows that follow each other. One whose alarm a suppression region kept quiet is
 * told with the first of its marks that is in no region: it has turned out to be something else, or it does not end.
 */
import { KEPT_QUIET_US, MARKED_COUNT, ONSET_US } from './jointState.ts';
import { COUNT, LAST_TS_US } from './seriesState.ts';

/** An event ends after so many rows in a row without a mark. */
const EVENT_GAP = 16;

/** @returns the stamp at which the event began that the marked row belongs to */
export function onsetOf(s: Float64Array): number {
  const count = s[COUNT] ?? 0;
  const isNew = s[ONSET_US] === 0 || count - (s[MARKED_COUNT] ?? 0) > EVENT_GAP;
  if (isNew) s[ONSET_US] = s[LAST_TS_US] ?? 0;
  s[MARKED_COUNT] = count;
  return s[ONSET_US] ?? 0;
}

/** A row that would have raised the alarm is in a region. */
export function keepQuiet(s: Float64Array): void {
  s[KEPT_QUIET_US] = s[ONSET_US] ?? 0;
}

/** @returns whether a row of the marked row's event would have raised the alarm, and was kept quiet */
export function wasKeptQuiet(s: Float64Array): boolean {
  return s[KEPT_QUIET_US] === s[ONSET_US];
}
