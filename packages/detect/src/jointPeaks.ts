/**
 * How often do normal rows of a device show distances as great as this?
 *
 * Rows that are only marked count too. Left out, they cut the tail off at the mark, and what lies beyond is taken for
 * rarer than it is: that caused the false alarms of machines whose load cycles. Rows under an alarm do not count (I6).
 *
 * The distances are smoothed, so a great one is followed by many. The greatest of each block of rows is therefore one
 * peak: else one excursion would fill all places, and hide the next incident.
 */
import {
  forgetHalf,
  isPeak,
  learnPeak,
  strengthOf,
  TAIL_READINGS_MAX,
  type Tail,
} from './calibration/tail.ts';
import { BLOCK_PEAKS, BLOCK_ROWS, JOINT_TAILS, type JointState } from './jointState.ts';
import { log } from './math.ts';
import { TAIL_COUNT, TAIL_DECADES } from './seriesState.ts';

/** Four times the rows that are smoothed over: what is left of a distance by then is under a fiftieth. */
const BLOCK_LENGTH = 128;

const tail: Tail = { tails: new Float32Array(), index: 0, decades: 0 };

/** @param look 0 for the distance, 1 for the remainder @param raw its decades under its null @returns decades */
export function strengthIn(state: JointState, look: number, raw: number): number {
  tail.tails = state.tails;
  tail.index = look;
  tail.decades = state.numbers[TAIL_DECADES] ?? 0;
  return strengthOf(tail, raw);
}

/** Counts a row; its block's peaks join the others when the block is full. */
export function learnPeaks(state: JointState, total: number, left: number): void {
  const { numbers: s, tails } = state;
  if (total > (s[BLOCK_PEAKS] ?? 0)) s[BLOCK_PEAKS] = total;
  if (left > (s[BLOCK_PEAKS + 1] ?? 0)) s[BLOCK_PEAKS + 1] = left;
  s[BLOCK_ROWS] = (s[BLOCK_ROWS] ?? 0) + 1;
  if (s[BLOCK_ROWS] >= BLOCK_LENGTH) {
    s[BLOCK_ROWS] = 0;
    for (let look = 0; look < JOINT_TAILS; look += 1) {
      const peak = s[BLOCK_PEAKS + look] ?? 0;
      if (isPeak(tails, look, peak)) learnPeak(tails, look, peak);
      s[BLOCK_PEAKS + look] = 0;
    }
  }
  countRow(state);
}

function countRow({ tails, numbers: s }: JointState): void {
  let count = (s[TAIL_COUNT] ?? 0) + 1;
  if (count >= TAIL_READINGS_MAX) {
    for (let look = 0; look < JOINT_TAILS; look += 1) forgetHalf(tails, look);
    count /= 2;
  }
  s[TAIL_COUNT] = count;
  s[TAIL_DECADES] = Math.LOG10E * log(count + 2);
}
