/**
 * From a damaged outbox to a whole one in its place, over kills and full disks: the damaged file stays where it is until
 * all that can be read of it, and the count of what cannot, stands durably in another. Only then do the two change
 * places; a start that finds the other one ready does that first.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Clock, Log, Probe } from '@fernsight/base';
import type { BoundOptions } from './bound.ts';
import { DEVICE_KEY, parseDeviceState } from './counts.ts';
import { openDatabase } from './database.ts';
import { Outbox } from './outbox.ts';
import { salvage } from './salvage.ts';

/** What follows the database's own name in the names of its files. */
const ENDINGS = ['', '-wal', '-shm'] as const;

export interface RescueOptions extends BoundOptions {
  /** the agent's own device: what is lost beyond recognition is counted under it */
  readonly agent: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly probe?: Probe | undefined;
}

/** Notes that the file was found damaged while in use: the next start salvages it. */
export function markDamaged(path: string): void {
  writeFileSync(`${path}-damaged`, '');
}

/** @returns whether the file was found damaged while it was in use */
export function isMarkedDamaged(path: string): boolean {
  return existsSync(`${path}-damaged`);
}

/** Takes what can be read of the damaged file over into a new one, which then has its name. @throws what the disk does */
export function rescue(path: string, options: RescueOptions): void {
  const { agent, log, probe, ...bound } = options;
  const half = `${path}-salvaging`;
  for (const ending of ENDINGS) rmSync(half + ending, { force: true });
  const database = openDatabase(half);
  try {
    probe?.opened(half, database);
    const { rowCount, lostCount } = salvage(path, database, log);
    const outbox = new Outbox(database, half, bound);
    outbox.countLost(takenOf(outbox), agent);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    log.error('the outbox is damaged, and salvaged', { rowCount, lostCount });
  } finally {
    database.close();
  }
  sync(half);
  renameSync(half, readyOf(path));
  changePlaces(path, options);
}

/** Ends a rescue that a kill cut short behind its salvage. */
export function endRescue(path: string, options: Pick<RescueOptions, 'clock' | 'log'>): void {
  if (existsSync(readyOf(path))) changePlaces(path, options);
}

function changePlaces(path: string, { clock, log }: Pick<RescueOptions, 'clock' | 'log'>): void {
  const aside = `${path}.damaged-${Math.floor(clock.nowUs() / 1e6)}`;
  for (const ending of ENDINGS) {
    if (existsSync(path + ending)) renameSync(path + ending, aside + ending);
  }
  rmSync(`${path}-damaged`, { force: true });
  renameSync(readyOf(path), path);
  sync(dirname(path));
  log.error('the damaged outbox is set aside', { aside });
}

function readyOf(path: string): string {
  return `${path}-salvaged`;
}

/** @returns readings ever taken, by the devices' own counts */
function takenOf(outbox: Outbox): number {
  let taken = 0;
  for (const [key, value] of outbox.stateRows()) {
    if (key.startsWith(DEVICE_KEY)) taken += parseDeviceState(value).taken;
  }
  return taken;
}

/** @param path of a file or a folder */
function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
