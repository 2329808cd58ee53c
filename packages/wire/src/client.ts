/** A typed client over the table of routes: `await client.call('history', { query: … })`. Runs in Node and browsers. */
import type { Static, TSchema } from 'typebox';
import { addresses, locate, type RouteName } from './addresses.ts';
import type { Routes } from './routes.ts';

type Part<R, Key extends string, As extends string = Key> = R extends {
  readonly [K in Key]: infer S extends TSchema;
}
  ? { readonly [K in As]: Static<S> }
  : unknown;
type Input<Name extends RouteName> = Part<Routes[Name], 'params'> &
  Part<Routes[Name], 'query'> &
  Part<Routes[Name], 'body'>;
type SuccessOf<R> = R extends { readonly 200: infer S extends TSchema }
  ? Static<S>
  : R extends { readonly 201: infer S extends TSchema }
    ? Static<S>
    : R extends { readonly 202: infer S extends TSchema }
      ? Static<S>
      : null;
export type Reply<Name extends RouteName> = SuccessOf<Routes[Name]['replies']>;

export { addresses, locate } from './addresses.ts';
export { PAGE_ROWS_MAX, UNREADABLE_MAX } from './limits.ts';

/** The server answered, and it was not a success. */
export class CallError extends Error {
  override name = 'CallError';
  readonly status: number;
  readonly body: unknown;

  constructor(message: string, status: number, body: unknown) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

export interface Client {
  call<Name extends RouteName>(
    name: Name,
    input: Input<Name> & { readonly signal?: AbortSignal },
  ): Promise<Reply<Name>>;
}

export interface ClientOptions {
  /** the server's address; empty for the page's own */
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
}

/** @returns a client; its calls throw CallError on any status of 400 and above, and what `fetch` throws when no answer came */
export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? fetch;
  return {
    async call(name, input) {
      const address = addresses[name];
      const { params, query, body, signal } = input as Parts;
      const response = await send(options.baseUrl + locate(address, params, query), {
        method: address.method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      const reply = await readReply(response);
      if (response.ok) return reply as Reply<typeof name>;
      throw new CallError(
        `${address.method} ${address.path}: ${response.status} ${detail(reply)}`,
        response.status,
        reply,
      );
    },
  };
}

interface Parts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** @returns what an answer holds: of JSON its value, of anything else its text, null where it is empty */
export async function readReply(response: Response): Promise<unknown> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return isJson && text !== '' ? JSON.parse(text) : text === '' ? null : text;
}

function detail(reply: unknown): string {
  if (typeof reply !== 'object' || reply === null) return '';
  if ('detail' in reply && typeof reply.detail === 'string') return reply.detail;
  return 'error' in reply && typeof reply.error === 'string' ? reply.error : '';
}
