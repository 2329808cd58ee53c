/** Bounds of what the page keeps and draws, each with its reason. */

/** Silence on the live line after which it counts as dead: two of the server's signs of life, and some. */
export const SILENCE_MS_MAX = 20_000;
/** Longest wait before the next attempt to connect: a person looking at the page does not wait longer. */
export const RETRY_MS_MAX = 15_000;
/** A verdict colours its device for so long after it was given: one glance away from the screen. */
export const RECENT_US = 5 * 60_000_000;

/** What a sparkline spans, and in how many buckets: an hour at two pixels a bucket. */
export const TRAIL_SPAN_US = 3_600_000_000;
export const TRAIL_BUCKETS = 120;
/** Series whose trail is kept; least recently seen go first. 120 buckets of 32 bytes each: 8 MB. */
export const TRAILS_MAX = 2_000;

/** Cards drawn at once; further ones on request. Each is some forty elements. */
export const CARDS_STEP = 48;
/** Requests under way for history at a time: browsers open six connections a host, one of them is the live line. */
export const REQUESTS_MAX = 4;

/** Rows of the anomalies table fetched at a time, and kept: older ones are a click away. */
export const ANOMALIES_STEP = 100;
export const ANOMALIES_MAX = 2_000;
/** Anomalies marked on one device's charts; beyond it the newest, the counts by point show the rest. */
export const MARKS_MAX = 500;

/** Reasons listed on the device page at a time. */
export const REASONS_STEP = 50;

/** Points asked of one chart: as many as the widest screen has pixels for, twice. */
export const CHART_POINTS_MAX = 3_000;
/** Readings that came live since the chart's history was fetched. A refetch makes them superfluous long before. */
export const TAIL_MAX = 4_000;

/** Sensors in the joint view of one device; each is loaded whether or not its chart is on screen. */
export const STRIPS_MAX = 24;

/** What the page keeps in the browser's storage (5 MB in most, in UTF-16): well below, for it is shared by origin. */
export const SHELF_CHARS_MAX = 1_500_000;
/** Devices kept for a start without a server. */
export const SHELF_DEVICES_MAX = 500;

/** As the server has it (wire's limits): said before it refuses. */
export const PASSWORD_LENGTH_MIN = 10;
/** Rows of a list at a time, what is looked through by eye: further ones are a click away. */
export const TOKENS_SHOWN = 200;
export const AUDIT_SHOWN = 50;
export const INCIDENTS_SHOWN = 200;
export const DRIFTS_SHOWN = 20;
/** All: the server takes no more. */
export const CHANNELS_SHOWN = 100;
