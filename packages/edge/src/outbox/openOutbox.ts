/**
 * Opens the outbox's file: takes the lock, checks that it is what it should be, brings its schema up to date.
 */
import { mkdirSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorMessage, type Log, UsageFault } from '@fernsight/base';
import { OUTBOX_BYTES_MAX, OUTBOX_BYTES_MIN, OUTBOX_VOLUME_SHARE } from '../limits.ts';
import type { AtBound, BoundOptions } from './bound.ts';
import { OutboxLock } from './lock.ts';
import { Outbox } from './outbox.ts';
import { migrate } from './schema.ts';

export interface OpenOptions {
  /** default: OUTBOX_BYTES_MAX or OUTBOX_VOLUME_SHARE of the volume, whichever is less */
  readonly bytesMax?: number | undefined;
  readonly atBound?: AtBound | undefined;
  readonly log: Log;
}

export interface OpenedOutbox {
  readonly outbox: Outbox;
  readonly lock: OutboxLock;
}

/**
 * @param path of the SQLite file; its folder is made where it does not exist
 * @throws UsageFault when the folder cannot be written, or another agent holds the file
 */
export function openOutbox(path: string, options: OpenOptions): OpenedOutbox {
  const lock = lockOf(path);
  try {
    const database = openDatabase(path);
    return { outbox: new Outbox(database, path, boundOf(path, options)), lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function boundOf(path: string, { bytesMax, atBound = 'thin' }: OpenOptions): BoundOptions {
  if (bytesMax !== undefined && bytesMax < OUTBOX_BYTES_MIN) {
    throw new UsageFault(`an outbox of ${bytesMax} bytes is too small`, {
      op: 'outbox.open',
      hint: `give it ${OUTBOX_BYTES_MIN} bytes or more`,
    });
  }
  const volume = statfsSync(dirname(path));
  const share = volume.blocks * volume.bsize * OUTBOX_VOLUME_SHARE;
  return { bytesMax: bytesMax ?? Math.min(OUTBOX_BYTES_MAX, share), atBound };
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
