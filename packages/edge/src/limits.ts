/** Bounds of the agent, each with its reason. What happens at a bound is said where it is used, and counted. */

/** A kill loses at most this much of a source that cannot repeat. */
export const COMMIT_INTERVAL_MS = 1_000;
/** A power cut loses at most this much; each sync wears the flash. */
export const SYNC_INTERVAL_MS = 10_000;
/** How often the live lane sends; an anomaly does not wait. */
export const SEND_INTERVAL_MS = 5_000;
/** Shortest time between two sends that anomalies ask for: a storm of them must not become a storm of requests. */
export const URGENT_INTERVAL_MS = 1_000;
/** A window summary covers five minutes, as the original's did. */
export const WINDOW_MS = 300_000;
/** A reading older than this when it is sent is backfill: marked, and nobody is paged. */
export const LIVE_AGE_US = 60_000_000;

/** Readings of one packed batch: a commit of a few milliseconds, and a fraction of what the cloud takes at once. */
export const TAIL_READINGS_MAX = 4_096;
/** A larger outbox is not checked whole at each start, which must not take longer with a backlog: 64 MB take 0.2 s. */
export const CHECK_BYTES_MAX = 4 * 1024 * 1024;
/** Readings in one block of a source: it goes into one tail, and its series into one request. */
export const BLOCK_READINGS_MAX = 1_000;
/** A tail larger than this is sealed: below it, rewriting the tail costs the one page that a commit costs anyhow. */
export const TAIL_BYTES_MAX = 3_072;
/** A reading this close to an anomaly, in rows, keeps its expected value and band. */
export const SURROUNDING_ROWS = 2;
/** Rows between two bands of a chart, at least: at one reading a minute a band a minute would double the batch. */
export const BAND_ROWS_MIN = 16;

/** Readings of a series between two snapshots: what a restart has to replay, about 10 ms of work. */
export const SNAPSHOT_READINGS = 1_000;
/** Longest time between snapshots of a device that still measures: it bounds how long sent batches are kept. */
export const SNAPSHOT_INTERVAL_MS = 600_000;

/** Default bound of the outbox; the smaller of the two holds. */
export const OUTBOX_BYTES_MAX = 512 * 1024 * 1024;
export const OUTBOX_VOLUME_SHARE = 0.1;
/** Least bound that makes sense: room for a batch, its index and the counts. */
export const OUTBOX_BYTES_MIN = 512 * 1024;
/** Kept free below the bound: a full tail, its index pages and its snapshots find room before the bound acts. */
export const OUTBOX_RESERVE_BYTES = 96 * 1024;
/** Thinned rows are joined up to this size: what one request takes, and one step rewrites. */
export const THINNED_BYTES_MAX = 32 * 1024;
/** At the bound the outbox is brought down to this share of it, so that thinning is not done for every commit. */
export const OUTBOX_LOW_SHARE = 0.85;
/** Share of the bound that raw anomalies and their surroundings may fill before they are thinned to their peaks. */
export const ANOMALY_SHARE = 0.5;
/** The write-ahead log is checkpointed beyond this size, at a sync. */
export const WAL_BYTES_MAX = 4 * 1024 * 1024;
/** How long SQLite waits for somebody else who has the outbox's file to himself just now. */
export const BUSY_MS = 5_000;
/** Window summaries that wait for the cloud: a month of five-minute windows for ten devices. */
export const SUMMARIES_WAITING_MAX = 100_000;
/** Their share of a small outbox, and what one takes there, its key and its page's room among it. */
export const SUMMARIES_SHARE = 0.1;
export const SUMMARY_BYTES = 80;
/** Batches that the cloud refused and that are kept aside for a person to look at. */
export const REFUSED_BATCHES_MAX = 64;

/** Series of one device, and devices behind one agent (I7); readings of further ones are counted invalid. */
export const DEVICE_SERIES_MAX = 1_000;
export const DEVICES_MAX = 1_000;
/** A stamp this far ahead of the agent's clock is kept but not judged. */
export const FUTURE_US_MAX = 300_000_000;
/** A stamp up to this far behind its series' last is the same stamp once more: it is moved on by 1 us. */
export const EQUAL_STAMP_US = 1_000;
/** The wall clock moved more than this against the monotonic one: a new anchor and a new epoch. */
export const CLOCK_STEP_US = 1_000_000;

/** Readings of a request at the start; it doubles with each quick success and halves with each failure. */
export const SEND_READINGS_START = 500;
export const SEND_READINGS_MIN = 1;
/** Ten thousand would fit in a request; they drain no faster, and cost a small device 20 MB while they do. */
export const SEND_READINGS_MAX = 2_000;
/** A request slower than this is as large as it should get. */
export const SEND_SLOW_MS = 2_000;
/** A request that has not been answered in whole by then may or may not have arrived. */
export const EXCHANGE_TIMEOUT_MS = 30_000;
/** The cloud may still be asked while it starts; nobody waits longer than this for a device to come back. */
export const BACKOFF_BASE_MS = 500;
export const BACKOFF_CAP_MS = 60_000;
/** A reply of the cloud is short; more than this is not one. */
export const REPLY_BYTES_MAX = 1024 * 1024;
/** Longest Retry-After that is honoured: a wrong header must not silence an agent for a day. */
export const RETRY_AFTER_MS_MAX = 3_600_000;
/** What a stopping agent waits for its last send. */
export const FAREWELL_MS = 5_000;
/** Bodies below this are sent as they are: a packet is a packet. */
export const COMPRESS_BYTES_MIN = 1_024;

/** A source that died is started again after a backoff between these. */
export const SOURCE_BACKOFF_BASE_MS = 1_000;
export const SOURCE_BACKOFF_CAP_MS = 60_000;
/** A sensor is silent after this many of its usual intervals, and never before the floor. */
export const SILENCE_INTERVALS = 5;
export const SILENCE_FLOOR_MS = 10_000;
/** Lines of the log about one kind of bad input, in a minute; the rest is counted. */
export const COMPLAINTS_PER_MINUTE = 10;

/** Body of one push over HTTP: ten thousand lines. */
export const PUSH_BODY_BYTES_MAX = 1024 * 1024;
/** Blocks pushed and not yet taken; beyond it the pusher gets 503. */
export const PUSH_WAITING_MAX = 64;
/** Messages of a broker that wait for the agent; beyond it the line is not read, and the broker keeps what is not QoS 0. */
export const MQTT_WAITING_MAX = 1_000;
/** Messages taken and not yet acknowledged from which the agent syncs at once: half of what a broker keeps open. */
export const MQTT_UNACKNOWLEDGED_MAX = 10;
/** Acknowledged messages that are remembered, because the broker may not have heard: three times what it keeps open. */
export const MQTT_REMEMBERED_MAX = 64;
/** Values of a sparkline, and sensors that the screen keeps: what any terminal shows, many times over. */
export const SPARK_VALUES = 24;
export const SCREEN_SERIES_MAX = 2_000;

/** How often an agent that only waits for its outbox to be empty looks again. */
export const URGENT_POLL_MS = 50;
/** Sensor types of which an agent holds models: 4 MB each at most, 80 KB as they are trained. Others are not fetched. */
export const MODEL_TYPES_MAX = 64;
/** A signed model as JSON: the largest there is, in base64. */
export const MODEL_REPLY_BYTES_MAX = 6 * 1024 * 1024;
/** A model that could not be fetched is asked for again after this. */
export const MODEL_RETRY_MS = 30_000;
