/** Whatever went wrong, as an answer: an RFC 9457 problem document. What is our fault is logged, and says nothing. */
import { STATUS_CODES } from 'node:http';
import { Fault, type Log } from '@fernsight/base';
import type { Problem } from '@fernsight/wire';
import { RequestFault } from '../ingest/requestFault.ts';
import { RETRY_AFTER_SECONDS } from '../limits.ts';
import type { Answer } from './answer.ts';

export const PROBLEM_TYPE = 'application/problem+json';
const MEDIA_HINT = 'name one, such as application/json, or leave the field out';
/** The framework's own words repeat what was sent, an address of 16 kB for one. */
const DETAIL_LENGTH_MAX = 200;

export function problemAnswer(error: unknown, log: Log): Answer {
  if (error instanceof RequestFault) return fromRequest(error);
  if (error instanceof Fault && error.retryable) {
    log.warn('a request could not be served now', { op: error.op, reason: error.message });
    const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
    return problem(503, { detail: error.message, hint: error.hint, headers });
  }
  const status = statusOf(error);
  if (status === 415)
    return problem(415, { detail: 'the Content-Type is no media type', hint: MEDIA_HINT });
  if (status !== undefined && error instanceof Error)
    return problem(status, { detail: error.message.slice(0, DETAIL_LENGTH_MAX) });
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error('a request failed', { reason });
  return problem(500, { detail: 'the server failed; its log has the reason' });
}

function fromRequest({ status, message, hint, errors, headers }: RequestFault): Answer {
  return problem(status, { detail: message, hint, errors, headers });
}

interface ProblemParts {
  readonly detail: string;
  readonly hint?: string | undefined;
  readonly errors?: RequestFault['errors'];
  readonly headers?: Readonly<Record<string, string>>;
}

export function problem(
  status: number,
  { detail, hint, errors, headers = {} }: ProblemParts,
): Answer {
  const body: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(hint === undefined ? {} : { hint }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
  return { status, body, headers: { 'content-type': PROBLEM_TYPE, ...headers } };
}

/** The framework's own errors carry a status of 400 to 499. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
    ? statusCode
    : undefined;
}
