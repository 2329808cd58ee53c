/**
 * How wide the series swings: the distance of its last high from its last low, both fading towards the expected value.
 *
 * It finds a swing whose every value is ordinary. High and low fade by one part in FADE_READINGS a reading instead of
 * leaving a window at once: two numbers hold them, and a single spike fades with them. What is usual is learnt as for
 * the other slow views (smoothed.ts).
 */
import type { Learning } from './reading.ts';
import { initSmoothed, learnSmoothed, pushSmoothed, SMOOTHED_LENGTH } from './smoothed.ts';

const FADE_READINGS = 32;
const KEPT = 1 - 1 / FADE_READINGS;

const HIGH = SMOOTHED_LENGTH;
const LOW = HIGH + 1;
export const RANGE_LENGTH = LOW + 1;

export function initRange(s: Float64Array, at: number): void {
  initSmoothed(s, at, 1);
}

/** @param z a standardised residual @returns the range in its own deviations from the usual; 0 until they are known */
export function pushRange(s: Float64Array, at: number, z: number): number {
  const high = (s[at + HIGH] ?? 0) * KEPT;
  const low = (s[at + LOW] ?? 0) * KEPT;
  s[at + HIGH] = z > high ? z : high;
  s[at + LOW] = z < low ? z : low;
  return pushSmoothed(s, at, (s[at + HIGH] ?? 0) - (s[at + LOW] ?? 0));
}

export function learnRange(s: Float64Array, at: number, now: Learning): void {
  learnSmoothed(s, at, now);
}
