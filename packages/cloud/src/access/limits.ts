/** Bounds of access, each with its reason and what happens there. */
import { US_PER_DAY, US_PER_HOUR } from '@fernsight/base';

/** Password hashes at a time, 32 MB each; beyond it 429. */
export const PASSWORD_CHECKS_MAX = 4;

/** A session ends after so long without a request: a night, so that a shift's page is still signed in. */
export const SESSION_IDLE_US_MAX = 12 * US_PER_HOUR;
/** A session ends however it is used. */
export const SESSION_AGE_US_MAX = 7 * US_PER_DAY;
/** Sessions of one person; the oldest ends. */
export const PERSON_SESSIONS_MAX = 20;

/** People and keys: as many as a page lists. Beyond: 409. */
export const PEOPLE_MAX = 1_000;
export const KEYS_MAX = 1_000;
/** Devices with a token: a server takes 100,000 series (SERVER_SERIES_MAX). Beyond: 409. */
export const TOKENS_MAX = 100_000;
/** Children of one token: as many as an agent announces. Beyond: refused. */
export const CHILDREN_MAX = 1_000;
/** A rotated token works on until the new one is used, but no longer than a device may be away for a day. */
export const ROTATION_US_MAX = US_PER_DAY;

/** Rows of the audit log; the oldest go. A change an hour for eleven years. */
export const AUDIT_ROWS_MAX = 100_000;

/** Failed attempts that cost nothing: fingers slip. */
export const ATTEMPTS_FREE = 5;
/** The wait after the first attempt beyond; it doubles. */
export const ATTEMPT_WAIT_MS = 1_000;
/** The longest wait for an address, and for a name, where it must not lock out the person it belongs to. */
export const ADDRESS_WAIT_MS_MAX = 15 * 60 * 1_000;
export const NAME_WAIT_MS_MAX = 30 * 1_000;
/** Addresses and names remembered; beyond it the one that failed longest ago is forgotten. 2 MB. */
export const ATTEMPT_KEYS_MAX = 10_000;

/**
 * Requests of one device's token: a gateway that posts for five hundred children once a second and one by one, with ten
 * seconds of backlog at once. A batch is one request. Beyond: 429 with Retry-After.
 */
export const DEVICE_REQUESTS_PER_SECOND = 500;
export const DEVICE_BURST = 5_000;
/** Devices remembered that asked just now; beyond it those that have rested are forgotten. 1 MB. */
export const RATE_KEYS_MAX = 10_000;

/** Uses are written down together, so often and at most so many: under 10 ms of the thread that answers requests. */
export const USED_FLUSH_MS = 10_000;
export const USED_FLUSH_MAX = 2_000;

/** How long an answer of the database is remembered: what a revocation by another process may take to be felt. */
export const RECALL_MS = 1_000;
/** Answers remembered; beyond it all are forgotten. 4 MB. */
export const RECALL_ENTRIES_MAX = 20_000;
