/**
 * When people are told. One device is told at once, or nearly: what begins in the same second goes with it. As soon as a
 * few devices have fallen for the same cause within a minute, it is one event: the rest waits for the minute to end and is
 * told in one notice. Silence is found minutes late anyway, so it always waits for the others: a rack that loses power is
 * one notice.
 */
import type { Cause } from '@fernsight/wire';
import { CROWD_DEVICES, CROWD_US, GATHER_US } from './limits.ts';

/** Incidents of one cause that wait to be told. */
export interface Gathering {
  readonly cause: Cause;
  /** since when the first of them waits */
  readonly firstUs: number;
  /** incidents of this cause that were told in the last CROWD_US */
  readonly toldCount: number;
}

export function isDue({ cause, firstUs, toldCount }: Gathering, nowUs: number): boolean {
  const waitsForOthers = cause === 'silent' || toldCount >= CROWD_DEVICES;
  return nowUs - firstUs >= (waitsForOthers ? CROWD_US : GATHER_US);
}
