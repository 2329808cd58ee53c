/**
 * The lines of a file, a pipe or a download as they come, plain or gzip. Each piece that arrives gives its whole lines at
 * once, so that what a live pipe says is not held back until there is more of it. Blank lines are left out, but counted.
 */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorMessage, UsageFault } from '@fernsight/base';

/** A longer line is no row of 1,000 sensors; it is passed on cut, one character longer than this, for its reader to refuse. */
export const LINE_CHARS_MAX = 262_144;

export interface Line {
  readonly text: string;
  readonly line: number;
}

/** @returns the lines of each piece as it comes, blank ones left out; never an empty list */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Line[], undefined> {
  const decoder = new TextDecoder();
  let pending = '';
  let line = 0;
  for await (const chunk of inflate(bytes, name)) {
    const texts = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = (texts.pop() ?? '').slice(0, LINE_CHARS_MAX + 1);
    const lines = texts.map((text) => ({ text: trimEnd(text), line: ++line })).filter(isFilled);
    if (lines.length > 0) yield lines;
  }
  const last = { text: trimEnd(pending + decoder.decode()), line: line + 1 };
  if (isFilled(last)) yield [last];
  return undefined;
}

function trimEnd(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

function isFilled({ text }: Line): boolean {
  return text.trim() !== '';
}

/** Passes plain bytes on and unpacks gzip, told by its first byte (RFC 1952, 2.3.1), with which no text begins. */
async function* inflate(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  try {
    const source = bytes[Symbol.asyncIterator]();
    const first = await source.next();
    if (first.done === true) return;
    const all = prepend(first.value, source);
    yield* first.value[0] === 0x1f ? gunzip(all) : all;
  } catch (error) {
    if (error instanceof UsageFault) throw error;
    throw new UsageFault(`cannot read ${name}: ${errorMessage(error)}`, {
      op: 'lines.read',
      hint: 'check that it exists, may be read and is whole',
      cause: error,
    });
  }
}

/** Puts back what was looked at, and closes `rest` when its reader stops early. */
export async function* prepend<T>(first: T, rest: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    yield first;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

/** A failure reaches the reader of the result, so the callback has nothing to add. */
function gunzip(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return pipeline(Readable.from(bytes), createGunzip(), () => undefined);
}
