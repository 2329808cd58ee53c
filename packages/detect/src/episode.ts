/**
 * What is news, and whether an alarm stands.
 *
 * State machine of the alarm: quiet → standing when evidence passes the budget's threshold; standing → quiet after
 * REFRACTORY readings in a row without a mark, or when the change is accepted as the new normal. News: a marked reading
 * is news unless something nearly as strong was within the last REFRACTORY readings; what is no news is held at the
 * mark, so that one event is one peak of the score and not a hundred.
 */
import * as at from './seriesState.ts';

/** Readings for which an event is remembered. */
const REFRACTORY = 100;
/** Decades by which evidence must exceed the last news to be news again: twice as rare. */
const NEWS_LEAD = 0.3;
/** An event ends after so many readings in a row without a mark. */
const EVENT_GAP = 16;
/** What the alarm's place holds: 0 while none stands. */
const STANDS = 1;
const BEYOND_DOUBT = 2;
/** A change marked this many readings more often than not is the new normal. */
const ACCEPT_READINGS = 512;

export function initEpisode(s: Float64Array): void {
  s[at.NEWS_AGE] = REFRACTORY;
  s[at.UNMARKED] = EVENT_GAP;
}

/** @returns the stamp at which the event began that a marked reading belongs to; 0 for one that is not marked */
export function onsetOf(s: Float64Array, tsUs: number, marked: boolean): number {
  if (!marked) {
    s[at.UNMARKED] = (s[at.UNMARKED] ?? 0) + 1;
    return 0;
  }
  if ((s[at.UNMARKED] ?? 0) >= EVENT_GAP) s[at.ONSET_US] = tsUs;
  s[at.UNMARKED] = 0;
  return s[at.ONSET_US] ?? 0;
}

/** @returns whether something that was news is still going on: its readings are one event, and counted once */
export function inEvent(s: Float64Array): boolean {
  const age = s[at.NEWS_AGE] ?? 0;
  return age > 0 && age <= REFRACTORY;
}

/** @param held what the evidence is held at where it is no news @returns the evidence to be scored */
export function newsOf(s: Float64Array, decades: number, held: Held): number {
  const age = s[at.NEWS_AGE] ?? 0;
  s[at.NEWS_AGE] = age + 1;
  if (age < REFRACTORY && decades < (s[at.NEWS_DECADES] ?? 0) + NEWS_LEAD) {
    return decades < held.most ? decades : held.most;
  }
  if (held.rare) {
    s[at.NEWS_AGE] = 0;
    s[at.NEWS_DECADES] = decades;
  }
  return decades;
}

export interface Held {
  most: number;
  /** whether the reading is rare enough to be an event */
  rare: boolean;
}

/** @returns whether an alarm stands after this reading */
export function alarmAfter(s: Float64Array, raised: boolean, marked: boolean): boolean {
  if (raised) {
    if (s[at.ALARM] === 0) s[at.ALARM] = STANDS;
    s[at.ALARM_QUIET] = 0;
  } else if (s[at.ALARM] !== 0) {
    s[at.ALARM_QUIET] = marked ? 0 : (s[at.ALARM_QUIET] ?? 0) + 1;
    if ((s[at.ALARM_QUIET] ?? 0) >= REFRACTORY) s[at.ALARM] = 0;
  }
  return s[at.ALARM] !== 0;
}

/**
 * @param isFarOut whether the reading itself is beyond doubt
 * @returns whether the alarm that stands is of an event of which any reading was beyond doubt
 */
export function isBeyondDoubtAfter(s: Float64Array, isFarOut: boolean): boolean {
  if (isFarOut && s[at.ALARM] !== 0) s[at.ALARM] = BEYOND_DOUBT;
  return s[at.ALARM] === BEYOND_DOUBT;
}

/** @returns whether a lasting change is to be accepted now; the alarm is then over */
export function acceptAfter(s: Float64Array, marked: boolean): boolean {
  const streak = (s[at.STREAK] ?? 0) + (marked ? 1 : -1);
  const accepted = streak >= ACCEPT_READINGS;
  s[at.STREAK] = accepted || streak < 0 ? 0 : streak;
  if (accepted) s[at.ALARM] = 0;
  return accepted;
}
