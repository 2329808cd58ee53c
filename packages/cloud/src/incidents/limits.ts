/** Times and bounds of incidents, each with its reason. */
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '@fernsight/base';
import type { Cause } from '@fernsight/wire';

/** How long a cause must stay ended before its incident closes: one that flaps is one incident. */
export const QUIET_US: Readonly<Record<Cause, number>> = {
  anomaly: 2 * US_PER_MINUTE,
  sensorFault: 2 * US_PER_MINUTE,
  silent: 30 * US_PER_SECOND,
};

/** What begins so close together is told together. An anomaly must reach a webhook within 5 s of its reading. */
export const GATHER_US = US_PER_SECOND;
/** So many devices within a minute are one event: the rest of the minute is told in one notice. */
export const CROWD_DEVICES = 5;
export const CROWD_US = US_PER_MINUTE;

/**
 * An alarm whose reading is older is of the past: an import of history pages nobody. Not less, so that a device whose clock
 * is slow is still heard.
 */
export const PAST_US = US_PER_HOUR;

/** How often the incidents are looked through. */
export const TICK_MS = 250;

/** Closed incidents kept: a year, and so many at most; the oldest go. */
export const CLOSED_US_MAX = 365 * US_PER_DAY;
export const CLOSED_ROWS_MAX = 100_000;
/** Incidents told in one notice are named up to so many; the rest are counted. */
export const NOTICE_INCIDENTS_MAX = 100;
