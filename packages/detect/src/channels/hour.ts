/**
 * What is usual at this hour: mean and spread of the residual by hour of the day, at the device's own offset from UTC.
 *
 * It finds what is unusual only for the time: a pump that runs at night, a value of the afternoon in the morning. It
 * has a say once it has seen two weeks, and each hour on at least HOUR_READINGS readings.
 */
import { learnVariance } from '../calibration/spread.ts';

const HOURS = 24;
/** mean, variance, readings */
export const HOUR_LENGTH = 3 * HOURS;
const HOUR_READINGS = 64;
const MEMORY = 1024;
/** Of more float32 cannot hold the square, and an infinite spread would never be another one. */
const RESIDUAL_MAX = 1e18;
const HOUR_US = 3600e6;
const DAY_US = 24 * HOUR_US;
const TWO_WEEKS_US = 14 * DAY_US;

/** @returns 0 … 23 */
export function hourOf(tsUs: number, utcOffsetMinutes: number): number {
  const local = tsUs + utcOffsetMinutes * 60e6;
  return Math.floor((local - Math.floor(local / DAY_US) * DAY_US) / HOUR_US);
}

/** @returns whether a series that began at firstTsUs may be judged by the hour */
export function hourKnown(firstTsUs: number, tsUs: number): boolean {
  return tsUs - firstTsUs > TWO_WEEKS_US;
}

/** @returns the residual in deviations of this hour; 0 while the hour is not known well enough */
export function hourZ(hours: Float32Array, hour: number, residual: number): number {
  const variance = hours[3 * hour + 1] ?? 0;
  if ((hours[3 * hour + 2] ?? 0) < HOUR_READINGS || !(variance > 0)) return 0;
  return (residual - (hours[3 * hour] ?? 0)) / Math.sqrt(variance);
}

/** @returns what the residual usually is at this hour */
export function hourMean(hours: Float32Array, hour: number): number {
  return hours[3 * hour] ?? 0;
}

/** @returns the residual's usual deviation at this hour */
export function hourDeviation(hours: Float32Array, hour: number): number {
  return Math.sqrt(hours[3 * hour + 1] ?? 0);
}

export function learnHour(hours: Float32Array, hour: number, value: number): void {
  const residual =
    value > RESIDUAL_MAX ? RESIDUAL_MAX : value < -RESIDUAL_MAX ? -RESIDUAL_MAX : value;
  const at = 3 * hour;
  const seen = (hours[at + 2] ?? 0) + 1;
  const rate = 1 / (seen < MEMORY ? seen : MEMORY);
  const distance = residual - (hours[at] ?? 0);
  hours[at] = (hours[at] ?? 0) + rate * distance;
  hours[at + 1] = learnVariance(hours[at + 1] ?? 0, distance, rate);
  hours[at + 2] = seen;
}
