/** Answers of access and its neighbours, which no cache may keep. */
import type { Answer } from '../http/answer.ts';
import { problem } from '../http/problem.ts';

export function reply(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body, headers: { 'cache-control': 'no-store', ...headers } };
}

/** @returns the answer for a thing that is not there */
export function unknown(what: string, hint: string): Answer {
  return problem(404, { detail: `there is no ${what}`, hint });
}
