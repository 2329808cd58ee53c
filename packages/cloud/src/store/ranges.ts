/**
 * The sequence numbers of one epoch that were applied: ascending ranges, merged where they touch. They decide what is a
 * duplicate (I4), and they are the ledger (I3). Almost always there is one range.
 */
import { EPOCH_RANGES_MAX } from '../limits.ts';

/** [first, last], both inclusive */
export type Range = [first: number, last: number];

/** @param ranges ascending and apart; changed in place to hold [first, first + count) too. O(ranges) */
export function addRange(ranges: Range[], first: number, count: number): void {
  if (count <= 0) return;
  const merged: Range = [first, first + count - 1];
  let start = 0;
  while (start < ranges.length && (ranges[start]?.[1] ?? 0) < first - 1) start++;
  let end = start;
  for (
    let range = ranges[end];
    range !== undefined && range[0] <= merged[1] + 1;
    range = ranges[end]
  ) {
    merged[0] = Math.min(merged[0], range[0]);
    merged[1] = Math.max(merged[1], range[1]);
    end++;
  }
  ranges.splice(start, end - start, merged);
  const [oldest, next] = ranges;
  if (ranges.length > EPOCH_RANGES_MAX && oldest !== undefined && next !== undefined) {
    ranges.splice(0, 2, [oldest[0], next[1]]);
  }
}

export function hasNumber(ranges: readonly Range[], number: number): boolean {
  for (let index = ranges.length - 1; index >= 0; index--) {
    const range = ranges[index];
    if (range !== undefined && range[0] <= number) return number <= range[1];
  }
  return false;
}

/** @returns how many of [first, first + count) are there */
export function countWithin(ranges: readonly Range[], first: number, count: number): number {
  const last = first + count - 1;
  let sum = 0;
  for (const [low, high] of ranges) {
    sum += Math.max(0, Math.min(high, last) - Math.max(low, first) + 1);
  }
  return sum;
}

/** @returns the numbers below the highest one that are not there */
export function countMissing(ranges: readonly Range[]): number {
  let next = 0;
  let missing = 0;
  for (const [low, high] of ranges) {
    missing += low - next;
    next = high + 1;
  }
  return missing;
}
