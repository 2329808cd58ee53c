/** What no route that takes readings lets in, each with a 4xx or an item's error that names the field (I7, I8). */
import { BATCH_READINGS_MAX, BODY_BYTES_MAX, REQUEST_READINGS_MAX } from '@fernsight/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CloudTrial, type Heard, openCloud } from '../cloudTrial.ts';
import { JSON_DEPTH_MAX, LINE_PARTS_MAX } from '../limits.ts';
import { agentBatch } from '../worker/workerTrial.ts';

let trial: CloudTrial;
beforeAll(async () => {
  trial = await openCloud();
});
afterAll(async () => {
  const { body } = await trial.get('/api/v1/fleet');
  expect((body as { devices: unknown[] }).devices).toEqual([]);
  await trial.end();
});

const READINGS = '/api/v1/readings';
const BATCHES = '/api/v1/agents/a1/batches';
const LINES = '/api/v2/write';
const plain = { 'content-type': 'text/plain' };
const ndjson = { 'content-type': 'application/x-ndjson' };
/** JSON with a number that JSON has not, in place of the word. */
const withNumber = (body: unknown, number: string) =>
  JSON.stringify(body).replace('"NUMBER"', number);
const batch = agentBatch(0, [1]);
const [series] = batch.series;

interface Route {
  readonly name: string;
  readonly send: (field: { value?: string; name?: string; time?: string }) => Promise<Heard>;
  readonly value: RegExp;
  readonly device: RegExp;
  readonly time: RegExp;
}

const routes: readonly Route[] = [
  {
    name: 'rows',
    send: ({ value = '1', name = 'd', time = '"2026-01-01T00:00:00Z"' }) =>
      trial.post(
        READINGS,
        `{"rows":[{"device":${JSON.stringify(name)},"sensor":"s","value":${value},"time":${time}}]}`,
      ),
    value: /rows\/0\/value/,
    device: /rows\/0\/device/,
    time: /rows\/0\/time/,
  },
  {
    name: 'columns',
    send: ({ value = '1', name = 'd', time = '1000000' }) =>
      trial.post(
        READINGS,
        `{"columns":[{"device":${JSON.stringify(name)},"sensor":"s","value":[${value}],"tsUs":[${time}]}]}`,
      ),
    value: /columns\/0\/value/,
    device: /columns\/0\/device/,
    time: /columns\/0\/tsUs/,
  },
  {
    name: 'NDJSON',
    send: ({ value = '1', name = 'd', time = '"2026-01-01T00:00:00Z"' }) =>
      trial.post(
        READINGS,
        `{"device":${JSON.stringify(name)},"sensor":"s","value":${value},"time":${time}}`,
        ndjson,
      ),
    value: /line 1/,
    device: /line 1\/device/,
    time: /line 1\/time/,
  },
  {
    name: 'line protocol',
    send: ({ value = '1', name = 'd', time = '1700000000000000000' }) =>
      trial.post(LINES, `m,device=${name} v=${value} ${time.replaceAll('"', '')}`, plain),
    value: /line 1/,
    device: /line 1/,
    time: /line 1/,
  },
  {
    name: "an agent's batch",
    send: ({ value = '1', name = 's1', time = '1' }) =>
      trial.post(
        BATCHES,
        JSON.stringify({
          ...batch,
          series: [{ ...series, sensor: name, value: ['VALUE'], firstUs: 'TIME' }],
        })
          .replace('"VALUE"', value)
          .replace('"TIME"', time),
      ),
    value: /\/series\/0\/value/,
    device: /\/series\/0\/sensor/,
    time: /\/series\/0\/firstUs/,
  },
  {
    name: 'POST /data',
    send: ({ value = '1', name = 'd', time = '"2026-01-01T00:00:00Z"' }) =>
      trial.post(
        '/data',
        `{"device_id":${JSON.stringify(name)},"timestamp":${time},"metrics":[{"type":"t","value":${value}}]}`,
      ),
    value: /metrics\/0\/value/,
    device: /device_id/,
    time: /timestamp/,
  },
  {
    name: 'POST /metrics',
    send: ({ value = '1', name = 'd', time = '"2026-01-01T00:00:00Z"' }) =>
      trial.post(
        '/metrics',
        withNumber(
          {
            device_id: name,
            window_start: 'TIME',
            window_end: '2026-01-01T00:05:00Z',
            anomaly_count: 0,
            total_samples: 1,
            avg_score: 'NUMBER',
            max_score: 1,
            min_score: 0,
          },
          value,
        ).replace('"TIME"', time),
      ),
    value: /avg_score/,
    device: /device_id/,
    time: /window_start/,
  },
];

/** A refusal: 4xx, or a 202 that took nothing and says why. */
function refused({ status, body }: Heard): string {
  const said = JSON.stringify(body);
  expect([said, status >= 400 && status < 500 ? 'refused' : status]).toEqual([
    said,
    status === 202 ? 202 : 'refused',
  ]);
  if (status === 202) expect(body).toMatchObject({ accepted: 0 });
  return said;
}

describe.each(routes)('$name', ({ send, value, device, time }) => {
  test.each(['NaN', 'Infinity', '-Infinity', '1e999', '-1e400'])(
    'refuses the value %s by its field',
    async (number) => {
      expect(refused(await send({ value: number }))).toMatch(value);
    },
  );

  test('refuses a name of 200 characters and one of 20 MB by its field', async () => {
    expect(refused(await send({ name: 'x'.repeat(200) }))).toMatch(device);
    const huge = await send({ name: 'x'.repeat(20_000_000) });
    expect(huge.status).toBe(413);
    expect(refused(huge)).toMatch(device);
  });

  test.each(['"soon"', '"2026-13-45T99:00:00Z"', '1e300'])(
    'refuses the time %s by its field',
    async (stamp) => {
      expect(refused(await send({ time: stamp }))).toMatch(time);
    },
  );
});

describe('bounds', () => {
  test('of a body', async () => {
    const { status, body } = await trial.post(READINGS, `"${' '.repeat(BODY_BYTES_MAX)}"`);
    expect([status, JSON.stringify(body)]).toEqual([413, expect.stringMatching(/MB|bytes/)]);
  });

  test('of the readings in a request, in each format', async () => {
    const count = REQUEST_READINGS_MAX + 1;
    const line = '{"device":"d","sensor":"s","value":1}';
    const column = {
      device: 'd',
      sensor: 's',
      tsUs: Array.from({ length: count }, (_, row) => row),
      value: new Array(count).fill(1),
    };
    const answers = [
      await trial.post(READINGS, `{"columns":[${new Array(count).fill('{}').join(',')}]}`),
      await trial.post(LINES, new Array(count).fill('no').join('\n'), plain),
      await trial.post(READINGS, `{"rows":[${new Array(count).fill(line).join(',')}]}`),
      await trial.post(READINGS, { columns: [column] }),
      await trial.post(READINGS, new Array(count).fill(line).join('\n'), ndjson),
      await trial.post(LINES, new Array(count).fill('m v=1').join('\n'), plain),
    ];
    for (const answer of answers) {
      expect(refused(answer)).toMatch(new RegExp(`${REQUEST_READINGS_MAX}|20,000`));
    }
    const big = agentBatch(0, new Array(BATCH_READINGS_MAX + 1).fill(1));
    expect((await trial.post(BATCHES, big)).status).toBe(422);
  });

  test('of the parts of a line, and of the depth of a body', async () => {
    const tags = Array.from({ length: LINE_PARTS_MAX + 1 }, (_, index) => `t${index}=1`).join();
    expect(refused(await trial.post(LINES, `m,device=d,${tags} v=1`, plain))).toMatch(/line 1/);
    for (const depth of [JSON_DEPTH_MAX + 1, 200_000]) {
      const deep = '['.repeat(depth) + ']'.repeat(depth);
      const body = `{"rows":${deep},"device_id":${deep},"device":${deep}}`;
      for (const path of [READINGS, '/data', BATCHES, '/metrics', '/config']) {
        expect(refused(await trial.post(path, body))).toMatch(/deeper than 32/);
      }
      expect(refused(await trial.post(READINGS, body, ndjson))).toMatch(/deeper than 32/);
    }
  });
});
