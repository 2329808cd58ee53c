/**
 * Whether a model that nobody looked at may be chosen by a schedule: not where it is worse than what is chosen, on the stored
 * readings of the last days, judged by both. What people said of readings counts first, then how often each would tell.
 */
import type { Performance } from '@fernsight/wire';

/** It may tell half as often again, and twice beside that: a week of one device is too short to tell 2 alarms from none. */
const ALARMS_SHARE = 1.5;
const ALARMS_SPARE = 2;

type Compared = Pick<Performance, 'alarmCount' | 'marked'>;

/** @returns in what way `fresh` is worse, or undefined where it is not */
export function worseIn(fresh: Compared, chosen: Compared): string | undefined {
  const [said, before] = [fresh.marked, chosen.marked];
  if (said !== null && before !== null) {
    if (said.real < before.real) {
      return `it marks ${said.real} readings that people called real, the chosen one ${before.real}`;
    }
    if (said.notReal > before.notReal) {
      return `it marks ${said.notReal} readings that are no anomaly, the chosen one ${before.notReal}`;
    }
  }
  if (fresh.alarmCount <= ALARMS_SHARE * chosen.alarmCount + ALARMS_SPARE) return undefined;
  return `it would have told ${fresh.alarmCount} times, the chosen one ${chosen.alarmCount}`;
}
