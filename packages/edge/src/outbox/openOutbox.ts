/**
 * Opens the outbox's file: takes the lock, checks that it is what it should be, brings its schema up to date. A damaged
 * file is set aside and salvaged, and the agent runs on.
 */
import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import {
  type Clock,
  errorMessage,
  type Log,
  makeFolder,
  type Probe,
  UsageFault,
} from '@fernsight/base';
import {
  CHECK_BYTES_MAX,
  OUTBOX_BYTES_MAX,
  OUTBOX_BYTES_MIN,
  OUTBOX_VOLUME_SHARE,
} from '../limits.ts';
import type { AtBound, BoundOptions } from './bound.ts';
import { openDatabase } from './database.ts';
import { OutboxLock } from './lock.ts';
import { Outbox, type OutboxOptions } from './outbox.ts';
import { endRescue, isMarkedDamaged, rescue } from './rescue.ts';
import { isDamage } from './sqliteError.ts';

export interface OpenOptions {
  /** the agent's own device: what is lost beyond recognition is counted under it */
  readonly agent: string;
  /** default: OUTBOX_BYTES_MAX or OUTBOX_VOLUME_SHARE of the volume, whichever is less */
  readonly bytesMax?: number | undefined;
  readonly atBound?: AtBound | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly probe?: Probe | undefined;
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
    const bound = boundOf(path, options);
    const database = openWhole(path, { ...options, ...bound });
    options.probe?.opened(path, database);
    const outbox = outboxOn(database, path, { ...bound, probe: options.probe });
    return { outbox, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function outboxOn(database: DatabaseSync, path: string, options: OutboxOptions): Outbox {
  try {
    return new Outbox(database, path, options);
  } catch (error) {
    database.close();
    throw error;
  }
}

function openWhole(path: string, options: OpenOptions & BoundOptions): DatabaseSync {
  endRescue(path, options);
  const found = isMarkedDamaged(path) ? undefined : openChecked(path, options.log);
  if (found !== undefined) return found;
  rescue(path, options);
  return openDatabase(path);
}

/** @returns undefined where the file is damaged */
function openChecked(path: string, log: Log): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path);
    const small = statSync(path).size <= CHECK_BYTES_MAX;
    const found = small ? database.prepare('PRAGMA quick_check(1)').get()?.quick_check : 'ok';
    if (found === 'ok') return database;
    log.error('the outbox is damaged', { path, reason: found });
  } catch (error) {
    if (!isDamage(error)) throw error;
    log.error('the outbox is damaged', { path, reason: errorMessage(error) });
  }
  database?.close();
  return undefined;
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
  const standard = Math.max(OUTBOX_BYTES_MIN, Math.min(OUTBOX_BYTES_MAX, share));
  return { bytesMax: bytesMax ?? standard, atBound };
}

function lockOf(path: string): OutboxLock {
  try {
    makeFolder(dirname(path));
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
