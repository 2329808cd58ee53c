/** A viewer's connection to the live feed: server-sent events over the raw response, packed for those who take gzip. */
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { VIEWERS_MAX } from '../limits.ts';
import type { Viewer } from '../live/feed.ts';
import { GZIP_HEAD, type LiveEvent } from '../live/liveEvent.ts';

export interface Opening {
  readonly principal: Principal;
  readonly device: string | undefined;
  readonly lastFrame: number | undefined;
  send(event: LiveEvent): number;
  /** Ends it now: what still waits to be sent is not. */
  end(): void;
}

/** Joins a viewer to the feed. @returns how to leave it, or undefined where there is no room */
export type OpenViewer = (
  opening: Opening,
) => { leave(): void; readonly viewer: Viewer } | undefined;

/** @throws RequestFault (503) above VIEWERS_MAX */
export function streamTo(
  request: FastifyRequest,
  reply: FastifyReply,
  { open, device }: { readonly open: OpenViewer; readonly device: string | undefined },
): FastifyReply {
  const { principal } = request;
  if (principal === undefined) throw new RequestFault(401, 'nobody was asked who you are');
  const { raw } = reply;
  const isPacked = takesGzip(request.headers['accept-encoding']);
  const line = isPacked ? new PackedLine(raw) : undefined;
  const first: LiveEvent[] = [];
  let isOpen = false;
  const write = (event: LiveEvent): number => {
    if (line !== undefined) return line.send(event);
    raw.write(event.plain);
    return raw.writableLength;
  };
  const joined = open({
    principal,
    device,
    lastFrame: lastFrameOf(request.headers['last-event-id']),
    send: (event) => (isOpen ? write(event) : first.push(event)),
    end: () => endNow(raw),
  });
  if (joined === undefined) {
    throw new RequestFault(503, `the live feed has its ${VIEWERS_MAX} viewers`, {
      headers: { 'retry-after': '10' },
    });
  }
  reply.hijack();
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    vary: 'accept-encoding',
    'x-accel-buffering': 'no',
    ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
  });
  if (isPacked) raw.write(GZIP_HEAD);
  isOpen = true;
  for (const event of first) write(event);
  raw.on('close', () => joined.leave());
  return reply;
}

/** Whoever does not take what waits for it would not take the end either, and would keep both for ever. */
function endNow(raw: ServerResponse): void {
  if (raw.writableLength > 0) raw.destroy();
  else raw.end();
}

/** Events are packed beside this thread and written in the order in which they were sent. */
class PackedLine {
  readonly #raw: ServerResponse;
  readonly #waiting: LiveEvent[] = [];
  #waitingBytes = 0;

  constructor(raw: ServerResponse) {
    this.#raw = raw;
  }

  /** @returns bytes that wait to be packed or sent */
  send(event: LiveEvent): number {
    this.#waitingBytes += event.plain.length;
    if (this.#waiting.push(event) === 1) {
      this.#drain().catch((error: unknown) => this.#raw.destroy(error as Error));
    }
    return this.#waitingBytes + this.#raw.writableLength;
  }

  async #drain(): Promise<void> {
    for (let event = this.#waiting[0]; event !== undefined; event = this.#waiting[0]) {
      const packed = await event.packed();
      if (this.#raw.writableEnded || this.#raw.destroyed) return;
      this.#raw.write(packed);
      this.#waitingBytes -= event.plain.length;
      this.#waiting.shift();
    }
  }
}

/** @param header as the client sent it: names with weights (RFC 9110 §12.5.3) */
export function takesGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((part) => /^\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(part));
}

function lastFrameOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
