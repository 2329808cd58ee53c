/**
 * What the cloud is measured against, in a process of its own: readings as plain rows in SQLite, and the disk's fsync.
 * `node cloudPlain.ts JSON` with a PlainInput prints a PlainResult as JSON.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Clock, systemClock } from '@fernsight/base';

export interface PlainInput {
  readonly dir: string;
  readonly seconds: number;
}

export interface PlainResult {
  /** 99th percentile of a write of 4 kB with fsync, milliseconds */
  readonly fsyncMs: number;
  readonly readingsPerSecond: number;
  readonly bytesPerReading: number;
  /** 99th percentile of a durable commit of 100 rows */
  readonly commitMs: number;
  /** one row a commit, durable: commits a second, and their 99th percentile */
  readonly singlesPerSecond: number;
  readonly singleMs: number;
  /** the newest row of each series */
  readonly latestMs: number;
  /** one hour of one series */
  readonly hourMs: number;
  /** one year of a reading a minute, in a thousand parts with least and most */
  readonly yearMs: number;
  /** from opening the file to one row that is durable */
  readonly startSeconds: number;
  /** of the process that writes rows of 20,000 series */
  readonly residentBytes: number;
}

const SERIES = 20_000;
const ROWS_A_COMMIT = 100;
const FROM_US = 1.6e15;
const HOUR = { series: SERIES, rows: 3_600, stepUs: 1e6 };
const YEAR = { series: SERIES + 1, rows: 525_600, stepUs: 60e6 };
const YEAR_PARTS = 1_000;
const SINGLES = 1_000;
const PRAGMAS = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL';
const TABLE = `CREATE TABLE reading
  (series INTEGER, tsUs INTEGER, value REAL, score REAL, PRIMARY KEY (series, tsUs)) WITHOUT ROWID`;
const INSERT = 'INSERT OR IGNORE INTO reading VALUES (?, ?, ?, ?)';
const LATEST = `WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < ${SERIES - 1})
  SELECT n, (SELECT value FROM reading WHERE series = n ORDER BY tsUs DESC LIMIT 1) AS value FROM number`;
const SPAN = 'SELECT tsUs, value, score FROM reading WHERE series = ? AND tsUs BETWEEN ? AND ?';
const PARTS = `SELECT min(tsUs), min(value), avg(value), max(value) FROM reading
  WHERE series = ? AND tsUs BETWEEN ? AND ? GROUP BY (tsUs - ${FROM_US}) / ${(YEAR.rows * YEAR.stepUs) / YEAR_PARTS}`;

/** Rows keyed (series, stamp), de-duplicated by the key, durable at each commit: no HTTP, no detector. */
function measurePlainRows(
  clock: Clock,
  { dir, seconds }: PlainInput,
): Omit<PlainResult, 'fsyncMs'> {
  const path = join(dir, 'plain.db');
  const database = new DatabaseSync(path);
  database.exec(`${PRAGMAS}; ${TABLE}`);
  const insert = database.prepare(INSERT);
  const commits: number[] = [];
  let count = 0;
  const endMs = clock.monotonicMs() + seconds * 1000;
  while (clock.monotonicMs() < endMs) {
    const first = count;
    count += ROWS_A_COMMIT;
    commits.push(timeOf(clock, () => commit(database, insert, wavesOf(first, count))));
  }
  const readingsPerSecond = (count * 1000) / sum(commits);
  const residentBytes = process.memoryUsage.rss();
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const pragma = (name: string) => Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
  const bytesPerReading = (pragma('page_count') * pragma('page_size')) / count;
  const singles = Array.from({ length: SINGLES }, (_, n) =>
    timeOf(clock, () => commit(database, insert, wavesOf(count + n, count + n + 1))),
  );
  commit(database, insert, spanOf(HOUR));
  commit(database, insert, spanOf(YEAR));
  const ask = (sql: string, ...of: number[]) =>
    timeOf(clock, () => database.prepare(sql).all(...of));
  const latestMs = ask(LATEST);
  const hourMs = ask(SPAN, HOUR.series, FROM_US, FROM_US + HOUR.rows * HOUR.stepUs);
  const yearMs = ask(PARTS, YEAR.series, FROM_US, FROM_US + YEAR.rows * YEAR.stepUs);
  database.close();
  const startMs = timeOf(clock, () => {
    const opened = new DatabaseSync(path);
    opened.exec(PRAGMAS);
    commit(opened, opened.prepare(INSERT), wavesOf(count + SINGLES, count + SINGLES + 1));
    opened.close();
  });
  return {
    readingsPerSecond,
    bytesPerReading,
    commitMs: p99(commits),
    singlesPerSecond: (singles.length * 1000) / sum(singles),
    singleMs: p99(singles),
    latestMs,
    hourMs,
    yearMs,
    startSeconds: startMs / 1000,
    residentBytes,
  };
}

type Row = readonly [series: number, tsUs: number, value: number, score: number];

/** The readings of that number, of all series in turn. */
function* wavesOf(first: number, end: number): Generator<Row> {
  for (let n = first; n < end; n++) {
    const tsUs = FROM_US + Math.floor(n / SERIES) * 1e6;
    yield [(n * 7919) % SERIES, tsUs, Math.round(Math.sin(n) * 1000) / 100, 0.25];
  }
}

function* spanOf({ series, rows, stepUs }: typeof HOUR): Generator<Row> {
  for (let row = 0; row < rows; row++) yield [series, FROM_US + row * stepUs, row, 0];
}

function commit(database: DatabaseSync, insert: StatementSync, rows: Iterable<Row>): void {
  database.exec('BEGIN');
  for (const row of rows) insert.run(...row);
  database.exec('COMMIT');
}

/** @returns milliseconds */
function timeOf(clock: Clock, work: () => void): number {
  const startMs = clock.monotonicMs();
  work();
  return clock.monotonicMs() - startMs;
}

function sum(times: readonly number[]): number {
  return times.reduce((all, time) => all + time, 0);
}

function p99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
}

function measureFsync(clock: Clock, dir: string): number {
  const file = openSync(join(dir, 'fsync'), 'w');
  const block = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 200 }, () =>
    timeOf(clock, () => {
      writeSync(file, block);
      fsyncSync(file);
    }),
  );
  closeSync(file);
  return p99(times);
}

const input = JSON.parse(process.argv[2] ?? '{}') as PlainInput;
const result: PlainResult = {
  fsyncMs: measureFsync(systemClock, input.dir),
  ...measurePlainRows(systemClock, input),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
