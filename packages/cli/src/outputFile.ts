/**
 * A file that is there whole or not at all: written beside its place, made durable, then renamed into it. What is no
 * plain file (a pipe, /dev/stdout) is written to directly, and `-` is the standard output.
 */

import { once } from 'node:events';
import { open, rename, rm, stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { errorCode, errorMessage, UsageFault } from '@fernsight/base';

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
