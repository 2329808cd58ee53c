/**
 * A file that is there whole or not at all: written beside its place, made durable, then renamed into it. What is no
 * plain file (a pipe, /dev/stdout) is written to directly, and `-` is the standard output.
 *
 * A run that was killed leaves what it had written beside the place, under a name with its process number. The next one
 * that writes there takes it away, where no such process is known and nobody has written to it for a minute: the process
 * may be one of another container or machine.
 */

import { once } from 'node:events';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { errorCode, errorMessage, systemClock, US_PER_MS, UsageFault } from '@fernsight/base';

/** A run that goes on writes more often than this. */
const LEFT_BEHIND_MS = 60_000;

type Pieces = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/**
 * @param path where the file shall stand, or `-`
 * @param pieces its content; when they throw, nothing is left behind
 * @throws UsageFault where the place cannot be written
 */
export async function writeOutput(path: string, pieces: Pieces, stdout: Writable): Promise<void> {
  if (path === '-') return writeStream(stdout, pieces);
  const isPlain = await isPlainOrAbsent(path);
  const target = isPlain ? `${path}.${process.pid}.part` : path;
  if (isPlain) await tidy(path);
  const handle = await attempt(path, () => open(target, 'w'));
  try {
    for await (const piece of pieces) await attempt(path, () => handle.writeFile(piece));
    if (isPlain) await attempt(path, () => handle.sync());
    await handle.close();
    if (isPlain) await attempt(path, () => rename(target, path));
  } catch (error) {
    await handle.close();
    if (isPlain) await rm(target, { force: true });
    throw error;
  }
}

/** Takes away what runs that were killed left beside the place; what cannot be taken away stays. */
async function tidy(path: string): Promise<void> {
  const [folder, start] = [dirname(path), `${basename(path)}.`];
  try {
    for (const name of await readdir(folder)) {
      const pid = name.startsWith(start) && /^(\d+)\.part$/.exec(name.slice(start.length))?.[1];
      if (!pid || isRunning(Number(pid))) continue;
      const left = join(folder, name);
      const idleMs = systemClock.nowUs() / US_PER_MS - (await stat(left)).mtimeMs;
      if (idleMs > LEFT_BEHIND_MS) await rm(left, { force: true });
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/** A reader that went away (EPIPE) has had what it wanted; the process's own output does not say so of itself later. */
async function writeStream(stream: Writable, pieces: Pieces): Promise<void> {
  let isGone = false;
  const leave = (error: Error) => {
    isGone = errorCode(error) === 'EPIPE';
  };
  stream.on('error', leave);
  try {
    for await (const piece of pieces) {
      const hasRoom = isGone || stream.write(piece);
      if (!hasRoom) await drained(stream);
      if (isGone) return;
    }
  } catch (error) {
    // whoever writes may have been asked to end by the very same
    if (!isGone) throw error;
  } finally {
    stream.off('error', leave);
  }
}

async function drained(stream: Writable): Promise<void> {
  try {
    await once(stream, 'drain');
  } catch (error) {
    if (errorCode(error) !== 'EPIPE') throw error;
  }
}

async function isPlainOrAbsent(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    throw unwritable(path, error);
  }
}

async function attempt<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): UsageFault {
  return new UsageFault(`cannot write ${path}: ${errorMessage(cause)}`, {
    op: 'output.write',
    hint: 'check the folder, its permissions and the space left, or give another --out',
    cause,
  });
}
