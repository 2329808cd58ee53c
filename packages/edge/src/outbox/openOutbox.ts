/**
 * Opens the outbox's file: takes the lock, checks that it is what it should be, brings its schema up to date.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorMessage, type Log, UsageFault } from '@fernsight/base';
import { OutboxLock } from './lock.ts';
import { Outbox } from './outbox.ts';
import { migrate } from './schema.ts';

export interface OpenedOutbox {
  readonly outbox: Outbox;
  readonly lock: OutboxLock;
}

/**
 * @param path of the SQLite file; its folder is made where it does not exist
 * @throws UsageFault when the folder cannot be written, or another agent holds the file
 */
export function openOutbox(path: string, _log: Log): OpenedOutbox {
  const lock = lockOf(path);
  try {
    const database = openDatabase(path);
    return { outbox: new Outbox(database, path), lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockOf(path: string): OutboxLock {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return OutboxLock.acquire(path);
  } catch (cause) {
    if (cause instanceof UsageFault) throw cause;
    throw new UsageFault(`cannot write the outbox ${path}: ${errorMessage(cause)}`, {
      op: 'outbox.open',
      hint: 'choose a folder that the agent may write',
      cause,
    });
  }
}

/** @throws what SQLite throws where the file is no database of ours */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(`
      PRAGMA busy_timeout = 5000;
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA cache_size = -2000;
    `);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
