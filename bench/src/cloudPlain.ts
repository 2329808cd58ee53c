/** What the cloud is measured against: readings as plain rows in SQLite, and the disk's own fsync. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@fernsight/base';

export interface PlainResult {
  readonly readingsPerSecond: number;
  readonly bytesPerReading: number;
  /** one hour of one series */
  readonly hourMs: number;
}

const SERIES = 20_000;
const ROWS_A_COMMIT = 100;
const HOUR_SERIES = SERIES;
const HOUR_READINGS = 3_600;

/** Rows keyed (series, stamp), de-duplicated by the key, durable every 100: no HTTP, no detector. */
export function measurePlainRows(clock: Clock, dir: string, seconds: number): PlainResult {
  const database = new DatabaseSync(join(dir, 'plain.db'));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE reading (series INTEGER, tsUs INTEGER, value REAL, score REAL, PRIMARY KEY (series, tsUs)) WITHOUT ROWID`);
  const insert = database.prepare('INSERT OR IGNORE INTO reading VALUES (?, ?, ?, ?)');
  const startMs = clock.monotonicMs();
  let count = 0;
  while (clock.monotonicMs() - startMs < seconds * 1000) {
    database.exec('BEGIN');
    for (let row = 0; row < ROWS_A_COMMIT; row++, count++) {
      const tsUs = 1.6e15 + Math.floor(count / SERIES) * 1e6;
      insert.run((count * 7919) % SERIES, tsUs, Math.round(Math.sin(count) * 1000) / 100, 0.25);
    }
    database.exec('COMMIT');
  }
  const readingsPerSecond = (count * 1000) / (clock.monotonicMs() - startMs);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const pragma = (name: string) => Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
  const bytesPerReading = (pragma('page_count') * pragma('page_size')) / count;
  database.exec('BEGIN');
  for (let row = 0; row < HOUR_READINGS; row++) insert.run(HOUR_SERIES, 1.6e15 + row * 1e6, row, 0);
  database.exec('COMMIT');
  const hour = database.prepare(
    'SELECT tsUs, value, score FROM reading WHERE series = ? AND tsUs BETWEEN ? AND ?',
  );
  const hourStartMs = clock.monotonicMs();
  hour.all(HOUR_SERIES, 1.6e15, 1.6e15 + HOUR_READINGS * 1e6);
  const hourMs = clock.monotonicMs() - hourStartMs;
  database.close();
  return { readingsPerSecond, bytesPerReading, hourMs };
}

/** @returns the 99th percentile of a write of 4 kB with fsync, milliseconds */
export function measureFsync(clock: Clock, dir: string): number {
  const file = openSync(join(dir, 'fsync'), 'w');
  const block = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 200 }, () => {
    const startMs = clock.monotonicMs();
    writeSync(file, block);
    fsyncSync(file);
    return clock.monotonicMs() - startMs;
  });
  closeSync(file);
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
}
