/** Work in a process of its own: its memory and its turns are not those of what it is set beside. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Load, LoadResult } from './cloudLoad.ts';

/** After the seconds of a load itself, for its start and its end. */
const LOAD_MS_MAX = 30_000;

/** @returns what was really sent: the generator shares this machine with all that it loads */
export function runLoad(load: Load): Promise<LoadResult> {
  return runApart('./cloudLoad.ts', load, load.seconds * 1000 + LOAD_MS_MAX);
}

/**
 * @param file beside this one: reads `input` as JSON from its first argument and prints its result as JSON
 * @throws Error where it fails, or takes longer
 */
export async function runApart<T>(file: string, input: object, msMax: number): Promise<T> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, path, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: msMax,
    killSignal: 'SIGKILL',
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await once(child, 'close');
  if (child.exitCode === 0) return JSON.parse(text) as T;
  const how = child.signalCode === null ? 'failed' : 'did not end in its time';
  throw new Error(`${file} with ${JSON.stringify(input)} ${how}`);
}
