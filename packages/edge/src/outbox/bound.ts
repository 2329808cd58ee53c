/** What happens when the outbox is as large as it may get. Each is counted, and the counts reach the cloud. */
export const AT_BOUND = ['thin', 'drop-oldest', 'reject'] as const;

/**
 * - `thin`        oldest normal stretches become a minute's min, max, mean and count; anomalies stay raw as long as they fit
 * - `drop-oldest` the oldest readings go
 * - `reject`      new readings are not taken; a source that can repeat is made to wait
 */
export type AtBound = (typeof AT_BOUND)[number];
