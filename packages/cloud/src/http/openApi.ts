/** The OpenAPI document, from the table of routes: `/openapi.json`, and for reading at `/docs`. */
import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { Problem, type Route, type RouteName, routes } from '@fernsight/wire';
import type { FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import { SESSION_COOKIE } from '../access/credentials.ts';
import { PROBLEM_TYPE } from './problem.ts';

/** The files of `/docs` are the server's own. A server without a certificate has them read over plain HTTP, too. */
const POLICY =
  "default-src 'self'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'";

export async function describeApi(app: FastifyInstance): Promise<void> {
  const document = openApi();
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: POLICY });
  app.get('/openapi.json', (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(document)),
  );
}

/** The groups are those who may call: what a device sends, what may be read, what is decided. */
const GROUPS: Readonly<Record<Route['access'], string>> = {
  device: 'what devices and agents send and fetch, with a token or a key that may write',
  viewer: 'what people see, and keys that may read',
  operator: 'what people do who see and act',
  admin: 'what administrators do',
  metrics: 'for Prometheus, with a key that may scrape',
  provision: 'for devices that enrol, with a provisioning key',
  public: 'for anybody',
};
const CREDENTIALS = {
  bearer: { type: 'http', scheme: 'bearer', description: "a device's token or an API key" },
  device: { type: 'http', scheme: 'basic', description: "a device's name and its token" },
  session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'who is signed in' },
};
const ANY_CREDENTIAL = Object.keys(CREDENTIALS).map((name) => ({ [name]: [] }));
const TEXT = { schema: { type: 'string' } };

/** @returns the document: OpenAPI 3.1, whose schemas are JSON Schema as the table has them */
function openApi(): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const operations = paths[route.path] ?? {};
    operations[route.method.toLowerCase()] = operation(name, route);
    paths[route.path] = operations;
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Fernsight', version: '0.1.0', license: { name: 'MIT', identifier: 'MIT' } },
    tags: Object.entries(GROUPS).map(([name, description]) => ({ name, description })),
    components: { securitySchemes: CREDENTIALS },
    paths,
  };
}

function operation(name: RouteName, route: Route): Readonly<Record<string, unknown>> {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')];
  const content = {
    ...(route.body === undefined ? {} : { 'application/json': { schema: route.body } }),
    ...texts(route.textBodies),
  };
  return {
    operationId: name,
    summary: route.summary,
    description: `Access: ${route.access}`,
    tags: [route.access],
    security: route.access === 'public' ? [] : ANY_CREDENTIAL,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(Object.keys(content).length === 0 ? {} : { requestBody: { required: true, content } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.replies).map(([status, schema]) => [
          status,
          reply(Number(status), schema, route),
        ]),
      ),
      default: { description: 'why not', content: { [PROBLEM_TYPE]: { schema: Problem } } },
    },
  };
}

function reply(status: number, schema: TSchema, route: Route): object {
  const { textReplies, plainRefusals = [] } = route;
  const description = STATUS_CODES[status] ?? '';
  if (status === 204) return { description };
  if (status >= 400 && !plainRefusals.includes(status))
    return { description, content: { [PROBLEM_TYPE]: { schema } } };
  const content =
    textReplies === undefined ? { 'application/json': { schema } } : texts(textReplies);
  return { description, content };
}

function texts(types: readonly string[] = []): Readonly<Record<string, typeof TEXT>> {
  return Object.fromEntries(types.map((type) => [type, TEXT]));
}

function parametersOf(schema: Route['params'], where: 'path' | 'query'): unknown[] {
  if (schema === undefined || !('properties' in schema)) return [];
  const required = 'required' in schema && Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties as Record<string, unknown>).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }));
}
