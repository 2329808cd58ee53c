/**
 * What can still be read of a damaged outbox, taken over into a new one.
 *
 * Rows are read one by one, by their key, so that a bad page costs the rows on it and no others; a row whose bytes do
 * not unpack is left out, and what was in it is counted as lost (the counts of the outbox must add up, I3). Positions,
 * counts and snapshots come over where they can be read: without its position a file is read again from its start, and a
 * device without its counts has taken what waits of it.
 */
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { errorMessage, type Log } from '@fernsight/base';
import { goneBody, numbersOf } from './body.ts';
import { DEVICE_KEY } from './counts.ts';
import { unpackBody } from './packBody.ts';
import { KEPT } from './schema.ts';
import { isSqliteError, isUnfit } from './sqliteError.ts';

/** Tables in the order in which they are taken over: what refers comes after what is referred to. */
const TABLES = ['epochs', 'state', 'snapshots', 'summaries', 'refused', 'batches'] as const;

type Row = Record<string, SQLOutputValue>;

/** Copies what can be read from the file `damaged` into the new, empty `database`. @returns rows copied and lost */
export function salvage(
  damaged: string,
  database: DatabaseSync,
  log: Log,
): { readonly rowCount: number; readonly lostCount: number } {
  let rowCount = 0;
  let lostCount = 0;
  const old = openDamaged(damaged, log);
  if (old === undefined) return { rowCount, lostCount };
  try {
    for (const table of TABLES) {
      const rows = table === 'batches' ? readBatches(old) : readAll(old, table);
      database.exec('BEGIN');
      for (const row of rows) {
        if (row === undefined || !insert(database, table, row)) lostCount++;
        else rowCount++;
      }
      database.exec('COMMIT');
    }
  } finally {
    old.close();
  }
  creditDevices(database);
  return { rowCount, lostCount };
}

const NEXT_BATCH = 'SELECT * FROM batches WHERE first > ? ORDER BY first LIMIT 1';
const SELECT_WAITING = `SELECT bytes FROM batches WHERE state <> ${KEPT}`;
const CREDIT_DEVICE = 'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING';

/** Devices whose own counts were on a bad page have taken at least what waits of them (I3). */
function creditDevices(database: DatabaseSync): void {
  const taken = new Map<string, number>();
  for (const { bytes } of database.prepare(SELECT_WAITING).iterate()) {
    if (!(bytes instanceof Uint8Array)) continue;
    for (const { device, count } of goneBody(unpackBody(bytes), 'lost').gone) {
      taken.set(device, (taken.get(device) ?? 0) + count);
    }
  }
  const credit = database.prepare(CREDIT_DEVICE);
  for (const [device, count] of taken) {
    credit.run(DEVICE_KEY + device, JSON.stringify({ taken: count }));
  }
}

function openDamaged(path: string, log: Log): DatabaseSync | undefined {
  try {
    const database = new DatabaseSync(path);
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } catch (error) {
    log.warn('nothing of the damaged outbox can be read', { reason: errorMessage(error) });
    return undefined;
  }
}

/** Rows up to the first that cannot be read. */
function* readAll(database: DatabaseSync, table: string): Generator<Row | undefined> {
  try {
    for (const row of database.prepare(`SELECT * FROM ${table}`).iterate()) yield row;
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    yield undefined;
  }
}

/** Rows by their keys, which stand in smaller pages than they do; a row that cannot be read is undefined. */
function* readBatches(database: DatabaseSync): Generator<Row | undefined> {
  let last = -1;
  for (;;) {
    const row = nextBatch(database, last);
    if (row === undefined) return;
    last = Number(row.first);
    yield isWhole(row) ? row : undefined;
  }
}

/** @returns the readable row with the least key above `last`, looked for in ever longer steps past damage */
function nextBatch(database: DatabaseSync, last: number): Row | undefined {
  for (let skip = 0, from = last; ; skip = Math.max(1, skip * 2), from = last + skip) {
    if (from > Number.MAX_SAFE_INTEGER / 2) return undefined;
    try {
      return database.prepare(NEXT_BATCH).get(from);
    } catch (error) {
      if (!isSqliteError(error)) throw error;
    }
  }
}

function isWhole(row: Row): boolean {
  try {
    return row.bytes instanceof Uint8Array && numbersOf(unpackBody(row.bytes)) === row.count;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

function insert(database: DatabaseSync, table: string, row: Row): boolean {
  const names = Object.keys(row);
  const marks = names.map(() => '?').join();
  try {
    const sql = `INSERT OR REPLACE INTO ${table} (${names.join()}) VALUES (${marks})`;
    database.prepare(sql).run(...Object.values(row));
    return true;
  } catch (error) {
    // what the row is at fault for; a full disk is not
    if (!isUnfit(error)) throw error;
    return false;
  }
}
