/**
 * A sensor that repeats itself: how unlikely is a run of equal values, given how values repeat here?
 *
 * Two shares are learnt: how often a reading equals the one before, and how often a run of RUN_MIN goes on. A sensor
 * that rests now and then repeats seldom but for long, and would seem stuck at each rest if only the first were known. A
 * series that always repeats makes long runs likely: a constant is no fault by itself.
 */
import { log } from '../math.ts';

/** share of readings equal to the one before, readings it was learnt from */
const SHARE = 0;
/** share of long runs' readings that went on with the run, readings it was learnt from */
const GOES_ON = 2;
/** length of the run */
const RUN = 4;
export const STUCK_LENGTH = 5;

const MEMORY = 4096;
/** More certainty than this is of no use, and the run could grow without bound. */
const DECADES_MAX = 30;
/** Below it a run of two or three could be chance in a coarse sensor. */
const RUN_MIN = 4;

/** @returns decades of evidence that the sensor is stuck, in [0, DECADES_MAX] */
export function pushStuck(s: Float64Array, at: number, repeats: boolean): number {
  const last = s[at + RUN] ?? 0;
  if (!repeats && last >= RUN_MIN) learnShare(s, at + GOES_ON, 0, 1);
  const run = repeats ? last + 1 : 0;
  s[at + RUN] = run;
  if (run < RUN_MIN) return 0;
  const share = likely(s, at + SHARE);
  const learnt = likely(s, at + GOES_ON);
  const goesOn = learnt > share ? learnt : share;
  const decades = -Math.LOG10E * (RUN_MIN * log(share) + (run - RUN_MIN) * log(goesOn));
  return decades < DECADES_MAX ? decades : DECADES_MAX;
}

/** @param weight of the reading, in (0, 1] */
export function learnStuck(s: Float64Array, at: number, repeats: boolean, weight: number): void {
  learnShare(s, at + SHARE, repeats ? 1 : 0, weight);
  if ((s[at + RUN] ?? 0) > RUN_MIN) learnShare(s, at + GOES_ON, 1, weight);
}

/** The run has lasted: from now on this sensor is one that repeats itself. */
export function acceptStuck(s: Float64Array, at: number): void {
  if ((s[at + RUN] ?? 0) >= RUN_MIN) s[at + SHARE] = 1;
}

/** Laplace's rule, with two repeats seen in advance. */
function likely(s: Float64Array, at: number): number {
  const seen = s[at + 1] ?? 0;
  return ((s[at] ?? 0) * seen + 2) / (seen + 3);
}

function learnShare(s: Float64Array, at: number, did: number, weight: number): void {
  const seen = (s[at + 1] ?? 0) + weight;
  s[at + 1] = seen < MEMORY ? seen : MEMORY;
  s[at] = (s[at] ?? 0) + (weight * (did - (s[at] ?? 0))) / (s[at + 1] ?? 1);
}
