/** What is no HTTP, too much of a header or too slow never becomes a request: it is refused on the socket itself. */
import type { Socket } from 'node:net';
import { errorCode } from '@fernsight/base';
import { PROBLEM_TYPE, problem } from './problem.ts';

const REASONS: ReadonlyMap<string, readonly [status: number, detail: string]> = new Map([
  ['HPE_HEADER_OVERFLOW', [431, 'the header is too large']],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'the request took too long to arrive']],
]);

/** Answers with a problem where somebody still listens, and closes. */
export function refuseBytes(error: Error, socket: Socket): void {
  if (!socket.writable || errorCode(error) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, detail] = REASONS.get(errorCode(error) ?? '') ?? [400, 'this is not HTTP'];
  const { body } = problem(status, { detail });
  const { title } = body as { readonly title: string };
  const text = JSON.stringify(body);
  const head = `HTTP/1.1 ${status} ${title}\r\nconnection: close\r\ncontent-type: ${PROBLEM_TYPE}`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}
