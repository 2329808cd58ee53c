/** Bounds of the cloud, each with its reason and what happens there. Those of single messages are in @fernsight/wire. */

/** Readings accepted but not yet durable. Beyond it 503 with Retry-After: some seconds of work, 40 MB. */
export const IN_FLIGHT_READINGS_MAX = 1_000_000;
/** Requests accepted but not yet durable, for the same reason where each carries one reading. */
export const IN_FLIGHT_PARCELS_MAX = 20_000;
/** Readings in one commit: the longest that a request waits for the work of others is some 50 ms. */
export const COMMIT_READINGS_MAX = 20_000;
/** What a client is asked to wait at the bounds above; jitter is the client's. */
export const RETRY_AFTER_SECONDS = 1;

/** Series of one device, and of the server. Beyond: the reading is refused with code `limit`, an agent's batch with 503. */
export const DEVICE_SERIES_MAX = 1_000;
export const SERVER_SERIES_MAX = 100_000;
/** Devices of the server, for the same: most have a series, but window summaries alone make a device too. */
export const SERVER_DEVICES_MAX = 100_000;
/** Ranges of applied sequence numbers remembered for one epoch: holes are rare; beyond it the oldest two are joined. */
export const EPOCH_RANGES_MAX = 1_000;
/** Epochs remembered for one agent, newest first: one boot a day for three years. */
export const AGENT_EPOCHS_MAX = 1_000;

/** A stamp further ahead of the receiver's clock is stored and flagged, and moves nothing (ARCHITECTURE, Time). */
export const FUTURE_US_MAX = 5 * 60 * 1e6;

/** Readings of a device held in memory before they are packed into chunks: long enough to pack well. */
export const TAIL_READINGS = 512;
/** The same where a device has many sensors: a chunk of so many readings for each. */
export const TAIL_READINGS_PER_SERIES = 128;
/** A tail older than this is packed although it is short, so that the journal, and a restart, stay short. */
export const TAIL_AGE_US_MAX = 10 * 60 * 1e6;
/** Bytes of journal from which the oldest tails are packed early: read again in about a second at a restart. */
export const JOURNAL_BYTES_MAX = 96 * 1024 * 1024;
/** Time for packing between two commits: what a waiting request may notice. */
export const COMPACT_SLICE_MS = 15;
/** A chunk shorter than this is joined with what follows it. */
export const CHUNK_READINGS_MIN = 192;
/** Readings of one chunk: a fifth of a day at 1 Hz, decoded in under a millisecond. */
export const CHUNK_READINGS_MAX = 16_384;

/** Devices whose judges are held in memory; the state of others waits in the store. */
export const JUDGED_DEVICES_MAX = 50_000;

/** Stored readings by which a series warms up again after its detector changed: it is ready after some hundred. */
export const WARM_READINGS = 1_000;

/** Requests without stamps whose receipt is remembered by their Idempotency-Key, and how long. */
export const IDEMPOTENCY_KEYS_MAX = 100_000;
export const IDEMPOTENCY_US = 24 * 3_600e6;
export const IDEMPOTENCY_KEY_LENGTH_MAX = 256;

/** Questions about the past under way: five hundred viewers that open a page at one moment, and some. Beyond it 503. */
export const QUESTIONS_MAX = 1_000;
/** Readings read for one history reply, after which it answers at a coarser resolution: half a second of work. */
export const HISTORY_READINGS_MAX = 2_000_000;

/** Exports under way, each of which holds up to 3 MB. Beyond it 503. */
export const EXPORTS_MAX = 32;
/** Readings that an export reads and encodes at a time: another question about the past waits some 10 ms for it. */
export const EXPORT_READINGS = 2_048;
/** Readings of one row group of a Parquet file, gathered before they are sent: 1 MB, and a month at 100 Hz has 4,000 groups. */
export const ROW_GROUP_READINGS = 65_536;

/** Live: viewers at a time, frames kept for a resume (a minute, or so many bytes of a large fleet), anomalies in one frame, bytes waiting for one
 * viewer: the whole fleet of 10,000 devices is some 5 MB, and a slow line needs its time for it. */
export const VIEWERS_MAX = 500;
export const FRAMES_KEPT = 60;
export const FRAMES_BYTES_MAX = 16 * 1024 * 1024;
export const FRAME_ANOMALIES_MAX = 100;
/** Devices in one event: a page parses so many in a few milliseconds, and draws between two events. */
export const FRAME_DEVICES_MAX = 500;
export const VIEWER_BACKLOG_BYTES_MAX = 16 * 1024 * 1024;
/** Alarm edges gathered before they are handed to incidents: a quarter of a second of a fleet in uproar. */
export const EDGES_WAITING_MAX = 5_000;
/** Devices that fell silent, or are back, handed over at a time: ten milliseconds. A fleet of 10,000 takes five seconds. */
export const SILENCES_AT_ONCE_MAX = 500;
/** Points of one device event; a device that sends more in a second is shown by its newest. */
export const DEVICE_FRAME_POINTS_MAX = 2_000;

/** Item errors listed in one reply; the rest are counted, one line for each code. */
export const ITEM_ERRORS_MAX = 100;
/** Lines of one line-protocol or NDJSON body follow from REQUEST_READINGS_MAX; fields and tags of one line: */
export const LINE_PARTS_MAX = 256;
/** Bytes of one request that are read and thrown away behind what a body may have, before the answer: some seconds of a slow line. */
export const DISCARDED_BYTES_MAX = 64 * 1024 * 1024;
/**
 * Bytes of bodies on their way in, of all requests together: 16 of the largest. Beyond it 503 with Retry-After. The first
 * bytes of each are not counted, so that large bodies which stall leave the door open for those that come every second.
 */
export const BODIES_BYTES_MAX = 128 * 1024 * 1024;
export const SMALL_BODY_BYTES = 64 * 1024;
/** Nesting of a JSON body: the deepest that the wire knows is 6. */
export const JSON_DEPTH_MAX = 32;
