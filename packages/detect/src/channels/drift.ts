/**
 * The probability that the series is drifting at this moment, by a forward filter over five hidden states.
 *
 * A reading is either normal or its residual has moved by one or two deviations, up or down. A drift begins and ends
 * with a fixed small probability at any reading, so the evidence of the last readings adds up while it lasts and goes
 * within a few readings once it is over: a window would trail it. Noise that remembers itself wanders without drifting;
 * the ratio of its long-run to its plain variance, measured on the go, divides what each reading can say.
 */
import { learnVariance } from '../calibration/spread.ts';
import { exp, log } from '../math.ts';

const BEGIN = 0.001;
const END = 0.08;
/** Residuals are cut here: one spike is no drift. */
const CUT = 2.2;
/** Odds are held here, so that a long drift ends as fast as a short one. */
const ODDS_MAX = 1000;
/** Even odds weigh as much as one normal reading in 500 does: a drift is rarer than a spike. */
const EVEN_DECADES = 2.7;
const SMOOTH = 1 / 8;
/** the variance of white noise smoothed so */
const SMOOTH_VARIANCE = SMOOTH / (2 - SMOOTH);

const UP_ONE = 0;
const UP_TWO = 1;
const DOWN_ONE = 2;
const DOWN_TWO = 3;
const MEAN = 4;
const MEAN_VARIANCE = 5;
export const DRIFT_LENGTH = 6;

/** No drift is under way; what was learnt of the noise stays. */
export function initDrift(s: Float64Array, at: number): void {
  s.fill(0, at + UP_ONE, at + DOWN_TWO + 1);
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
  // likelihood ratios exp(m z − m²/2) for m = ±1, ±2
  const half = exp(-0.5 * scale);
  const up = exp(cut * scale);
  const down = 1 / up;
  const two = half * half * half * half;
  const upOne = s[at + UP_ONE] ?? 0;
  const upTwo = s[at + UP_TWO] ?? 0;
  const downOne = s[at + DOWN_ONE] ?? 0;
  const downTwo = s[at + DOWN_TWO] ?? 0;
  const a = half * up * (BEGIN / 4 + (1 - END) * upOne);
  const b = two * up * up * (BEGIN / 4 + (1 - END) * upTwo);
  const c = half * down * (BEGIN / 4 + (1 - END) * downOne);
  const d = two * down * down * (BEGIN / 4 + (1 - END) * downTwo);
  const normal = 1 + END * (a + b + c + d);
  s[at + UP_ONE] = bounded(a / normal);
  s[at + UP_TWO] = bounded(b / normal);
  s[at + DOWN_ONE] = bounded(c / normal);
  s[at + DOWN_TWO] = bounded(d / normal);
  const odds = (a + b + c + d) / normal;
  // far below even odds the evidence is nil, and the logarithm is saved
  if (odds < 0.007) return 0;
  const decades = EVEN_DECADES + log(odds) * Math.LOG10E;
  return decades > 0 ? decades : 0;
}

/** Learns how much the noise remembers itself. @param rate in (0, 1] */
export function learnDrift(s: Float64Array, at: number, rate: number): void {
  s[at + MEAN_VARIANCE] = learnVariance(s[at + MEAN_VARIANCE] ?? 0, s[at + MEAN] ?? 0, rate);
}

function bounded(odds: number): number {
  return odds < ODDS_MAX ? odds : ODDS_MAX;
}
