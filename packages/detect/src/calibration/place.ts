/**
 * How far from its usual place is a reading, among all that the series ever showed?
 *
 * The residual asks what the last thousand readings led to expect, so a value that a slow walk leads to is no surprise
 * to it, and one that comes back each day is. Here the distance from the mean of the whole past is ranked among all
 * such distances. Their unit is fixed: in deviations that move with the series an excursion would shrink its own rank.
 */
import * as at from '../seriesState.ts';
import { isPeak, learnPeak, strengthOf, TAIL_READINGS_MAX, type Tail } from './tail.ts';

const PLACE_TAIL = at.TAILS - 1;
/** Far beyond any unit, and 32 of them still add up in float32. */
const UNITS_MAX = 1e30;
/** More decades than this say no more. */
const DECADES_MAX = 8;

const tail: Tail = { tails: new Float32Array(), index: PLACE_TAIL, decades: 0 };

/** @returns decades in [0, DECADES_MAX], 0 until a spread is known */
export function weighPlace(state: at.SeriesState, value: number): number {
  const units = unitsFromMean(state.numbers, value);
  if (units === 0) return 0;
  tail.tails = state.tails;
  tail.decades = state.numbers[at.TAIL_DECADES] ?? 0;
  const decades = strengthOf(tail, units);
  return decades < DECADES_MAX ? decades : DECADES_MAX;
}

/** Learns from every reading. @param deviation of the series now: the first one known is the unit for good */
export function learnPlace(state: at.SeriesState, value: number, deviation: number): void {
  const { numbers: s, tails } = state;
  const units = unitsFromMean(s, value);
  if (isPeak(tails, PLACE_TAIL, units)) learnPeak(tails, PLACE_TAIL, units);
  if (s[at.PLACE_UNIT] === 0 && (s[at.TAIL_COUNT] ?? 0) > 0) s[at.PLACE_UNIT] = deviation;
  const seen = (s[at.COUNT] ?? 0) + 1;
  const rate = 1 / (seen < TAIL_READINGS_MAX ? seen : TAIL_READINGS_MAX);
  s[at.PLACE] = (s[at.PLACE] ?? 0) + rate * (value - (s[at.PLACE] ?? 0));
}

function unitsFromMean(s: Float64Array, value: number): number {
  const unit = s[at.PLACE_UNIT] ?? 0;
  if (unit === 0) return 0;
  const units = Math.abs(value - (s[at.PLACE] ?? 0)) / unit;
  return units < UNITS_MAX ? units : UNITS_MAX;
}
