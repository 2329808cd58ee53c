/** Bounds of notifications, each with its reason. */
import { US_PER_DAY } from '@fernsight/base';

/** How often the queue is looked through; a notice that is new is taken at once. */
export const POLL_MS = 1_000;
/** One attempt. */
export const ATTEMPT_MS_MAX = 10_000;
/** The wait before another attempt: full jitter below base * 2^n, capped. */
export const RETRY_BASE_MS = 1_000;
export const RETRY_CAP_MS = 5 * 60 * 1_000;
/** The longest wait that a receiver may ask for (Retry-After). */
export const RETRY_AFTER_MS_MAX = 60 * 60 * 1_000;
/** A notice is given up when it is so old: it is no news any more. Counted by channel. */
export const DELIVERY_AGE_US_MAX = US_PER_DAY;
/** Notices that wait for one channel; the oldest is given up. */
export const CHANNEL_BACKLOG_MAX = 1_000;
/** Channels; beyond it 409. */
export const CHANNELS_MAX = 100;
/** What is kept of an error for people to read. */
export const ERROR_LENGTH_MAX = 200;
