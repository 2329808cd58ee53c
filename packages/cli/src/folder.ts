/**
 * Data folders, made before anything else opens them, so that one that cannot be had is refused by its name.
 *
 * Folders are made one by one from the nearest that exists: Node's own recursive mkdir never returns where the system
 * answers ENOENT below a folder that is there (/proc; seen with Node 24.21).
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorMessage, UsageFault } from '@fernsight/base';

/** @throws UsageFault where the folder is not there and cannot be made */
export function makeFolder(folder: string): void {
  try {
    make(resolve(folder));
  } catch (error) {
    throw new UsageFault(`the data folder ${folder} cannot be made: ${errorMessage(error)}`, {
      op: 'folder.make',
      hint: 'check its path and its rights, or give another one with --data-dir',
      cause: error,
    });
  }
}

function make(path: string): void {
  if (existsSync(path)) return;
  make(dirname(path));
  mkdirSync(path);
}
