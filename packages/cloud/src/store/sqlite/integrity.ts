/**
 * Whether databases are whole: by SQLite's own check, and then, in the store, by reading everything packed. To SQLite a
 * chunk is bytes like any others; only who unpacks it knows that it is damaged.
 *
 * A server may write meanwhile, and SQLite cannot begin its write-ahead log anew while anybody reads. So what a server
 * writes to is checked a table at a time and its rows are read a page at a time, each in a read transaction of its own.
 * Rows that go meanwhile are no fault; those that come are left to the next check. What is a fault between tables, a page
 * that belongs to two of them, is looked for in copies only, which are checked in one piece. What their rows hold is not read:
 * a copy of a store in which a chunk is damaged is still the best that there is of all the others.
 */
import { basename, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '@fernsight/base';
import { unpackPoints, unpackRaw } from '../chunk.ts';
import { RAW } from '../rollup.ts';
import { unpackAnomalies } from './anomalyPack.ts';
import {
  allRows,
  asBytes,
  asNumber,
  asText,
  oneRow,
  openDatabase,
  type SqlRow,
  StorageFault,
  storageFault,
} from './database.ts';
import { databasesIn, STORE_NAME } from './folder.ts';
import { journalledIn } from './journal.ts';
import { packSeries, seriesIn } from './pastAnomalies.ts';

export interface CheckStart {
  /** a data folder, or a copy of one */
  readonly dir: string;
  /** whether a server may write to it meanwhile */
  readonly isServed: boolean;
}

/** How much was found whole: databases, and rows of each packed table, as far as they were read. */
export type Whole = Readonly<Record<'databases' | PackedTable, number>>;

type PackedTable = 'chunk' | 'journal' | 'pastAnomaly';

interface Packed {
  /** rows read at a time: some milliseconds of work, some megabytes at most */
  readonly pageRows: number;
  /** @throws Fault or SyntaxError where a row cannot be read, or holds something else than it says */
  readonly check: (row: SqlRow) => void;
}

const PACKED: Readonly<Record<PackedTable, Packed>> = {
  chunk: { pageRows: 64, check: checkChunk },
  journal: { pageRows: 8, check: checkJournal },
  pastAnomaly: { pageRows: 4, check: checkBlock },
};

const TABLES = `SELECT name FROM sqlite_schema WHERE type = 'table'`;
const OP = 'store.check';
const HINT = 'restore the data folder from a backup that is whole';

/** @returns the steps; between two of them nothing is read. @throws Fault that names what is damaged. O(bytes) in all */
export function* checkSteps({ dir, isServed }: CheckStart): Generator<void, Whole> {
  const whole = { databases: 0, chunk: 0, journal: 0, pastAnomaly: 0 };
  for (const name of databasesIn(dir)) {
    try {
      yield* checkDatabase(join(dir, name), isServed, whole);
    } catch (error) {
      throw ofFile(name, storageFault(OP, error));
    }
    whole.databases++;
  }
  return whole;
}

function* checkDatabase(
  path: string,
  isServed: boolean,
  whole: Record<PackedTable, number>,
): Generator<void> {
  const database = openDatabase(path, 'read');
  try {
    const tables = allRows(database.prepare(TABLES)).map(({ name }) => asText(name));
    // the list of tables stands for what belongs to none: pages that are free
    for (const table of isServed ? ['sqlite_schema', ...tables] : [undefined]) {
      checkPages(database, table);
      yield;
    }
    if (!isServed || basename(path) !== STORE_NAME) return;
    for (const table of ['chunk', 'journal', 'pastAnomaly'] as const)
      if (tables.includes(table)) whole[table] += yield* checkRows(database, table);
  } finally {
    database.close();
  }
}

/** @param table all of them where not given. @throws Fault unless SQLite finds every page and index in order */
function checkPages(database: DatabaseSync, table: string | undefined): void {
  const which = table === undefined ? '' : `('${table}')`;
  const result = oneRow(database.prepare(`PRAGMA integrity_check${which}`))?.integrity_check;
  if (result !== 'ok') throw damaged(asText(result));
}

/** @returns how many there are */
function* checkRows(database: DatabaseSync, table: PackedTable): Generator<void, number> {
  const { pageRows, check } = PACKED[table];
  const newest = asNumber(oneRow(database.prepare(`SELECT max(id) AS id FROM ${table}`))?.id) || 0;
  const page = database.prepare(
    `SELECT * FROM ${table} WHERE id > ? AND id <= ? ORDER BY id LIMIT ${pageRows}`,
  );
  let count = 0;
  for (let after = 0; ; ) {
    const rows = allRows(page, after, newest);
    for (const row of rows) {
      after = asNumber(row.id);
      checkRow(row, { table, check });
    }
    count += rows.length;
    if (rows.length < pageRows) return count;
    yield;
  }
}

function checkRow(
  row: SqlRow,
  { table, check }: Pick<Packed, 'check'> & { readonly table: PackedTable },
): void {
  try {
    check(row);
  } catch (error) {
    if (!(error instanceof Fault || error instanceof SyntaxError)) throw error;
    throw damaged(`row ${asNumber(row.id)} of the table ${table}: ${error.message}`, error);
  }
}

function checkChunk({ level, bytes, count, firstUs, lastUs }: SqlRow): void {
  const unpack = level === RAW ? unpackRaw : unpackPoints;
  const { tsUs } = unpack(asBytes(bytes));
  agree({ count, firstUs, lastUs }, { count: tsUs.length, firstUs: tsUs[0], lastUs: tsUs.at(-1) });
}

function checkJournal(row: SqlRow): void {
  const { anomalies } = journalledIn(row);
  if (anomalies !== null) JSON.parse(anomalies);
}

function checkBlock({ bytes, count, firstUs, lastUs, series }: SqlRow): void {
  const rows = unpackAnomalies(asBytes(bytes));
  const stamps = rows.map(({ tsUs }) => tsUs);
  const numbers = (packed: Uint8Array): string => seriesIn(packed).join(' ');
  agree(
    { count, firstUs, lastUs, series: numbers(asBytes(series)) },
    {
      count: rows.length,
      firstUs: Math.min(...stamps),
      lastUs: Math.max(...stamps),
      series: numbers(packSeries(rows)),
    },
  );
}

type Told = Readonly<Record<string, unknown>>;

/** @throws Fault unless what a row says is what its bytes hold */
function agree(says: Told, holds: Told): void {
  for (const [name, said] of Object.entries(says)) {
    if (said === holds[name]) continue;
    throw new Fault(`its ${name} is ${said}, and its bytes hold ${holds[name]}`, { op: OP });
  }
}

function damaged(what: string, cause?: unknown): Fault {
  return new Fault(`is damaged: ${what}`, { op: OP, cause, hint: HINT });
}

/** @returns a fault that begins with the file's name; anything but a fault as it is */
function ofFile(name: string, error: unknown): unknown {
  if (!(error instanceof Fault)) return error;
  const { message, hint = HINT, retryable } = error;
  const words = error instanceof StorageFault ? `cannot be read: ${message}` : message;
  return new Fault(`${name} ${words}`, { op: OP, cause: error, hint, retryable });
}
