/**
 * The data folder: made where it is missing, and held by one server at a time. The hold is SQLite's own lock on a small
 * file, which the operating system lets go of however the process ends; beside it stands who holds it.
 */
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorCode, errorMessage, makeFolder, UsageFault } from '@fernsight/base';

export interface Folder {
  readonly databasePath: string;
  /** Lets go of the folder. */
  release(): void;
}

/** The store's file in the folder, beside which stand databases of less. */
export const STORE_NAME = 'fernsight.db';
export const DATABASES = /\.db$/;

export function databasePathIn(dataDir: string): string {
  return join(dataDir, STORE_NAME);
}

/** @returns names of all databases of a data folder, or of a backup. @throws UsageFault where the store is not among them */
export function databasesIn(dir: string): string[] {
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => DATABASES.test(name)) : [];
  if (names.includes(STORE_NAME)) return names;
  throw new UsageFault(`${dir} holds no store of Fernsight`, {
    op: 'store.find',
    hint: 'name the folder that --data-dir names',
  });
}

/** @throws UsageFault where the folder cannot be made, written or held */
export function openFolder(dataDir: string): Folder {
  makeWritable(dataDir);
  const holderPath = join(dataDir, 'holder');
  const lock = new DatabaseSync(join(dataDir, 'lock'));
  try {
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new UsageFault(`${dataDir} is in use by ${holderOf(holderPath)}`, {
      op: 'store.open',
      cause,
      hint: 'stop that server, or give this one a folder of its own with --data-dir',
    });
  }
  writeFileSync(holderPath, `process ${process.pid} on ${hostname()}\n`);
  return { databasePath: databasePathIn(dataDir), release: () => lock.close() };
}

function makeWritable(dataDir: string): void {
  try {
    makeFolder(dataDir);
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    if (cause instanceof UsageFault) throw cause;
    throw new UsageFault(`the data folder ${dataDir} is not writable: ${errorMessage(cause)}`, {
      op: 'store.open',
      cause,
      hint: 'change its owner or its rights, or give another one with --data-dir',
    });
  }
}

function holderOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'another server';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'another server';
    throw error;
  }
}
