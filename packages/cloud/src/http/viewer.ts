/** A viewer's connection to the live feed: server-sent events over the raw response. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { VIEWERS_MAX } from '../limits.ts';
import type { Viewer } from '../live/feed.ts';

export interface Opening {
  readonly principal: Principal;
  readonly device: string | undefined;
  readonly lastFrame: number | undefined;
  send(text: string): number;
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
  const first: string[] = [];
  let isOpen = false;
  const joined = open({
    principal,
    device,
    lastFrame: lastFrameOf(request.headers['last-event-id']),
    send: (text) => {
      if (!isOpen) first.push(text);
      else raw.write(text);
      return raw.writableLength;
    },
    end: () => raw.end(),
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
    'x-accel-buffering': 'no',
  });
  isOpen = true;
  for (const text of first) raw.write(text);
  raw.on('close', () => joined.leave());
  return reply;
}

function lastFrameOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
