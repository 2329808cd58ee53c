/**
 * The HTTP server: mounts the answers over the table of routes. Here, and only here, access is asked, input is checked,
 * bodies are decompressed and errors become problems. A route of the table that nobody answers gives 404 to those who may ask.
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Clock, Log } from '@fernsight/base';
import { type Route, type RouteName, routes } from '@fernsight/wire';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import type { Facts, Principal } from '../access/principal.ts';
import type { Answer, Answers } from './answer.ts';
import { BodyRoom, bodyFormOf, receivedBody } from './body.ts';
import { callReader, type Incoming, nobody } from './call.ts';
import { checkOf } from './check.ts';
import { inClientWords } from './clientWords.ts';
import { describeApi } from './openApi.ts';
import { servePage } from './page.ts';
import { type Place, portFault } from './port.ts';
import { PROBLEM_TYPE, problem, problemAnswer } from './problem.ts';
import { refuseBytes } from './refuseBytes.ts';
import { answerBeforeEnd } from './underWay.ts';
import { type OpenViewer, streamTo } from './viewer.ts';

export interface ServerOptions {
  readonly answers: Answers;
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Log;
  /** where a viewer of the live feed joins */
  readonly openViewer: OpenViewer;
  readonly pageDir: string;
  /** hears of every answer: the route's name, its status and how long it took */
  readonly onAnswered: (route: string, status: number, ms: number) => void;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined;
    facts: Facts | undefined;
  }
}

/** Longest encoded device name in a path: 128 characters of four bytes, three characters each. */
const PARAM_LENGTH_MAX = 1_536;
/** A sender that stalls within a request is let go after this. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Of an address that is not there: what a person reads. */
const SHOWN_PATH_LENGTH = 200;
/** A proxy adds one of them. */
const PROXY_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];
/** Idle connections of clients that poll stay open. */
const KEEP_ALIVE_MS = 75_000;

export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { tls, log } = options;
  const app = Fastify({
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    logger: false,
    frameworkErrors: (error, _request, reply) => send(reply, problemAnswer(error, log)),
    clientErrorHandler: refuseBytes,
    ...(tls === undefined ? {} : { https: { cert: tls.cert, key: tls.key } }),
  });
  app.decorateRequest('principal', undefined);
  app.decorateRequest('facts', undefined);
  app.removeAllContentTypeParsers();
  const room = new BodyRoom();
  app.addContentTypeParser('*', (request: FastifyRequest, stream: IncomingMessage) =>
    receivedBody(stream, bodyFormOf(request.headers), room),
  );
  const isEndless = (request: FastifyRequest) => routeOf(request) === 'live';
  answerBeforeEnd(app, { clock: options.clock, isEndless });
  app.addHook('onRequest', async (request, reply) => admit(request, reply, options));
  app.addHook('onResponse', async (request, reply) => {
    options.onAnswered(routeOf(request) ?? 'page', reply.statusCode, reply.elapsedTime);
  });
  app.setErrorHandler((error, request, reply) =>
    send(reply, inClientWords(routeOf(request), problemAnswer(error, log))),
  );
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const detail = `there is no ${request.method} ${path.slice(0, SHOWN_PATH_LENGTH)}`;
    return send(reply, problem(404, { detail, hint: 'GET /openapi.json lists what there is' }));
  });
  await describeApi(app);
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][])
    mount(app, name, { route, options });
  await servePage(app, options.pageDir);
  return app;
}

/** @throws UsageFault where the port is taken or may not be used. @returns the port */
export async function listen(app: FastifyInstance, place: Place): Promise<number> {
  try {
    await app.listen(place);
  } catch (error) {
    throw portFault(error, place);
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : place.port;
}

/** Asks access before the body is read. What is not in the table: the page is public, the documents are for viewers. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  { access }: ServerOptions,
): Promise<unknown> {
  const facts = factsOf(request);
  const route = routeOf(request);
  const needed = route === undefined ? documentAccess(request) : routes[route].access;
  const decision = access.authorize(facts, needed);
  if (decision.ok) {
    request.principal = decision.principal;
    request.facts = facts;
    return undefined;
  }
  const { status, title, detail, hint, headers } = decision.refusal;
  const body = { type: 'about:blank', title, status, detail, hint };
  const refused = { status, body, headers: { 'content-type': PROBLEM_TYPE, ...headers } };
  return send(reply, inClientWords(route, refused));
}

function routeOf(request: FastifyRequest): RouteName | undefined {
  const config = request.routeOptions.config as { readonly route?: RouteName };
  return config.route;
}

/** By the route that was matched, not by the address as it was spelt. */
function documentAccess({ routeOptions }: FastifyRequest): 'viewer' | 'public' {
  return /^\/(?:docs|openapi\.json)(?:\/|$)/.test(routeOptions.url ?? '') ? 'viewer' : 'public';
}

function factsOf({ method, headers, socket, ip }: FastifyRequest): Facts {
  return {
    method,
    address: ip,
    host: headers.host,
    origin: headers.origin,
    authorization: headers.authorization,
    cookie: firstOf(headers.cookie),
    forwarded: PROXY_HEADERS.some((name) => headers[name] !== undefined),
    secure: 'encrypted' in socket && socket.encrypted === true,
  };
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

interface Mounted {
  readonly route: Route;
  readonly options: ServerOptions;
}

function mount(app: FastifyInstance, name: RouteName, { route, options }: Mounted): void {
  const answer = options.answers[name] ?? nobody;
  const url = route.path.replace(/\{(\w+)\}/g, ':$1');
  const config = { route: name };
  if (name === 'live') {
    const check = route.query === undefined ? undefined : checkOf(route.query, 400);
    // what answers HEAD is what answers GET, without an end
    app.get(url, { config, exposeHeadRoute: false }, (request, reply) => {
      const query = check?.(request.query) as { readonly device?: string } | undefined;
      return streamTo(request, reply, { open: options.openViewer, device: query?.device });
    });
    return;
  }
  const read = callReader(name, route, options.clock);
  app.route({
    method: route.method,
    url,
    config,
    handler: async (request, reply) => send(reply, await answer(await read(incomingOf(request)))),
  });
}

function incomingOf(request: FastifyRequest): Incoming {
  const { params, query, headers, body, principal, facts } = request;
  return {
    params: params as Record<string, string>,
    query: query as Record<string, unknown>,
    headers,
    body: Buffer.isBuffer(body) ? body : undefined,
    principal,
    facts,
  };
}

function send(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  reply.code(status).header('x-content-type-options', 'nosniff').headers(headers);
  if (body === null || body === undefined) return reply.send();
  if (body instanceof ArrayBuffer) {
    // left to the collector, some hundred of these make it go through the whole heap
    reply.raw.once('finish', () => body.transfer(0));
    return reply.send(Buffer.from(body));
  }
  const isText = typeof body === 'string' || body instanceof Uint8Array;
  if (isText || body instanceof Readable) return reply.send(body);
  if (headers['content-type'] === undefined)
    reply.header('content-type', 'application/json; charset=utf-8');
  return reply.serializer((text: unknown) => String(text)).send(JSON.stringify(body));
}
