/**
 * From a request to a call: the checks that every route gets, whether it came over a socket or, in a simulation, not.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock, Log } from '@fernsight/base';
import { type Route, type RouteName, routes } from '@fernsight/wire';
import type { Access } from '../access/access.ts';
import type { Facts, Principal } from '../access/principal.ts';
import { mediaType } from '../ingest/mediaType.ts';
import { parseJson } from '../ingest/parseJson.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { type Answer, type Answers, type Call, RAW_BODY } from './answer.ts';
import { bodyFormOf, decompressed } from './body.ts';
import { type Check, checkOf, readQuery } from './check.ts';
import { problemAnswer } from './problem.ts';

/** A request as it came in, of whatever framework. */
export interface Incoming {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | undefined;
  readonly principal: Principal | undefined;
  readonly facts: Facts | undefined;
}

/** Asks a route without a socket. What goes wrong comes back as a problem document, as over HTTP. */
export type Caller = (
  name: RouteName,
  request: Partial<Pick<Incoming, 'params' | 'query' | 'headers' | 'body'>>,
) => Promise<Answer>;

interface CallerOptions {
  readonly answers: Answers;
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Log;
}

/** @returns a caller who sits on this machine */
export function createCaller({ answers, access, clock, log }: CallerOptions): Caller {
  const readers = new Map<RouteName, (request: Incoming) => Promise<Call>>();
  return async (name, { params = {}, query = {}, headers = {}, body }) => {
    const facts = localFacts(routes[name].method, headers);
    const decision = access.authorize(facts, routes[name].access);
    if (!decision.ok) return { status: decision.refusal.status, body: decision.refusal };
    const { principal } = decision;
    const read = readers.get(name) ?? callReader(name, routes[name], clock);
    readers.set(name, read);
    try {
      const answer = answers[name] ?? nobody;
      return await answer(await read({ params, query, headers, body, principal, facts }));
    } catch (error) {
      return problemAnswer(error, log);
    }
  };
}

function localFacts(method: string, headers: IncomingHttpHeaders): Facts {
  return {
    method,
    address: '127.0.0.1',
    host: '127.0.0.1',
    origin: headers.origin,
    authorization: headers.authorization,
    cookie: headers.cookie,
    forwarded: false,
    secure: false,
  };
}

/** A route that this mode has no answer for says so to those who may ask: open mode knows nobody. */
export function nobody(): Answer {
  throw new RequestFault(404, 'this server does not offer that', {
    hint: 'in open mode there are no people, keys or tokens: start it without --open to have them',
  });
}

/** @returns a function that checks a request by its route's schemas. @throws RequestFault from it */
export function callReader(
  name: RouteName,
  route: Route,
  clock: Clock,
): (request: Incoming) => Promise<Call> {
  const checks = {
    params: optionalCheck(route.params, 400),
    query: optionalCheck(route.query, 400),
    body: RAW_BODY.has(name) ? undefined : optionalCheck(route.body, 422),
  };
  return async ({ params, query: given, headers, body, principal, facts }) => {
    if (principal === undefined || facts === undefined)
      throw new RequestFault(401, 'nobody was asked who you are');
    const receivedUs = clock.nowUs();
    const raw =
      body === undefined ? Buffer.alloc(0) : await decompressed(body, bodyFormOf(headers));
    const query = readQuery(given, route.query);
    checks.params?.(params);
    checks.query?.(query);
    return {
      params,
      query,
      body: checks.body === undefined ? undefined : checks.body(parseJson(raw)),
      raw,
      contentType: mediaType(headers['content-type']),
      receivedUs,
      idempotencyKey: firstOf(headers['idempotency-key']),
      principal,
      facts,
    };
  };
}

function optionalCheck(schema: Route['body'], status: number): Check | undefined {
  return schema === undefined ? undefined : checkOf(schema, status);
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
