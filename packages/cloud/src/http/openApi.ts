/** The OpenAPI document, from the table of routes: `/openapi.json`, and for reading at `/docs`. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { type Route, type RouteName, routes } from '@fernsight/wire';
import type { FastifyInstance } from 'fastify';

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
    paths,
  };
}

function operation(name: RouteName, route: Route): Readonly<Record<string, unknown>> {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')];
  const replies = Object.entries(route.replies).map(([status, schema]) => {
    const type = Number(status) >= 400 ? 'application/problem+json' : 'application/json';
    return [status, { description: `status ${status}`, content: { [type]: { schema } } }];
  });
  const body = route.body;
  return {
    operationId: name,
    summary: route.summary,
    description: `Access: ${route.access}`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: Object.fromEntries(replies),
  };
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
