/** The outbox's statements, each named as what it does, prepared once. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

const CARD = 'first, count, epoch, seq, oldest_us, newest_us, anomalies, level, state';

const SQL = {
  /** a tail that a process left behind, the newest row, is one like any other */
  reopen:
    'UPDATE batches SET state = 1 WHERE first = (SELECT max(first) FROM batches) AND state = 0',
  end: 'SELECT max(first + count) AS next FROM batches WHERE first = (SELECT max(first) FROM batches)',
  insertEpoch: 'INSERT INTO epochs (epoch, shift_us) VALUES (?, ?)',
  epochName: 'SELECT epoch FROM epochs WHERE id = ?',
  epochShift: 'SELECT shift_us FROM epochs WHERE id = ?',
  /** Those before the oldest row and after the newest one: no walk over a backlog. Ids are not reused: the newest stays. */
  forgetEpochs: `DELETE FROM epochs WHERE id < (SELECT max(id) FROM epochs) AND id NOT BETWEEN
    coalesce((SELECT epoch FROM batches ORDER BY first LIMIT 1), 0) AND
    coalesce((SELECT epoch FROM batches ORDER BY first DESC LIMIT 1), 0)`,
  putTail: `INSERT INTO batches
      (first, count, epoch, seq, oldest_us, newest_us, anomalies, level, state, bytes, minutes_bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (first) DO UPDATE SET count = excluded.count, oldest_us = excluded.oldest_us,
      newest_us = excluded.newest_us, anomalies = excluded.anomalies, level = excluded.level,
      state = excluded.state, bytes = excluded.bytes, minutes_bytes = excluded.minutes_bytes`,
  putRow: `INSERT INTO batches
      (first, count, epoch, seq, oldest_us, newest_us, anomalies, level, state, bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  pickLive: `SELECT ${CARD} FROM batches
    WHERE state IN (1, 2) AND newest_us >= ? ORDER BY newest_us, first`,
  pickBackfill: `SELECT ${CARD} FROM batches
    WHERE state IN (1, 2) AND newest_us < ? ORDER BY newest_us, first`,
  /** of the live lane, never handed over, and begun before it */
  pickSpanning: `SELECT ${CARD} FROM batches
    WHERE state IN (1, 2) AND newest_us >= ?1 AND oldest_us < ?1 AND state = 1 AND level = 0`,
  listFrom: `SELECT ${CARD} FROM batches
    WHERE first >= coalesce((SELECT max(first) FROM batches WHERE first <= ?1), ?1) ORDER BY first`,
  bytes: 'SELECT bytes FROM batches WHERE first = ?',
  sizeOf: 'SELECT length(bytes) AS bytes FROM batches WHERE first = ?',
  setState: 'UPDATE batches SET state = ? WHERE first = ?',
  replaceBytes: `UPDATE batches
    SET level = ?, bytes = ?, anomaly_bytes = ?, minutes_bytes = ? WHERE first = ?`,
  widen:
    'UPDATE batches SET count = ?, oldest_us = ?, newest_us = ?, anomalies = ? WHERE first = ?',
  remove: 'DELETE FROM batches WHERE first = ?',
  forgetKept: 'DELETE FROM batches WHERE state = 3 AND first + count <= ?',
  oldest: `SELECT oldest_us FROM batches WHERE state IN (1, 2) ORDER BY newest_us, first LIMIT 1`,
  /** what the bound may take, oldest first */
  listLevels: `SELECT ${CARD} FROM batches
    WHERE level BETWEEN ? AND ? AND state IN (1, 2) AND first + count <= ? ORDER BY first LIMIT ?`,
  listMinutes: `SELECT ${CARD} FROM batches
    WHERE minutes_bytes > 0 AND state IN (1, 2) AND first + count <= ? ORDER BY first LIMIT ?`,
  rowBefore: `SELECT ${CARD} FROM batches WHERE first < ? ORDER BY first DESC LIMIT 1`,
  anomalyBytes: 'SELECT total(anomaly_bytes) AS bytes FROM batches WHERE anomaly_bytes > 0',
  putSnapshot: 'INSERT OR REPLACE INTO snapshots (device, at, bytes) VALUES (?, ?, ?)',
  listSnapshots: 'SELECT device, at, bytes FROM snapshots',
  putState: 'INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)',
  listState: 'SELECT key, value FROM state',
  putSummary: `INSERT OR REPLACE INTO summaries
      (device, start_us, end_us, sample_count, anomaly_count, avg_score, max_score, min_score)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  listSummaries: 'SELECT * FROM summaries ORDER BY start_us, device LIMIT ?',
  countSummaries: 'SELECT count(*) AS count FROM summaries',
  forgetSummary: 'DELETE FROM summaries WHERE device = ? AND start_us = ?',
  boundSummaries: `DELETE FROM summaries WHERE (device, start_us) IN
    (SELECT device, start_us FROM summaries ORDER BY start_us, device
      LIMIT max(0, (SELECT count(*) FROM summaries) - ?))`,
  putRefused: 'INSERT OR REPLACE INTO refused (first, reason, bytes) VALUES (?, ?, ?)',
  boundRefused: `DELETE FROM refused WHERE first NOT IN
    (SELECT first FROM refused ORDER BY first DESC LIMIT ?)`,
  pageSize: 'PRAGMA page_size',
  pageCount: 'PRAGMA page_count',
  freeCount: 'PRAGMA freelist_count',
} as const;

export type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>;

export function prepare(database: DatabaseSync): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]);
  return Object.fromEntries(entries) as Statements;
}
