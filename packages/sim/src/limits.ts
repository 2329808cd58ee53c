/** Bounds of a simulation, each with its reason. */

/** Lines of the log shown with a failure. */
export const TRACE_LINES_KEPT = 60;
/** After the last fault everything is delivered within this time, or something hangs: backoffs end at a minute. */
export const HEALING_MS = 1_800_000;
/** How often a simulation asks whether everything is delivered, while it heals. */
export const HEALED_LOOK_MS = 5_000;
/** How often bounds are looked at; where everything goes slower, up to so many times slower. */
export const LOOK_MS = 10_000;
export const LOOK_PACE_MAX = 60;
/** Longest time between two readings of the whole store, and rows beyond which it is not read after each start. */
export const SCAN_MS = 6 * 3_600_000;
export const SCAN_ROWS_MAX = 50_000;
/** Broken promises after which a simulation ends: the first says it, the others only help to understand. */
export const VIOLATIONS_MAX = 5;
/** Readings of one series that carry their number in their digits. */
export const SERIES_READINGS_MAX = 999_999;
/** A process that ended is started again by its supervisor. */
export const RESTART_MS = 2_000;
/** As the agent's own link: a request that was not answered by then may or may not have arrived. */
export const EXCHANGE_TIMEOUT_MS = 30_000;
/** Requests that a plain device keeps; beyond it the oldest go, which is its own loss and not ours. */
export const PLAIN_WAITING_MAX = 200;
/** Simulations that a shrink may run. */
export const SHRINK_RUNS_MAX = 120;
