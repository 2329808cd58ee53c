/** What went wrong with a request, in words for the person who looks at the page. */
import { CallError } from '@fernsight/wire/client';

/** @throws whatever is neither a refusal nor a silence of the server */
export function faultOf(error: unknown): string {
  if (error instanceof CallError) return error.message;
  if (error instanceof TypeError) return 'The server does not answer.';
  throw error;
}
