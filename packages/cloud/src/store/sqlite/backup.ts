/**
 * Backup and restore of a data folder: every database of it, copied by SQLite page by page from one moment, whether a
 * server runs on it or not, and the small secret files beside them. A copy counts only when its integrity was checked;
 * until then its folder has another name.
 */
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { Fault, type Log, makeFolder, UsageFault } from '@fernsight/base';
import { openFolder } from './folder.ts';

/** Files of a data folder that are no databases and must not be lost. */
const SECRET_FILES = /\.key$/;
const DATABASES = /\.db$/;
/** All pages in one step, so that the copy is of one moment and no writer makes it start again. */
const ALL_PAGES = 0x7fffffff;

/**
 * @param to a folder that is not there yet
 * @throws UsageFault where it is, or where the data folder holds nothing; Fault where a copy is not whole
 */
export async function backupFolder({
  dataDir,
  to,
  log,
}: {
  readonly dataDir: string;
  readonly to: string;
  readonly log: Log;
}): Promise<void> {
  const names = databasesIn(dataDir);
  if (existsSync(to))
    throw new UsageFault(`${to} is there already`, {
      op: 'backup',
      hint: 'name a folder that is not',
    });
  const growing = `${to}.part`;
  rmSync(growing, { recursive: true, force: true });
  makeFolder(growing, 0o700);
  for (const name of names) {
    const source = new DatabaseSync(join(dataDir, name), { readOnly: true });
    try {
      await backup(source, join(growing, name), { rate: ALL_PAGES });
    } finally {
      source.close();
    }
    checkIntegrity(join(growing, name));
    log.info('a database is backed up', { name });
  }
  copySecrets(dataDir, growing);
  renameSync(growing, to);
}

/**
 * @param dataDir an empty or missing folder, which no server uses
 * @throws UsageFault where it holds a store already, or `from` is no backup
 */
export function restoreFolder({
  from,
  dataDir,
  log,
}: {
  readonly from: string;
  readonly dataDir: string;
  readonly log: Log;
}): void {
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
    for (const name of names) {
      checkIntegrity(join(from, name));
      copyFileSync(join(from, name), join(dataDir, name));
      log.info('a database is restored', { name });
    }
    copySecrets(from, dataDir);
  } finally {
    folder.release();
  }
}

/** Deletes all but the newest backups, which are named by their times. */
export function pruneBackups(backupDir: string, kept: number): string[] {
  const backups = readdirSync(backupDir)
    .filter((name) => /^fernsight-[0-9TZ]+$/.test(name))
    .sort();
  const old = backups.slice(0, Math.max(0, backups.length - kept));
  for (const name of old) rmSync(join(backupDir, name), { recursive: true });
  return old;
}

function databasesIn(dir: string): string[] {
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => DATABASES.test(name)) : [];
  if (names.includes('fernsight.db')) return names;
  throw new UsageFault(`${dir} holds no store of Fernsight`, {
    op: 'backup',
    hint: 'name the folder that --data-dir names',
  });
}

function copySecrets(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    if (SECRET_FILES.test(name)) copyFileSync(join(from, name), join(to, name));
  }
}

/** @throws Fault unless SQLite finds every page in order */
function checkIntegrity(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const result = String(database.prepare('PRAGMA integrity_check').get()?.integrity_check);
    if (result === 'ok') return;
    throw new Fault(`${path} is damaged: ${result}`, {
      op: 'store.check',
      hint: 'restore an older backup',
    });
  } finally {
    database.close();
  }
}
