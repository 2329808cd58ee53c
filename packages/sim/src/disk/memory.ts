/**
 * The folder of one history: in memory where the machine has such a place, named after the process that owns it, so that
 * what a killed one left behind is cleared away by the next.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '@fernsight/base';
import { unmountVolumes } from './volume.ts';

const SHARED_MEMORY = '/dev/shm';
const NAME = /^fernsight-sim-(\d+)-/;

let isCleared = false;

/** @param parent default: in memory, where there is such a place. @returns a fresh folder of this process */
export function makeRoot(parent = existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir()): string {
  if (!isCleared) clearDead(parent);
  isCleared = true;
  return mkdtempSync(join(parent, `fernsight-sim-${process.pid}-`));
}

/** Removes the folders whose processes are gone. */
export function clearDead(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) removeRoot(join(parent, name));
  }
}

/** Removes a folder, and what is mounted in it. */
export function removeRoot(root: string): void {
  unmountVolumes(root);
  rmSync(root, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}
