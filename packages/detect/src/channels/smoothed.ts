/**
 * Slow views of a series: a smoothed residual for a shift of its level, a smoothed square of the innovation for a
 * change of its noise, upwards or downwards. Each is standardised by its own mean and spread.
 */
import { learnVariance } from '../calibration/spread.ts';
import type { Learning } from './reading.ts';

/** now, usual mean, usual variance, rate of the smoothing */
export const SMOOTHED_LENGTH = 4;

/** @param readings over which the values are smoothed */
export function initSmoothed(s: Float64Array, at: number, readings: number): void {
  s[at + 3] = 1 / readings;
}

/**
 * @param value what is smoothed, cut by the caller
 * @returns the smoothed value in its own deviations; 0 until they are known
 */
export function pushSmoothed(s: Float64Array, at: number, value: number): number {
  const now = (s[at] ?? 0) + (s[at + 3] ?? 1) * (value - (s[at] ?? 0));
  s[at] = now;
  const variance = s[at + 2] ?? 0;
  return variance > 0 ? (now - (s[at + 1] ?? 0)) / Math.sqrt(variance) : 0;
}

/** Learns what is usual. */
export function learnSmoothed(s: Float64Array, at: number, { rate }: Learning): void {
  const distance = (s[at] ?? 0) - (s[at + 1] ?? 0);
  const most = 3 * Math.sqrt(s[at + 2] ?? 0);
  const cut =
    most > 0 && (distance > most || distance < -most) ? (distance > 0 ? most : -most) : distance;
  s[at + 1] = (s[at + 1] ?? 0) + rate * cut;
  s[at + 2] = learnVariance(s[at + 2] ?? 0, distance, rate);
}
