/** Bounds of everything on the wire, each with its reason. Beyond a bound the sender gets a 4xx that names the field. */

/** readings in one agent batch: an hour of a 1 Hz series with room, and a commit of a few milliseconds in the cloud */
export const BATCH_READINGS_MAX = 10_000;
/** readings in one request of a plain device: a day's backlog at one a minute, ten times over */
export const REQUEST_READINGS_MAX = 20_000;
/** series in one batch: a device has 1,000 at most */
export const BATCH_SERIES_MAX = 1_000;
/** children one agent announces at a time */
export const ANNOUNCE_MAX = 1_000;
/** body of one request, after decompression: the largest batch with every reading explained is below it */
export const BODY_BYTES_MAX = 8 * 1024 * 1024;
/** window summaries in one batch: eight hours of five-minute windows for ten children */
export const SUMMARIES_MAX = 1_000;
/** points of one history reply: twice the widest screen */
export const HISTORY_POINTS_MAX = 5_000;
/** Stretches of a series that cannot be read, in one reply. Beyond it the last one reaches to the end of the rest. */
export const UNREADABLE_MAX = 100;
/** rows of one page of a list */
export const PAGE_ROWS_MAX = 1_000;
/** kinds of evidence that a verdict weighs: more than there are */
export const EVIDENCES_MAX = 16;
/** sensors of a device that are judged together, and the numbers of evidence that each has there */
export const JOINT_SENSORS_MAX = 64;
export const JOINT_EVIDENCES_MAX = 2 * JOINT_SENSORS_MAX;
/** series with suppression regions that one reply to an agent tells of; the rest come with the next */
export const SUPPRESSED_SERIES_MAX = 1_000;
/** maintenance windows of a server; beyond it 409 */
export const MAINTENANCE_MAX = 1_000;
/** text that people give: units, types, reasons */
export const TEXT_LENGTH_MAX = 256;
/** a password: as short as NIST SP 800-63B lets one be that stands alone, and as long as a hash should take */
export const PASSWORD_LENGTH_MIN = 10;
export const PASSWORD_LENGTH_MAX = 256;
/** a token as somebody presents it; ours have 47 characters */
export const SECRET_LENGTH_MAX = 256;
/** a model's file: the largest forest that its format allows has 256 trees; ours have 100 in 80 KB */
export const MODEL_BYTES_MAX = 4 * 1024 * 1024;
