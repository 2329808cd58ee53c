/**
 * A sensor that repeats itself: how unlikely is a run of equal values, given how often values repeat here?
 *
 * A series that often repeats, and one that always does, makes long runs likely: a constant is no fault by itself.
 */
import { log } from '../math.ts';

/** share of readings equal to the one before, readings it was learnt from, length of the run */
const SHARE = 0;
const SEEN = 1;
const RUN = 2;
export const STUCK_LENGTH = 3;

const MEMORY = 4096;
/** More certainty than this is of no use, and the run could grow without bound. */
const DECADES_MAX = 30;
/** Below it a run of two or three could be chance in a coarse sensor. */
const RUN_MIN = 4;

/** @returns decades of evidence that the sensor is stuck, in [0, DECADES_MAX] */
export function pushStuck(s: Float64Array, at: number, repeats: boolean): number {
  const run = repeats ? (s[at + RUN] ?? 0) + 1 : 0;
  s[at + RUN] = run;
  if (run < RUN_MIN) return 0;
  const seen = s[at + SEEN] ?? 0;
  // Laplace's rule with two repeats seen in advance
  const share = ((s[at + SHARE] ?? 0) * seen + 2) / (seen + 3);
  const decades = -run * log(share) * Math.LOG10E;
  return decades < DECADES_MAX ? decades : DECADES_MAX;
}

export function learnStuck(s: Float64Array, at: number, repeats: boolean): void {
  const seen = (s[at + SEEN] ?? 0) + 1;
  s[at + SEEN] = seen < MEMORY ? seen : MEMORY;
  s[at + SHARE] =
    (s[at + SHARE] ?? 0) + ((repeats ? 1 : 0) - (s[at + SHARE] ?? 0)) / (s[at + SEEN] ?? 1);
}

/** The run has lasted: from now on this sensor is one that repeats itself. */
export function acceptStuck(s: Float64Array, at: number): void {
  if ((s[at + RUN] ?? 0) >= RUN_MIN) s[at + SHARE] = 1;
}
