/**
 * Opens the outbox's file: takes the lock, checks that it is what it should be, brings its schema up to date. A damaged
 * file is set aside and salvaged, and the agent runs on.
 */
import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  type Clock,
  errorMessage,
  type Log,
  makeFolder,
  type Probe,
  UsageFault,
} from '@fernsight/base';
import {
  BUSY_MS,
  CHECK_BYTES_MAX,
  OUTBOX_BYTES_MAX,
  OUTBOX_BYTES_MIN,
  OUTBOX_VOLUME_SHARE,
} from '../limits.ts';
import type { AtBound, BoundOptions } from './bound.ts';
import { DEVICE_KEY, parseDeviceState } from './counts.ts';
import { OutboxLock } from './lock.ts';
import { Outbox } from './outbox.ts';
import { salvage, setOutboxAside } from './salvage.ts';
import { migrate } from './schema.ts';
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
    const { database, salvaged } = openWhole(path, options);
    options.probe?.opened(path, database);
    const outbox = new Outbox(database, path, { ...bound, probe: options.probe });
    if (salvaged) outbox.countLost(takenOf(outbox), options.agent);
    return { outbox, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** @returns readings ever taken, by the devices' own counts */
function takenOf(outbox: Outbox): number {
  let taken = 0;
  for (const [key, value] of outbox.stateRows()) {
    if (key.startsWith(DEVICE_KEY)) taken += parseDeviceState(value).taken;
  }
  return taken;
}

/** Notes that the file was found damaged while in use: the next start salvages it. */
export function markDamaged(path: string): void {
  writeFileSync(`${path}-damaged`, '');
}

function openWhole(
  path: string,
  { clock, log }: OpenOptions,
): { readonly database: DatabaseSync; readonly salvaged: boolean } {
  const mark = `${path}-damaged`;
  const found = existsSync(mark) ? undefined : openChecked(path, log);
  if (found !== undefined) return { database: found, salvaged: false };
  const aside = setOutboxAside(path, clock.nowUs());
  const database = openDatabase(path);
  const { rowCount, lostCount } = salvage(aside, database, log);
  rmSync(mark, { force: true });
  log.error('the damaged outbox is set aside, and salvaged', { aside, rowCount, lostCount });
  return { database, salvaged: true };
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

/** @throws what SQLite throws where the file is no database of ours */
function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(`
      PRAGMA busy_timeout = ${BUSY_MS};
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = -2000;
    `);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
