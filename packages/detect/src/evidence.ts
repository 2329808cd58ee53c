/**
 * Evidence, score, threshold: the scales of a verdict and the way between them.
 *
 * Evidence is −log10 of a tail probability, in decades: 3 means that one normal reading in 1,000 looks as strange. The
 * score squeezes it into [0, 1) so that 16 bits hold it with room at both ends; being one fixed monotone map, a score
 * means the same for every series and every judge, and a threshold on one is a threshold on the other.
 */
import { log } from './math.ts';
import { roundScore } from './verdict.ts';

/** The evidence whose score is 0.5: one normal reading in 10,000. */
const HALF_SCORE_DECADES = 4;
/** Marks a day that normal readings of a series may cause: few enough to look at, and not a page. */
const MARKS_PER_DAY = 7;
/** A slow series has no lower mark than this. The rate is that of Gaussian residuals: wandering ones pass it more often. */
const MARK_RATE_MAX = 1 / 200;
/** False alarms a week and series where no budget is given. */
const ALARMS_PER_WEEK = 1;
/** Rarity and magnitude are two looks at each reading (0.3), and a tail fitted to 32 peaks is off by as much again. */
const ALARM_MARGIN = 0.5;
/** An alarm is above the band in which marks are ordered, see seriesJudge.ts. */
const ALARM_OVER_MARK = 0.16;
const DAY_US = 24 * 3600e6;
const WEEK_US = 7 * DAY_US;

/** @param decades >= 0 @returns the score, in [0, 1), a multiple of 1 / SCORE_STEPS */
export function scoreOf(decades: number): number {
  return roundScore(decades / (decades + HALF_SCORE_DECADES));
}

/** @returns the evidence from which a reading is marked, at one reading in intervalUs */
export function markDecades(intervalUs: number): number {
  const rate = (MARKS_PER_DAY * intervalUs) / DAY_US;
  return -Math.LOG10E * log(rate > 0 && rate < MARK_RATE_MAX ? rate : MARK_RATE_MAX);
}

/** @returns the evidence that so many normal readings a week exceed, at one reading in intervalUs */
export function alarmDecades(budgetPerWeek: number | undefined, intervalUs: number): number {
  const rate = ((budgetPerWeek ?? ALARMS_PER_WEEK) * intervalUs) / WEEK_US;
  const least = markDecades(intervalUs) + ALARM_OVER_MARK;
  if (!(rate > 0)) return least;
  const decades = ALARM_MARGIN - Math.LOG10E * log(rate);
  return decades > least ? decades : least;
}
