/**
 * The outbox's tables, as numbered migrations: forward only, each applied in one transaction with its number.
 *
 * A batch is one packed row. `first` is the index of its first reading among all that this outbox ever took, across
 * epochs; it orders rows and says which of them a detector's snapshot (`at`) still needs. States:
 *
 *     0 open       the tail: overwritten by each commit until it is sealed
 *     1 waiting    sealed, never handed to the uplink
 *     2 attempted  handed to the uplink: the cloud may have it; its range never changes again
 *     3 kept       acknowledged by the cloud; a restart still needs it to bring the detectors up to date
 *
 * A batch at the bound (level above 0) knows how many of its bytes are anomalies with their surroundings, and how many are
 * minutes: each kind has its own half of the outbox. The indexes tell it without walking over the bytes.
 *
 * An acknowledged batch that no restart needs is deleted. `state` holds what moves with a batch: one row a source
 * (position) and one a device (counts, open summary window), so that a commit of a small agent touches few pages.
 */
import type { DatabaseSync } from 'node:sqlite';

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE epochs (
    id INTEGER PRIMARY KEY,
    epoch TEXT NOT NULL UNIQUE,
    shift_us INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE batches (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    epoch INTEGER NOT NULL REFERENCES epochs (id),
    seq INTEGER NOT NULL,
    oldest_us INTEGER NOT NULL,
    newest_us INTEGER NOT NULL,
    anomalies INTEGER NOT NULL,
    level INTEGER NOT NULL,
    state INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX batches_waiting ON batches (newest_us, first) WHERE state IN (1, 2);
  CREATE INDEX batches_kept ON batches (first) WHERE state = 3;
  CREATE TABLE snapshots (device TEXT PRIMARY KEY, at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE summaries (
    device TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    sample_count INTEGER NOT NULL,
    anomaly_count INTEGER NOT NULL,
    avg_score REAL NOT NULL,
    max_score REAL NOT NULL,
    min_score REAL NOT NULL,
    PRIMARY KEY (device, start_us)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE refused (
    first INTEGER PRIMARY KEY,
    reason TEXT NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE batches ADD COLUMN anomaly_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE batches ADD COLUMN minutes_bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE batches SET minutes_bytes = length(bytes) WHERE level IN (1, 2);
  CREATE INDEX batches_anomalies ON batches (anomaly_bytes) WHERE anomaly_bytes > 0;
  CREATE INDEX batches_minutes ON batches (first) WHERE minutes_bytes > 0;
  `,
];

export const OPEN = 0;
export const WAITING = 1;
export const ATTEMPTED = 2;
export const KEPT = 3;

/** Brings a database up to the newest schema. @returns the version it had */
export function migrate(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get();
  const version = Number(row?.user_version ?? 0);
  for (let next = version; next < MIGRATIONS.length; next++) {
    database.exec(`BEGIN; ${MIGRATIONS[next]}; PRAGMA user_version = ${next + 1}; COMMIT`);
  }
  return version;
}
