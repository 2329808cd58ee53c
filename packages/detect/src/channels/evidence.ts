/**
 * The channels: what speaks against a reading, each in decades under its own null.
 *
 * Every channel has one place here and one in CHANNEL_OF and KIND_OF. To add one is to write its file, its line in
 * weigh and learn, and to raise STATE_VERSION.
 */
import { decadesOfZ } from '../calibration/decades.ts';
import { MARKED_SHARE } from '../residual/expectation.ts';
import * as at from '../seriesState.ts';
import { type Channel, EVIDENCES, type Kind } from '../verdict.ts';
import { initDrift, learnDrift, pushDrift } from './drift.ts';
import { hourZ, learnHour } from './hour.ts';
import { initRange, learnRange, pushRange } from './range.ts';
import type { Reading } from './reading.ts';
import { initSmoothed, learnSmoothed, pushSmoothed } from './smoothed.ts';
import { acceptStuck, learnStuck, pushStuck } from './stuck.ts';
import { learnZero } from './zero.ts';

export const RESIDUAL = 0;
export const INNOVATION = 1;
export const DRIFT = 2;
export const SHIFT = 3;
export const NOISE = 4;
const QUIET = 5;
export const STUCK = 6;
export const HOUR = 7;
export const FOREST = 8;
export const RANGE = 9;

/** Those with a direction. */
export const SIGNED: readonly number[] = [RESIDUAL, INNOVATION, DRIFT, SHIFT, HOUR];

/** Evidence as whole numbers: sixteen steps are a decade, finer differences are noise. */
const DECADE_STEPS = 16;
export const EVIDENCE_STEPS_MAX = 32_767;

export const CHANNEL_OF: readonly Channel[] = [
  'spike',
  'spike',
  'drift',
  'shift',
  'variance',
  'variance',
  'stuck',
  'time of day',
  'forest',
  'range',
];
const KIND_OF: readonly Kind[] = [
  'spike',
  'spike',
  'drift',
  'shift',
  'noise',
  'noise',
  'stuck',
  'spike',
  'spike',
  'noise',
];

/** A value far off that stands alone moves the smoothed residual by 2.5 of its deviations, and the smoothed square by 13. */
const LASTING_SHIFT_Z = 6;
const LASTING_NOISE_Z = 30;

/**
 * @param cause the channel of evidence that weighed most
 * @returns what the anomaly looks like: a value far off is a spike while it stands alone, and a part of a shift or of noise
 *   when those around it are far off too, on one side or on both
 */
export function kindOf(cause: number, now: Reading): Kind {
  const kind = KIND_OF[cause] ?? 'spike';
  if (cause !== RESIDUAL && cause !== INNOVATION) return kind;
  const sameSide = now.residualZ > 0 ? now.shiftZ : -now.shiftZ;
  if (sameSide >= LASTING_SHIFT_Z) return 'shift';
  return now.noiseZ >= LASTING_NOISE_Z ? 'noise' : kind;
}

/** Fewer readings tell a drift not from a season that is not known yet: of 32 to 96 a tenth were marked so. */
const DRIFT_READINGS = 128;
/** Readings over which the slow views are smoothed. */
const SHIFT_READINGS = 32;
const NOISE_READINGS = 64;
const QUIET_READINGS = 100;
/** Where residuals and squared innovations are cut before they are smoothed; for quiet, a spike must not hide it. */
const SHIFT_CUT = 10;
const NOISE_CUT = 100;
const QUIET_CUT = 9;

export function initChannels(state: at.SeriesState): void {
  const s = state.numbers;
  initDrift(s, at.DRIFT);
  initSmoothed(s, at.SHIFT, SHIFT_READINGS);
  initSmoothed(s, at.NOISE, NOISE_READINGS);
  initSmoothed(s, at.QUIET, QUIET_READINGS);
  initSmoothed(s, at.FOREST, 1);
  initRange(s, at.RANGE);
}

/** @param raw overwritten, length EVIDENCES: decades >= 0 */
export function weighChannels(state: at.SeriesState, now: Reading, raw: Float64Array): void {
  const s = state.numbers;
  const square = now.innovationZ * now.innovationZ;
  const residual = now.residualZ;
  const cut = residual > SHIFT_CUT ? SHIFT_CUT : residual < -SHIFT_CUT ? -SHIFT_CUT : residual;
  now.shiftZ = pushSmoothed(s, at.SHIFT, cut);
  now.noiseZ = pushSmoothed(s, at.NOISE, square < NOISE_CUT ? square : NOISE_CUT);
  const quietZ = pushSmoothed(s, at.QUIET, square < QUIET_CUT ? square : QUIET_CUT);
  raw[RESIDUAL] = decadesOfZ(residual);
  raw[INNOVATION] = decadesOfZ(now.innovationZ);
  const drift = pushDrift(s, at.DRIFT, residual);
  raw[DRIFT] = (s[at.LEARNT] ?? 0) < DRIFT_READINGS ? 0 : drift;
  raw[SHIFT] = decadesOfZ(now.shiftZ);
  raw[NOISE] = now.noiseZ > 0 ? decadesOfZ(now.noiseZ) : 0;
  raw[QUIET] = quietZ < 0 ? decadesOfZ(quietZ) : 0;
  raw[STUCK] = pushStuck(s, at.STUCK, now.repeats);
  raw[HOUR] = now.hourKnown ? decadesOfZ(hourZ(state.hours, now.hour, now.residual)) : 0;
  const rangeZ = pushRange(s, at.RANGE, residual);
  raw[RANGE] = rangeZ > 0 ? decadesOfZ(rangeZ) : 0;
  raw[FOREST] = 0;
}

/** No mean of scores: those of another forest are to come, and the first of them tells where they lie. */
const UNKNOWN_MEAN = -1;
/** Until a series has shown its own: ordinary rows of a forest score about 0.05 apart. */
const USUAL_VARIANCE = 0.0025;

/** Another forest judges from the next reading on: what was usual of the last one's scores says nothing of its own. */
export function restartForest(state: at.SeriesState): void {
  const s = state.numbers;
  s[at.FOREST] = 0;
  s[at.FOREST + 1] = UNKNOWN_MEAN;
  s[at.FOREST + 2] = USUAL_VARIANCE;
}

/** @param score the forest's, of the reading @returns decades: how far it is above the scores that are usual here */
export function weighForest(state: at.SeriesState, score: number): number {
  if (state.numbers[at.FOREST + 1] === UNKNOWN_MEAN) state.numbers[at.FOREST + 1] = score;
  const z = pushSmoothed(state.numbers, at.FOREST, score);
  return z > 0 ? decadesOfZ(z) : 0;
}

/** @param out overwritten: raw in whole steps, its sign the direction of the deviation where it has one */
export function showChannels(now: Reading, raw: Float64Array, out: Int16Array): void {
  for (let index = 0; index < EVIDENCES; index += 1) {
    const steps = Math.round(DECADE_STEPS * (raw[index] ?? 0));
    out[index] = steps < EVIDENCE_STEPS_MAX ? steps : EVIDENCE_STEPS_MAX;
  }
  if (now.innovationZ < 0) out[INNOVATION] = -(out[INNOVATION] ?? 0);
  if (now.residualZ < 0) {
    out[RESIDUAL] = -(out[RESIDUAL] ?? 0);
    out[HOUR] = -(out[HOUR] ?? 0);
  }
  if (now.shiftZ < 0) {
    out[DRIFT] = -(out[DRIFT] ?? 0);
    out[SHIFT] = -(out[SHIFT] ?? 0);
  }
}

export function learnChannels(state: at.SeriesState, now: Reading): void {
  const s = state.numbers;
  learnStuck(s, at.STUCK, now.repeats, now.marked ? MARKED_SHARE : 1);
  learnZero(s, now);
  learnHour(state.hours, now.hour, now.cutResidual);
  if (!now.settled) return;
  learnDrift(s, at.DRIFT, now);
  learnSmoothed(s, at.SHIFT, now);
  learnSmoothed(s, at.NOISE, now);
  learnSmoothed(s, at.QUIET, now);
  learnSmoothed(s, at.FOREST, now);
  learnRange(s, at.RANGE, now);
}

/** A change has lasted: no drift is under way, and a value that was held is one that this sensor holds. */
export function acceptChannels(state: at.SeriesState): void {
  initDrift(state.numbers, at.DRIFT);
  acceptStuck(state.numbers, at.STUCK);
}
