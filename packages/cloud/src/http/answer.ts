/**
 * What answers a route: a plain function from a call to an answer, without the framework. Each part of the cloud brings
 * its own (`query`, `ingest`, `access`, …); server.ts mounts them over the table of routes, so that checking the input,
 * the access and the errors stands in one place.
 */
import type { RouteName } from '@fernsight/wire';
import type { Facts, Principal } from '../access/principal.ts';

export interface Call {
  readonly params: Readonly<Record<string, string>>;
  /** checked by the route's schema, numbers and booleans read */
  readonly query: Readonly<Record<string, unknown>>;
  /** checked by the route's schema; undefined where the route reads `raw` itself */
  readonly body: unknown;
  /** the body's bytes, decompressed, for the routes in RAW_BODY; else empty */
  readonly raw: Buffer;
  /** media type of the body, lower case, without parameters */
  readonly contentType: string;
  readonly receivedUs: number;
  /** the header Idempotency-Key */
  readonly idempotencyKey?: string | undefined;
  readonly principal: Principal;
  readonly facts: Facts;
}

export interface Answer {
  readonly status: number;
  /**
   * An object becomes JSON; text, bytes and a Readable are sent as they are. An ArrayBuffer, too, which nobody else holds:
   * it is freed once it is sent.
   */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Answers = { readonly [Name in RouteName]?: (call: Call) => Answer | Promise<Answer> };

/** Routes whose bodies are read leniently, item by item, or are not JSON. */
export const RAW_BODY: ReadonlySet<RouteName> = new Set([
  'pushReadings',
  'pushLines',
  'data',
  'pushWindow',
  'configure',
]);
