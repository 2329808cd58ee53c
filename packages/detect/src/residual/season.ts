/**
 * The repeating part of a series: a profile over the period, and whether it is worth believing.
 *
 * The profile has up to SEASON_BINS knots with straight lines between them. It is folded from the points in which the
 * period was found and then learns from each reading's residual. It is applied only while the residual with it is
 * clearly smaller than without it: a period found in noise, or lost since, changes nothing.
 */
import { learnVariance } from '../calibration/spread.ts';

export const SEASON_BINS = 64;
/** How many periods the profile remembers. */
const MEMORY_PERIODS = 6;
/** The profile is applied where it takes at least a tenth off the variance. */
const HELPS = 0.9;

const PERIOD = 0;
const PHASE = 1;
const KNOTS = 2;
const WITH = 3;
const WITHOUT = 4;
const AGE = 5;
export const SEASON_LENGTH = 6;

/** @returns the period in readings, 0 where none is known */
export function seasonPeriod(s: Float64Array, at: number): number {
  return s[at + PERIOD] ?? 0;
}

/** @returns whether the profile is applied */
export function seasonHelps(s: Float64Array, at: number): boolean {
  const period = s[at + PERIOD] ?? 0;
  return (
    period > 0 &&
    (s[at + WITH] ?? 0) < HELPS * (s[at + WITHOUT] ?? 0) &&
    (s[at + AGE] ?? 0) > period / 2
  );
}

/** @returns what the profile expects of the next reading beyond the level; 0 while it does not help */
export function seasonValue(s: Float64Array, at: number, bins: Float32Array): number {
  if (!seasonHelps(s, at)) return 0;
  const knots = s[at + KNOTS] ?? 1;
  const place = ((s[at + PHASE] ?? 0) * knots) / (s[at + PERIOD] ?? 1);
  const left = Math.floor(place) % knots;
  const right = left + 1 < knots ? left + 1 : 0;
  const part = place - Math.floor(place);
  return (bins[left] ?? 0) * (1 - part) + (bins[right] ?? 0) * part;
}

/**
 * Learns from a reading and moves on by one.
 * @param distance the reading less its level, outliers cut
 */
export function learnSeason(
  s: Float64Array,
  at: number,
  bins: Float32Array,
  distance: number,
): void {
  const period = s[at + PERIOD] ?? 0;
  if (period === 0) return;
  const knots = s[at + KNOTS] ?? 1;
  const place = ((s[at + PHASE] ?? 0) * knots) / period;
  const left = Math.floor(place) % knots;
  const right = left + 1 < knots ? left + 1 : 0;
  const part = place - Math.floor(place);
  const error = distance - (bins[left] ?? 0) * (1 - part) - (bins[right] ?? 0) * part;
  const rate = 1 / (period > 128 ? period : 128);
  s[at + WITH] = learnVariance(s[at + WITH] ?? 0, error, rate);
  s[at + WITHOUT] = learnVariance(s[at + WITHOUT] ?? 0, distance, rate);
  const gain = (1.5 * knots) / (MEMORY_PERIODS * period);
  const step = (gain < 0.5 ? gain : 0.5) * error;
  bins[left] = (bins[left] ?? 0) + step * (1 - part);
  bins[right] = (bins[right] ?? 0) + step * part;
  const phase = (s[at + PHASE] ?? 0) + 1;
  s[at + PHASE] = phase < period ? phase : phase - period;
  s[at + AGE] = (s[at + AGE] ?? 0) + 1;
}

/** A sharper value of the period in use; the phase and the profile stay. */
export function refineSeason(s: Float64Array, at: number, period: number): void {
  s[at + PERIOD] = period;
}

export interface Fold {
  /** readings */
  readonly period: number;
  /** the last point ends at the reading before now */
  readonly points: Int16Array;
  readonly count: number;
  /** the value of one step of a point, in the sensor's unit */
  readonly step: number;
  /** readings a point */
  readonly decimation: number;
}

/** Starts a profile from the points in which its period was found. Allocates nothing. O(points) */
export function foldSeason(s: Float64Array, at: number, bins: Float32Array, fold: Fold): void {
  const { period, points, count, decimation, step } = fold;
  const most = Math.floor(period / decimation);
  const knots = most < 4 ? 4 : most > SEASON_BINS ? SEASON_BINS : most;
  let mean = 0;
  for (let i = 0; i < count; i += 1) mean += ((points[i] ?? 0) * step) / count;
  bins.fill(0);
  folded.fill(0);
  let without = 0;
  for (let i = 0; i < count; i += 1) {
    const back = (count - i) * decimation - (decimation - 1) / 2;
    const turns = back / period;
    const phase = 1 - (turns - Math.floor(turns));
    const knot = Math.round(phase * knots) % knots;
    const distance = (points[i] ?? 0) * step - mean;
    bins[knot] = (bins[knot] ?? 0) + distance;
    folded[knot] = (folded[knot] ?? 0) + 1;
    without += (distance * distance) / count;
  }
  for (let knot = 0; knot < knots; knot += 1) {
    const seen = folded[knot] ?? 0;
    bins[knot] = seen > 0 ? (bins[knot] ?? 0) / seen : (bins[knot > 0 ? knot - 1 : 0] ?? 0);
  }
  s[at + PERIOD] = period;
  s[at + KNOTS] = knots;
  s[at + PHASE] = 0;
  s[at + WITH] = without;
  s[at + WITHOUT] = without;
  s[at + AGE] = 0;
}

/** Readings a knot, while a profile is folded; holds nothing between calls. */
const folded = new Uint16Array(SEASON_BINS);
