/** What the server says of itself is what it does, and can be read from wherever the page can. */
import { routes } from '@fernsight/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CloudTrial, openCloud } from '../cloudTrial.ts';

let trial: CloudTrial;
beforeAll(async () => {
  trial = await openCloud();
});
afterAll(() => trial.end());

test('the description loads over plain HTTP from another machine, and asks nobody else', async () => {
  const { status, headers, body } = await trial.get('/docs');
  const files = [...String(body).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, file]) => file ?? '');
  expect([status, files.length]).toEqual([200, 7]);
  const policy = headers.get('content-security-policy') ?? '';
  // makes a browser ask for each file by https, which such a server does not speak
  expect(policy).not.toMatch(/upgrade-insecure-requests/);
  expect(policy).not.toMatch(/https?:|[a-z]\.[a-z]/);
  for (const file of files) {
    expect(file).toMatch(/^\/docs\/static\//);
    expect((await trial.get(file)).status, file).toBe(200);
  }
});

test('each route says what it takes, what it gives, and which credential opens it', async () => {
  const { paths, components, tags } = (await trial.get('/openapi.json')).body as Described;
  expect(Object.keys(components.securitySchemes)).toEqual(['bearer', 'device', 'session']);
  const known = tags.map(({ name }) => name);
  for (const route of Object.values(routes)) {
    const operation = paths[route.path]?.[route.method.toLowerCase()];
    expect(operation?.tags, route.path).toEqual([route.access]);
    expect(known).toContain(route.access);
    expect(operation?.security.length === 0, route.path).toBe(route.access === 'public');
    expect(operation?.responses.default, route.path).toBeDefined();
  }
  const readings = paths['/api/v1/readings']?.post;
  expect(Object.keys(readings?.requestBody?.content ?? {})).toEqual([
    'application/json',
    'application/x-ndjson',
    'text/plain',
  ]);
  expect(Object.keys(paths['/api/v2/write']?.post?.requestBody?.content ?? {})).toEqual([
    'text/plain',
  ]);
  expect(readings?.security).toEqual([{ bearer: [] }, { device: [] }, { session: [] }]);
});

test('what a reply is said to be is what it is', async () => {
  const { paths } = (await trial.get('/openapi.json')).body as Described;
  const row = { device: 'd', sensor: 's', value: 1 };
  await trial.post('/api/v1/readings', { rows: [row] });
  for (const [path, query] of [
    ['/metrics', ''],
    ['/latest', ''],
    ['/api/v1/export', '?device=d&fromUs=0&toUs=8e15'],
    ['/api/v1/export', '?device=d&fromUs=0&toUs=8e15&format=parquet'],
  ] as const) {
    const { status, headers } = await trial.get(path + query);
    const type = headers.get('content-type')?.split(';')[0];
    expect(Object.keys(paths[path]?.get?.responses[status]?.content ?? {}), path).toContain(type);
  }
  expect(paths['/api/v2/write']?.post?.responses[204]).not.toHaveProperty('content');
  expect(Object.keys(paths['/api/v1/live']?.get?.responses[200]?.content ?? {})).toEqual([
    'text/event-stream',
  ]);
});

test('a word that is none of those asked for is answered with these', async () => {
  const { status, body } = await trial.get('/api/v1/export?device=d&fromUs=0&toUs=1&format=xml');
  expect([status, body]).toEqual([
    400,
    expect.objectContaining({
      errors: [{ pointer: '/format', detail: 'must be one of "csv", "parquet"' }],
    }),
  ]);
});

interface Described {
  readonly components: { readonly securitySchemes: object };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly requestBody?: { readonly content: object };
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}
