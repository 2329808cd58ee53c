/**
 * Readings pushed to the agent over HTTP on loopback: any program on the machine becomes a source with one `curl`.
 *
 * `POST /readings` takes NDJSON (see ndjson.ts). The answer is 202 once the readings are in the agent's hands; they are
 * durable with its next commit. Only loopback addresses are served, and requests that a browser's page would send
 * (with an Origin) are refused.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessage, UsageFault } from '@fernsight/base';
import { BLOCK_READINGS_MAX, PUSH_BODY_BYTES_MAX, PUSH_WAITING_MAX } from '../limits.ts';
import { createServer } from '../nodeHttp.ts';
import { parseLine } from './ndjson.ts';
import type { Block, Invalid, Source, Taken } from './source.ts';

export interface PushOptions {
  readonly port: number;
  /** default 127.0.0.1 */
  readonly host?: '127.0.0.1' | '::1' | undefined;
  readonly name?: string | undefined;
}

/** @returns a source that never ends and cannot repeat */
export function createPushSource(options: PushOptions): Source {
  return {
    name: options.name ?? `http:${options.port}`,
    repeatable: false,
    read: (_from, signal) => listen(options, signal),
  };
}

async function* listen(options: PushOptions, signal: AbortSignal): AsyncGenerator<Block> {
  const queue = new Queue();
  const server = createServer((request, response) => {
    answer(request, response, queue).catch((error: unknown) => response.destroy(asError(error)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(notListening(options, cause)));
    server.listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  const stop = () => queue.wake();
  signal.addEventListener('abort', stop, { once: true });
  try {
    while (!signal.aborted) {
      const block = queue.take();
      if (block !== undefined) yield block;
      else await queue.filled();
    }
  } finally {
    signal.removeEventListener('abort', stop);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Blocks on their way from requests to the agent. */
class Queue {
  readonly #blocks: Block[] = [];
  #wake: (() => void) | undefined;

  get full(): boolean {
    return this.#blocks.length >= PUSH_WAITING_MAX;
  }

  put(block: Block): void {
    this.#blocks.push(block);
    this.wake();
  }

  take(): Block | undefined {
    return this.#blocks.shift();
  }

  wake(): void {
    this.#wake?.();
  }

  filled(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  queue: Queue,
): Promise<void> {
  if (request.headers.origin !== undefined) return end(response, 403, 'not for web pages');
  if (request.url !== '/readings') return end(response, 404, 'POST /readings');
  if (request.method !== 'POST') return end(response, 405, 'POST /readings');
  if (queue.full) return end(response, 503, 'the agent is behind; come back in a second');
  const body = await bodyOf(request);
  if (body === undefined) return end(response, 413, `at most ${PUSH_BODY_BYTES_MAX} bytes`);
  const readings: Taken[] = [];
  const invalid: Invalid[] = [];
  for (const [index, line] of body.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = parseLine(line, index + 1);
    readings.push(...parsed.readings);
    invalid.push(...parsed.invalid);
  }
  for (let start = 0; start < readings.length || start === 0; start += BLOCK_READINGS_MAX) {
    const part = readings.slice(start, start + BLOCK_READINGS_MAX);
    queue.put({ readings: part, invalid: start === 0 ? invalid : [] });
  }
  const status = readings.length === 0 && invalid.length > 0 ? 400 : 202;
  end(response, status, JSON.stringify({ accepted: readings.length, invalid }));
}

/** @returns undefined where the body is too long */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request) {
    const bytes = Buffer.from(part);
    sizeBytes += bytes.length;
    if (sizeBytes > PUSH_BODY_BYTES_MAX) return undefined;
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

function end(response: ServerResponse, status: number, body: string): void {
  const type = body.startsWith('{') ? 'application/json' : 'text/plain';
  const wait = status === 503 ? { 'retry-after': '1' } : {};
  response.writeHead(status, { 'content-type': type, ...wait }).end(`${body}\n`);
}

function notListening(options: PushOptions, cause: unknown): UsageFault {
  return new UsageFault(`cannot listen on port ${options.port}: ${errorMessage(cause)}`, {
    op: 'push.listen',
    hint: 'choose another port',
    cause,
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
