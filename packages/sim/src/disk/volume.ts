/**
 * A small file system of its own, in memory: once it is full, it is full for logs and indexes as for databases, and the
 * errors are the operating system's. Mounting one takes root's rights; without them a full disk is a bound of pages.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '@fernsight/base';

const BALLAST = 'ballast';
const PAGE = Buffer.alloc(4096, 1);
/** Far more than a history of minutes writes. */
const SIZE = '24m';

export class Volume {
  readonly #ballast: string;

  /** @param folder at which it is mounted */
  constructor(folder: string) {
    this.#ballast = join(folder, BALLAST);
  }

  /** Leaves no page free. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      while (writeSync(file, PAGE) === PAGE.length);
    } catch (error) {
      if (errorCode(error) !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  drain(): void {
    rmSync(this.#ballast, { force: true });
  }
}

/** @returns the volume at a new folder; undefined where this process may not mount one */
export function mountVolume(folder: string): Volume | undefined {
  mkdirSync(folder, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'fernsight-sim', folder];
  const { status } = spawnSync('mount', options, { stdio: 'ignore' });
  return status === 0 ? new Volume(folder) : undefined;
}

/** Unmounts every volume in a folder, also one of whose files some are still open: those go when they are closed. */
export function unmountVolumes(parent: string): void {
  for (const line of mountTable().split('\n')) {
    const [device, folder] = line.split(' ');
    if (device === 'fernsight-sim' && folder?.startsWith(`${parent}/`) === true)
      spawnSync('umount', ['--lazy', folder], { stdio: 'ignore' });
  }
}

/** Where there is no table of mounts, there are no volumes of ours. */
function mountTable(): string {
  try {
    return readFileSync('/proc/self/mounts', 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return '';
  }
}
