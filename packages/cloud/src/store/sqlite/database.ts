/**
 * Opening the database file: pragmas with their reasons, migrations, and SQLite's errors turned into faults.
 *
 * WAL: readers never wait for the writer. With synchronous=FULL a commit returns after its fsync (I1); the store's writer,
 * once its log is begun, goes on with NORMAL and syncs the log by itself (walSync.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { errorMessage, Fault, UsageFault } from '@fernsight/base';

/** SQLite could not write or read: the disk is full, the file is damaged. */
export class StorageFault extends Fault {
  override name = 'StorageFault';
}

const SQLITE_BUSY = 5;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;
/** Pages of the write-ahead log before it is folded into the file: 32 MB, some seconds of full load. */
const CHECKPOINT_PAGES = 8_000;
/**
 * How long a writer waits for another. SQLite's lock is not fair: of ten threads that commit without a pause one waits for
 * most of the others' commits, and an fsync on a busy disk takes 50 ms.
 */
const BUSY_MS = 30_000;
/** How long emptying the log waits for readers; the sender comes back meanwhile. */
const READERS_MS = 500;
/** Page cache: 32 MB. */
const CACHE_KIB = 32 * 1024;

/**
 * @param migrations the folder of the numbered .sql files; this one where not given
 * @throws StorageFault, UsageFault
 */
export function openDatabase(
  path: string,
  access: 'write' | 'read',
  migrations = new URL('.', import.meta.url),
): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { readOnly: access === 'read' });
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA cache_size = -${CACHE_KIB}`);
    if (access === 'write') {
      database.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
      );
      migrate(database, path, migrations);
    }
    return database;
  } catch (error) {
    throw storageFault('store.open', error);
  }
}

/**
 * Writes the log out into the file, syncs that, and empties the log. After a sync that failed the kernel may take for
 * written what the disk never took; what is appended behind it could be synced and still not be read back.
 * @throws StorageFault where it cannot, or where somebody reads all the while
 */
export function emptyLog(database: DatabaseSync): void {
  database.exec(`PRAGMA busy_timeout = ${READERS_MS}`);
  const outcome = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  if (outcome?.busy === 0) return;
  throw new StorageFault('the log of the store cannot be written out after a sync that failed', {
    op: 'store.open',
    retryable: true,
    hint: 'what was not acknowledged is sent again; a long reader, such as a backup, is waited for',
  });
}

/** Runs `work` between BEGIN and COMMIT; rolls back when it throws. @throws StorageFault */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw storageFault('store.commit', error);
  }
}

/** @returns a fault for SQLite's own errors; anything else as it is */
export function storageFault(op: string, error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const primary = code & 0xff;
  if (primary === SQLITE_FULL || primary === SQLITE_IOERR) {
    return new StorageFault(`the store cannot write: ${errorMessage(error)}`, {
      op,
      cause: error,
      retryable: true,
      hint: 'make room on the volume of the data folder; nothing that was acknowledged is lost',
    });
  }
  if (primary === SQLITE_BUSY) {
    return new StorageFault(`the store is busy: ${errorMessage(error)}`, {
      op,
      cause: error,
      retryable: true,
      hint: 'another process writes to the data folder all the time: end it',
    });
  }
  const isDamaged = primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB;
  return new StorageFault(`the store failed: ${errorMessage(error)}`, {
    op,
    cause: error,
    hint: isDamaged ? 'restore the data folder from its last backup' : 'see the log',
  });
}

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

/** Numbered .sql files, applied once each, forward only. */
function migrate(database: DatabaseSync, path: string, folder: URL): void {
  const files = readdirSync(folder)
    .filter((name) => /^\d{3}-.*\.sql$/.test(name))
    .sort();
  if (versionOf(database) > files.length) {
    throw new UsageFault(`${path} was written by a later version of Fernsight`, {
      op: 'store.open',
      hint: 'install that version, or point --data-dir to another folder',
    });
  }
  for (const [index, name] of files.entries()) {
    if (index < versionOf(database)) continue;
    transact(database, () => {
      // another process may have been quicker
      if (index < versionOf(database)) return;
      database.exec(readFileSync(new URL(name, folder), 'utf8'));
      database.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}

/** What a statement takes and gives; integers beyond 2^53 do not occur. */
export type SqlValue = null | number | string | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** @returns the rows, whose columns are of the types that STRICT tables hold */
export function allRows(statement: StatementSync, ...values: SqlValue[]): SqlRow[] {
  return statement.all(...values) as SqlRow[];
}

/** The same, one at a time. */
export function eachRow(statement: StatementSync, ...values: SqlValue[]): Iterable<SqlRow> {
  return statement.iterate(...values) as Iterable<SqlRow>;
}

export function oneRow(statement: StatementSync, ...values: SqlValue[]): SqlRow | undefined {
  return statement.get(...values) as SqlRow | undefined;
}

export function asNumber(value: SqlValue | undefined): number {
  return typeof value === 'number' ? value : Number.NaN;
}

export function asText(value: SqlValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function asBytes(value: SqlValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}

/** NaN has no place in a REAL column that other tools read: unknown is NULL. */
export function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
