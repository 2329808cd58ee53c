/**
 * The bytes of a file or of standard input, which end when aborted.
 *
 * Nothing else ends the wait for a pipe that says nothing, and an open one would keep the process alive. Bytes that end so
 * may end within a line: whoever reads them looks at the signal before it takes another.
 */
import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { UsageFault } from '@fernsight/base';

export interface Input {
  /** of the file; `-` for standard input */
  readonly path: string;
  readonly stdin?: Readable | undefined;
}

/** @returns what messages call it */
export function nameOfInput({ path }: Input): string {
  return path === '-' ? 'standard input' : path;
}

/** @throws UsageFault where there is no standard input; what else fails is told by the reading */
export async function* readInput(
  { path, stdin }: Input,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const stream = path === '-' ? stdin : createReadStream(path);
  if (stream === undefined) {
    throw new UsageFault('no standard input to read', { op: 'input.open', hint: 'name a file' });
  }
  try {
    yield* addAbortSignal(signal, stream);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
