/** Bounds of feedback, each with its reason. */
import { US_PER_HOUR, US_PER_MINUTE } from '@fernsight/base';

/** Labels kept; the oldest that are no region go. Ten a day for thirty years. */
export const FEEDBACK_ROWS_MAX = 100_000;
/** Regions of the server; beyond it 409. */
export const REGIONS_ALL_MAX = 10_000;
/** Verdicts that one incident's feedback reaches: one a sensor. */
export const INCIDENT_VERDICTS_MAX = 100;
/** An incident was opened by alarms whose readings are at most so old, and at most so far ahead. */
export const INCIDENT_BEFORE_US = US_PER_HOUR;
export const INCIDENT_AFTER_US = 5 * US_PER_MINUTE;
