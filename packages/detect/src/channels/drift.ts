/**
 * The probability that the series is drifting at this moment, by a forward filter over hidden states.
 *
 * A reading is either normal or drifting, up or down; a drift begins at the lowest of LEVELS steps from normal and
 * climbs from step to step. It begins, climbs and ends with fixed small probabilities at any reading, so the evidence of
 * the last readings adds up while it lasts and goes within a few readings once it is over: a window would trail it.
 * Noise that remembers itself wanders without drifting; the ratio of its long-run to its plain variance, measured on the
 * go, divides what each reading can say.
 */
import { learnVariance } from '../calibration/spread.ts';
import { exp, log } from '../math.ts';
import type { Learning } from './reading.ts';

const LEVELS = 5;
/** Deviations from level to level. */
const STEP = 0.6;
const BEGIN = 0.002;
const CLIMB = 0.12;
const END = 0.04;
const STAYS = 1 - END - CLIMB;
const STAYS_ON_TOP = 1 - END;
/** Residuals are cut here: one spike is no drift. */
const CUT = 1.8;
/** Odds are held here, so that a long drift ends as fast as a short one. */
const ODDS_MAX = 1000;
/** Even odds weigh as much as one normal reading in 500 does: a drift is rarer than a spike. */
const EVEN_DECADES = 2.7;
/** Odds whose evidence is nil: the logarithm is saved. */
const ODDS_MIN = 0.002;
/** the part of a likelihood ratio that no reading changes, where the noise has no memory */
const HALF = exp(-0.5 * STEP * STEP);
const SMOOTH = 1 / 8;
/** the variance of white noise smoothed so */
const SMOOTH_VARIANCE = SMOOTH / (2 - SMOOTH);

const UP = 0;
const MEAN = 2 * LEVELS;
const MEAN_VARIANCE = MEAN + 1;
/** the sum of the levels' odds */
const ODDS = MEAN + 2;
export const DRIFT_LENGTH = MEAN + 3;

/** No drift is under way; what was learnt of the noise stays. */
export function initDrift(s: Float64Array, at: number): void {
  s.fill(0, at + UP, at + MEAN);
  s[at + ODDS] = 0;
  if (s[at + MEAN_VARIANCE] === 0) s[at + MEAN_VARIANCE] = SMOOTH_VARIANCE;
}

/**
 * Takes a standardised residual.
 * @returns decades of evidence that a drift is under way, >= 0
 */
export function pushDrift(s: Float64Array, at: number, z: number): number {
  const cut = z > CUT ? CUT : z < -CUT ? -CUT : z;
  s[at + MEAN] = (s[at + MEAN] ?? 0) + SMOOTH * (cut - (s[at + MEAN] ?? 0));
  const memory = (s[at + MEAN_VARIANCE] ?? 1) / SMOOTH_VARIANCE;
  const scale = memory > 1 ? 1 / memory : 1;
  // the likelihood ratio of level m is exp(m z − m²/2)
  const half = scale === 1 ? HALF : exp(-0.5 * STEP * STEP * scale);
  const between = half * half;
  const up = exp(STEP * cut * scale);
  const normal = 1 / (1 + END * (s[at + ODDS] ?? 0));
  let odds = 0;
  for (let first = at + UP; first < at + MEAN; first += LEVELS) {
    let next = half * (first === at + UP ? up : 1 / up);
    let ratio = 1;
    let from = BEGIN / 2;
    const last = first + LEVELS - 1;
    for (let level = first; level <= last; level += 1) {
      const was = s[level] ?? 0;
      ratio *= next;
      next *= between;
      const share = ratio * (from + (level < last ? STAYS : STAYS_ON_TOP) * was) * normal;
      const held = share < ODDS_MAX ? share : ODDS_MAX;
      s[level] = held;
      odds += held;
      from = CLIMB * was;
    }
  }
  s[at + ODDS] = odds;
  if (odds < ODDS_MIN) return 0;
  const decades = EVEN_DECADES + log(odds) * Math.LOG10E;
  return decades > 0 ? decades : 0;
}

/** Learns how much the noise remembers itself. */
export function learnDrift(s: Float64Array, at: number, { rate }: Learning): void {
  s[at + MEAN_VARIANCE] = learnVariance(s[at + MEAN_VARIANCE] ?? 0, s[at + MEAN] ?? 0, rate);
}
