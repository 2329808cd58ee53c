/** The stamp of a reading, and whether it may be judged by it. */
import { EQUAL_STAMP_US, FUTURE_US_MAX } from '../limits.ts';
import { STAGE_NAMES } from '../outbox/body.ts';

export const LATE = STAGE_NAMES.indexOf('late');
const FUTURE = STAGE_NAMES.indexOf('future');

/** @returns the agent's stamp, after the series' last; or the source's own, moved on where it repeats the last one */
export function stampOf(givenUs: number | undefined, lastUs: number, nowUs: number): number {
  if (givenUs === undefined) return Math.max(nowUs, lastUs + 1);
  return givenUs <= lastUs && lastUs - givenUs < EQUAL_STAMP_US ? lastUs + 1 : givenUs;
}

/** @returns 0 where the reading may be judged */
export function stageOf(tsUs: number, lastUs: number, nowUs: number): number {
  if (tsUs <= lastUs) return LATE;
  return tsUs > nowUs + FUTURE_US_MAX ? FUTURE : 0;
}
