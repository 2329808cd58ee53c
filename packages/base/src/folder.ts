/**
 * Makes a folder for its owner alone, and those above it, one by one from the nearest that exists. Node's own `recursive` never returns where
 * the system says of a parent that it is not there although it is, as Linux does below /proc.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorCode, errorMessage, UsageFault } from './fault.ts';

const OWNER_ONLY = 0o700;

/**
 * Folders that exist keep their modes.
 * @throws UsageFault where one cannot be made, or a file stands in its place
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  let folder = resolve(path);
  for (; !exists(folder) && dirname(folder) !== folder; folder = dirname(folder)) {
    missing.unshift(folder);
  }
  try {
    for (const each of missing) makeOne(each);
  } catch (cause) {
    throw new UsageFault(`the folder ${path} cannot be made: ${errorMessage(cause)}`, {
      op: 'folder.make',
      cause,
      hint: 'name another folder, or give this user the right to write there',
    });
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: OWNER_ONLY });
  } catch (error) {
    // Another process may have made it in the meantime.
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function exists(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (found.isDirectory()) return true;
  throw new UsageFault(`${path} is a file where a folder should be`, {
    op: 'folder.make',
    hint: 'name another folder',
  });
}
