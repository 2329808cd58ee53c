/** What `/openapi.json` says of a reply is what is sent: its status, its media type and its shape. */
import { type Route, type RouteName, routes } from '@fernsight/wire';
import { Check } from 'typebox/value';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from '../cloudTrial.ts';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, unknown>> }>
  >;
}

const row = { device: 'd', sensor: 's', value: 1, time: NOW_US / 1e6 };
const summary = {
  device_id: 'd',
  ...{ window_start: '2026-03-01T00:00:00', window_end: '2026-03-01T00:05:00' },
  ...{ anomaly_count: 1, total_samples: 5, avg_score: 0.5, max_score: 0.9, min_score: 0.1 },
};
const span = `device=d&sensor=s&fromUs=${NOW_US}&toUs=${NOW_US + 1}`;

let trial: CloudTrial;
let operations: ReadonlyMap<string, Operation>;
beforeAll(async () => {
  trial = await openCloud();
  await trial.post('/api/v1/readings', { rows: [row] });
  const { paths } = Object((await trial.get('/openapi.json')).body);
  operations = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(Object(methods)).map(([method, operation]) => [
        `${method.toUpperCase()} ${path}`,
        operation as Operation,
      ]),
    ),
  );
});
afterAll(() => trial.end());

const operationOf = (name: RouteName): Operation => {
  const found = operations.get(`${routes[name].method} ${routes[name].path}`);
  if (found === undefined) throw new Error(`${name} is not described`);
  return found;
};

async function expectDescribed(name: RouteName, response: Response): Promise<void> {
  const { status } = response;
  const described = operationOf(name).responses[status] ?? operationOf(name).responses.default;
  const type = response.headers.get('content-type')?.split(';')[0];
  const text = await response.text();
  expect([name, status, Object.keys(described?.content ?? {})]).toEqual([
    name,
    status,
    type === undefined ? [] : expect.arrayContaining([type]),
  ]);
  const schema = (routes[name] as Route).replies[status];
  if (schema === undefined) expect(JSON.parse(text)).toMatchObject({ status, title: /./ });
  else if (text !== '') {
    const body = /json$/.test(type ?? '') ? JSON.parse(text) : text;
    expect([name, status, text, Check(schema, body)]).toEqual([name, status, text, true]);
  }
}

test.each<[RouteName, string, string?]>([
  ...(Object.keys(routes) as RouteName[])
    .filter((name) => routes[name].method === 'GET' && !routes[name].path.includes('{'))
    .filter((name) => !['live', 'history', 'exportReadings'].includes(name))
    .map((name): [RouteName, string] => [name, routes[name].path]),
  ['history', `/api/v1/history?${span}`],
  ['history', '/api/v1/history?device=d'],
  ['exportReadings', `/api/v1/export?${span}`],
  ['exportReadings', `/api/v1/export?${span}&format=parquet`],
  ['exportReadings', `/api/v1/export?${span.replace('=d&', '=nobody&')}`],
  ['ledger', '/api/v1/devices/d/ledger'],
  ['ledger', '/api/v1/devices/nobody/ledger'],
  ['device', '/devices/d'],
  ['device', '/devices/nobody'],
  ['pushReadings', '/api/v1/readings', '{"rows":[{"device":"d","sensor":"s"}]}'],
  ['pushReadings', '/api/v1/readings', '{"rows":'],
  ['pushLines', '/api/v2/write', 'm,host=d v=1'],
  ['pushLines', '/api/v2/write', 'm,host=d v=x'],
  ['pushLines', '/api/v2/write?precision=h', 'm,host=d v=1'],
  ['data', '/data', JSON.stringify({ device_id: 'd', metrics: [{ type: 's', value: 2 }] })],
  ['data', '/data', '{}'],
  ['configure', '/config', '{"active_device_timeout_seconds":60}'],
  ['configure', '/config', '{}'],
  ['pushWindow', '/metrics', JSON.stringify(summary)],
  ['pushWindow', '/metrics', '{}'],
  ['runJob', '/api/v1/jobs/fold/run', '{}'],
  ['runJob', '/api/v1/jobs/nothing/run', '{}'],
  ['pushBatch', '/api/v1/agents/d/batches', '{}'],
])('%s is answered as described: %s %s', async (name, path, body) => {
  const { method } = routes[name];
  const init = body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } };
  await expectDescribed(name, await fetch(trial.cloud.url + path, { method, ...init }));
});

test.each<[RouteName]>([['pushWindow'], ['data'], ['pushLines'], ['pushReadings']])(
  '%s is answered as described when its body has an encoding that is not known, or is too large',
  async (name) => {
    const url = trial.cloud.url + routes[name].path;
    const headers = { 'content-type': 'application/json', 'content-encoding': 'lzma' };
    await expectDescribed(name, await fetch(url, { method: 'POST', body: '{}', headers }));
    const body = `{"device_id":"${'x'.repeat(9 * 1024 * 1024)}`;
    await expectDescribed(name, await fetch(url, { method: 'POST', body }));
  },
);
