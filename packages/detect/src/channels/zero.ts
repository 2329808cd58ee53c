/**
 * A reading of exactly 0, far from what was expected: does the sensor say nothing, or is there nothing to measure?
 *
 * A pump at rest and a gauge without rain read 0 in good health, and are marked where that is seldom. So the share of zeros
 * is learnt, without those that were marked: a dropout's are. Where it is not small, 0 is a value as any other.
 * The zeros of a sensor that was connected after it began to be read are forgotten.
 */
import * as at from '../seriesState.ts';
import type { Reading } from './reading.ts';

const MEMORY = 4096;
const USUAL_SHARE = 1 / 64;

/** @returns whether a marked reading is a dropout: 0 all at once, in a series that does not show it when all is well */
export function isDropout(s: Float64Array, now: Reading): boolean {
  return (
    now.spike && now.value === 0 && now.level !== 0 && !((s[at.ZERO_SHARE] ?? 0) > USUAL_SHARE)
  );
}

export function learnZero(s: Float64Array, now: Reading): void {
  if (now.marked && now.value === 0) return;
  const seen = (s[at.COUNT] ?? 0) + 1;
  const share = s[at.ZERO_SHARE] ?? 0;
  s[at.ZERO_SHARE] = share + ((now.value === 0 ? 1 : 0) - share) / (seen < MEMORY ? seen : MEMORY);
}
