/**
 * Evidence, score, threshold: the three scales of a verdict and the way between them.
 *
 * Evidence is −log10 of a calibrated tail probability, in decades: 3 means that one normal reading in 1,000 looks as
 * strange. The score squeezes it into [0, 1) so that 16 bits hold it with room at both ends; being one fixed monotone
 * map, a score means the same for every series and every judge, and a threshold on one is a threshold on the other.
 */
import { log } from './math.ts';
import { roundScore } from './verdict.ts';

/** The evidence whose score is 0.5: one normal reading in 10,000. */
const HALF_SCORE_DECADES = 4;
/** Without a budget a reading is marked when fewer than one normal reading in 200 looks as strange. */
const MARK_RATE = 1 / 200;
/** Without a budget an alarm is raised as if one false episode a week were allowed. */
export const ALARMS_PER_WEEK = 1;
const WEEK_US = 7 * 24 * 3600 * 1e6;
const LN_10 = Math.LN10;

/** @param decades >= 0 @returns the score, in [0, 1), a multiple of 1 / SCORE_STEPS */
export function scoreOf(decades: number): number {
  return roundScore(decades / (decades + HALF_SCORE_DECADES));
}

/** @returns evidence in decades from a tail probability in (0, 1] */
export function decadesOf(probability: number): number {
  return -log(probability) / LN_10;
}

/** @returns the evidence from which a reading is marked; a budget, where given, decides instead of MARK_RATE */
export function markDecades(budgetPerWeek: number | undefined, intervalUs: number): number {
  return budgetPerWeek === undefined
    ? decadesOf(MARK_RATE)
    : alarmDecades(budgetPerWeek, intervalUs);
}

/** @returns the evidence that so many normal readings a week exceed, at one reading in intervalUs */
export function alarmDecades(budgetPerWeek: number, intervalUs: number): number {
  const rate = (budgetPerWeek * intervalUs) / WEEK_US;
  return decadesOf(Math.min(rate, MARK_RATE));
}
