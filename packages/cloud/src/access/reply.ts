/** Answers of access and its neighbours: a body with its status, or an RFC 9457 problem. */
import type { Answer } from '../http/answer.ts';

export interface ProblemDetail {
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function reply(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body, headers: { 'cache-control': 'no-store', ...headers } };
}

export function problem(status: number, { title, detail, hint, headers }: ProblemDetail): Answer {
  const body = { type: 'about:blank', title, status, detail, hint };
  return reply(status, body, { 'content-type': 'application/problem+json', ...headers });
}

/** @returns the answer for a thing that is not there */
export function unknown(what: string, hint: string): Answer {
  return problem(404, { title: 'Not found', detail: `There is no ${what}.`, hint });
}
