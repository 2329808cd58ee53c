/**
 * What a reading was expected to be: level + trend + season, and a part of the residual before it.
 *
 * The level is a running mean whose steps are cut at CUT deviations; the trend follows it critically damped. What is
 * left is the residual; the part of it that the residual before already told (lag-1 correlation) is taken off for the
 * innovation, so that a series that wanders slowly still shows a small jump. Of a spike no more is carried
 * over than a usual innovation makes.
 */
import { learnVariance } from '../calibration/spread.ts';
import type { Reading } from '../channels/reading.ts';
import * as at from '../seriesState.ts';
import { learnPeriod, POINT_GRID, pointCount, pointReadings } from './period.ts';
import {
  foldSeason,
  learnSeason,
  refineSeason,
  seasonHelps,
  seasonPeriod,
  seasonValue,
} from './season.ts';

/** Readings that level and spreads remember. */
const MEMORY = 1024;
/** The memory left when a season comes in: the spread was that of the series with it. */
const SEASON_MEMORY = 128;
/** The memory left when a lasting change is accepted, and below which nothing is cut. */
const ACCEPT_MEMORY = 16;
/** The part of its weight with which a marked reading is learnt. */
export const MARKED_SHARE = 1 / 8;
/** Residuals are cut here, in deviations, before anything learns from them; also the half width of the band. */
export const CUT = 3;
/** Critical damping: a quarter of the square of the level's rate. */
const TREND_SHARE = 0.25;
const COUPLING_MAX = 0.98;
/** More deviations than this say no more, and infinity would say nothing. */
const Z_MAX = 1e6;
/** A value that was never left has no spread, and leaving it is beyond doubt; squares of less underflow. */
const DEVIATION_MIN = 1e-150;
/** A period this near the one in use is the same, better known. */
const SAME_PERIOD = 0.05;

/** Fills in what was expected of the reading and how far it is from that. */
export function expectReading(state: at.SeriesState, now: Reading): void {
  const s = state.numbers;
  const variance = s[at.RESIDUAL_VARIANCE] ?? 0;
  const coupling = variance > 0 ? clamp((s[at.LAG_PRODUCT] ?? 0) / variance, 0, COUPLING_MAX) : 0;
  now.level = (s[at.LEVEL] ?? 0) + (s[at.TREND] ?? 0);
  now.season = seasonValue(s, at.SEASON, state.bins);
  now.carried = coupling * (s[at.LAST_RESIDUAL] ?? 0);
  now.deviation = Math.sqrt(variance);
  now.innovationDeviation = Math.sqrt(s[at.INNOVATION_VARIANCE] ?? 0);
  now.residual = now.value - now.level - now.season;
  now.innovation = now.residual - now.carried;
  const known = (s[at.LEARNT] ?? 0) > ACCEPT_MEMORY;
  now.residualZ = known || variance > 0 ? inDeviations(now.residual, now.deviation) : 0;
  now.innovationZ =
    known || now.innovationDeviation > 0
      ? inDeviations(now.innovation, now.innovationDeviation)
      : 0;
}

/**
 * Learns from the reading; `now.rate` is then the rate for all else that learns from it.
 * @param marked whether it was judged unusual, @param spike whether for a moment only
 */
export function learnExpectation(state: at.SeriesState, now: Reading): void {
  const s = state.numbers;
  const before = s[at.LEARNT] ?? 0;
  const settled = before > ACCEPT_MEMORY;
  const learnt = before + 1 < MEMORY ? before + 1 : MEMORY;
  s[at.LEARNT] = learnt;
  now.settled = settled;
  now.rate = (now.marked && settled ? MARKED_SHARE : 1) / learnt;
  const most = CUT * now.deviation;
  const cut = settled && most > 0 ? clamp(now.residual, -most, most) : now.residual;
  now.cutResidual = cut;
  s[at.LEVEL] = now.level + now.rate * cut;
  if (learnt >= MEMORY) {
    s[at.TREND] = (s[at.TREND] ?? 0) + TREND_SHARE * now.rate * now.rate * cut;
  }
  const product = cut * (s[at.LAST_RESIDUAL] ?? 0);
  s[at.LAG_PRODUCT] = (s[at.LAG_PRODUCT] ?? 0) + now.rate * (product - (s[at.LAG_PRODUCT] ?? 0));
  const usual = now.innovationDeviation;
  s[at.LAST_RESIDUAL] = now.spike ? clamp(cut, now.carried - usual, now.carried + usual) : cut;
  const variance = s[at.RESIDUAL_VARIANCE] ?? 0;
  s[at.RESIDUAL_VARIANCE] = learnVariance(variance, now.residual, now.rate);
  const innovations = s[at.INNOVATION_VARIANCE] ?? 0;
  s[at.INNOVATION_VARIANCE] = learnVariance(innovations, now.innovation, now.rate);
  learnRepetition(state, now, learnt);
}

/** A change has lasted: what is there now is the new normal, to be learnt as fast as at the beginning. */
export function acceptLevel(state: at.SeriesState): void {
  state.numbers[at.LEARNT] = ACCEPT_MEMORY;
  state.numbers[at.TREND] = 0;
}

function learnRepetition(state: at.SeriesState, now: Reading, learnt: number): void {
  const s = state.numbers;
  const distance = now.value - now.level;
  const deviation = Math.sqrt(s[at.LEVEL_VARIANCE] ?? 0);
  const most = CUT * deviation;
  s[at.LEVEL_VARIANCE] = learnVariance(s[at.LEVEL_VARIANCE] ?? 0, distance, 1 / learnt);
  const cut = now.settled ? clamp(distance, -most, most) : distance;
  const z = deviation > 0 ? clamp(cut / deviation, -CUT, CUT) : 0;
  const found = learnPeriod(s, at.PERIOD, state.points, z);
  learnSeason(s, at.SEASON, state.bins, cut);
  if (found > 0) takePeriod(state, found, deviation / POINT_GRID);
  const helps = seasonHelps(s, at.SEASON) ? 1 : 0;
  if (helps > (s[at.IN_SEASON] ?? 0) && learnt > SEASON_MEMORY) s[at.LEARNT] = SEASON_MEMORY;
  s[at.IN_SEASON] = helps;
}

/** A period like the one in use sharpens it; another one replaces it only where that one does not help. */
function takePeriod(state: at.SeriesState, found: number, step: number): void {
  const { numbers: s, bins, points } = state;
  const period = seasonPeriod(s, at.SEASON);
  if (period > 0 && Math.abs(found - period) < SAME_PERIOD * period) {
    refineSeason(s, at.SEASON, found);
  } else if (!seasonHelps(s, at.SEASON)) {
    const count = pointCount(s, at.PERIOD);
    const decimation = pointReadings(s, at.PERIOD);
    foldSeason(s, at.SEASON, bins, { period: found, points, count, decimation, step });
  }
}

function inDeviations(distance: number, deviation: number): number {
  const least = deviation > DEVIATION_MIN ? deviation : DEVIATION_MIN;
  return clamp(distance / least, -Z_MAX, Z_MAX);
}

function clamp(value: number, least: number, most: number): number {
  return value > most ? most : value < least ? least : value;
}
