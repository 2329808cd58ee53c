/**
 * Backup and restore of a data folder: every database of it, copied by SQLite page by page from one moment, whether a
 * server runs on it or not, and the small secret files beside them. A copy counts only when its integrity was checked,
 * and when no secret file changed meanwhile: a database names the key that it goes with. Until then its folder has another
 * name.
 */
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { errorCode, Fault, type Log, makeFolder, UsageFault } from '@fernsight/base';
import { DATABASES, databasesIn, openFolder } from './folder.ts';
import { inspect } from './inspector.ts';

/** Files of a data folder that are no databases and must not be lost. */
const SECRET_FILES = /\.key$/;
const OWNER_ONLY = 0o600;
/** All pages in one step, so that the copy is of one moment and no writer makes it start again. */
const ALL_PAGES = 0x7fffffff;
/** Times that a copy is made while secret files change under it: people change them, and not twice a minute. */
const ATTEMPTS_MAX = 3;

/**
 * @param to a folder that is not there yet
 * @throws UsageFault where it is, or where the data folder holds nothing; Fault where a copy is not whole, or it was
 *   told to stop
 */
export async function backupFolder({
  dataDir,
  to,
  log,
  signal,
}: {
  readonly dataDir: string;
  readonly to: string;
  readonly log: Log;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const names = databasesIn(dataDir);
  if (existsSync(to))
    throw new UsageFault(`${to} is there already`, {
      op: 'backup',
      hint: 'name a folder that is not',
    });
  const growing = `${to}.part`;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    rmSync(growing, { recursive: true, force: true });
    makeFolder(growing);
    const secrets = secretsIn(dataDir);
    for (const name of names) {
      await copyDatabase(dataDir, growing, name);
      log.info('a database is backed up', { name });
    }
    if (isDeepStrictEqual(secretsIn(dataDir), secrets)) {
      await requireWhole(growing, log, signal);
      writeSecrets(secrets, growing);
      renameSync(growing, to);
      return;
    }
  }
  throw new Fault('secret files of the data folder change all the time', {
    op: 'backup',
    hint: 'wait until the keys have been changed, and try again',
  });
}

async function copyDatabase(dataDir: string, to: string, name: string): Promise<void> {
  const source = new DatabaseSync(join(dataDir, name), { readOnly: true });
  try {
    await backup(source, join(to, name), { rate: ALL_PAGES });
  } finally {
    source.close();
  }
}

/** Checks a copy on a thread of its own. @throws Fault where it is not whole, or nobody knows */
async function requireWhole(dir: string, log: Log, signal?: AbortSignal): Promise<void> {
  const whole = await inspect({ dir, isServed: false }, { log, signal });
  if (whole !== undefined) return;
  throw new Fault('the backup was given up before it was checked', {
    op: 'backup',
    hint: 'the server was stopped meanwhile: make another one',
  });
}

/**
 * @param dataDir an empty or missing folder, which no server uses
 * @throws UsageFault where it holds a store already, or `from` is no backup; Fault where that is not whole
 */
export async function restoreFolder({
  from,
  dataDir,
  log,
}: {
  readonly from: string;
  readonly dataDir: string;
  readonly log: Log;
}): Promise<void> {
  const names = databasesIn(from);
  const folder = openFolder(dataDir);
  try {
    const present = readdirSync(dataDir).filter((name) => DATABASES.test(name));
    if (present.length > 0) {
      throw new UsageFault(`${dataDir} holds ${present.join(', ')} already`, {
        op: 'restore',
        hint: 'move that folder away first, or restore into another one',
      });
    }
    await requireWhole(from, log);
    for (const name of names) {
      copyFileSync(join(from, name), join(dataDir, name));
      log.info('a database is restored', { name });
    }
    writeSecrets(secretsIn(from), dataDir);
  } finally {
    folder.release();
  }
}

/** Deletes all but the newest backups, which are named by their times, and those that a kill left half made. */
export function pruneBackups(backupDir: string, kept: number): string[] {
  const names = readdirSync(backupDir).sort();
  const backups = names.filter((name) => /^fernsight-[0-9TZ]+$/.test(name));
  const halfMade = names.filter((name) => /^fernsight-[0-9TZ]+\.part$/.test(name));
  const old = [...backups.slice(0, Math.max(0, backups.length - kept)), ...halfMade];
  for (const name of old) rmSync(join(backupDir, name), { recursive: true });
  return old;
}

/** @returns the contents of the secret files by their names */
function secretsIn(dir: string): Map<string, Buffer> {
  const names = readdirSync(dir).filter((name) => SECRET_FILES.test(name));
  return new Map(names.flatMap((name) => entryOf(dir, name)));
}

/** @returns none where it has just taken another's place */
function entryOf(dir: string, name: string): [string, Buffer][] {
  try {
    return [[name, readFileSync(join(dir, name))]];
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function writeSecrets(secrets: ReadonlyMap<string, Buffer>, to: string): void {
  for (const [name, bytes] of secrets) writeFileSync(join(to, name), bytes, { mode: OWNER_ONLY });
}
