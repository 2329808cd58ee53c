/**
 * When people are told. One device is told at once, or nearly: what begins in the same second goes with it. As soon as a
 * few devices have fallen for the same cause within a minute, it is one event: the rest waits for the minute to end and is
 * told in one notice. Silence is found minutes late anyway, so it always waits for the others: a rack that loses power is
 * one notice.
 */
import type { Cause } from '@fernsight/wire';
import { CROWD_US, GATHER_US } from './limits.ts';

/** Incidents of one cause that wait to be told. */
export interface Gathering {
  readonly cause: Cause;
  /** since when the first of them waits */
  readonly firstUs: number;
  /** when the CROWD_DEVICES-th newest of this cause was told, -Infinity where fewer were */
  readonly crowdUs: number;
}

/** @returns when they are to be told */
export function dueUs({ cause, firstUs, crowdUs }: Gathering): number {
  const withOthersUs = firstUs + CROWD_US;
  if (cause === 'silent') return withOthersUs;
  return Math.min(withOthersUs, Math.max(firstUs + GATHER_US, crowdUs + CROWD_US));
}
