/**
 * The originals' clients are Python programs that post with `requests` over one kept connection: their bytes, as they
 * write them (blanks behind commas, escapes for what is not ASCII, whole numbers with a point, stamps with or without a
 * zone), and what they read of the answer: the status, and JSON of a known length.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CloudTrial, openCloud } from '../cloudTrial.ts';

let trial: CloudTrial;
let socket: Socket;
beforeAll(async () => {
  trial = await openCloud();
  socket = connect(trial.cloud.address.port, '127.0.0.1');
});
afterAll(async () => {
  socket.destroy();
  await trial.end();
});

/** What `requests` puts before every request, and before a body that was given as `json=`. */
const USUAL = [
  'User-Agent: python-requests/2.31.0',
  'Accept-Encoding: gzip, deflate',
  'Accept: */*',
  'Connection: keep-alive',
];

async function ask(line: string, body = ''): Promise<[status: number, body: unknown]> {
  const about = [`Content-Length: ${body.length}`, 'Content-Type: application/json'];
  const head = [`${line} HTTP/1.1`, `Host: ${new URL(trial.cloud.url).host}`, ...USUAL];
  socket.write(`${[...head, ...(body === '' ? [] : about)].join('\r\n')}\r\n\r\n${body}`);
  let text = '';
  for (;;) {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    text += bytes.toString('latin1');
    const [fields = '', rest] = text.split('\r\n\r\n', 2);
    const length = Number(/^content-length: (\d+)$/im.exec(fields)?.[1]);
    if (rest === undefined || rest.length < length) continue;
    expect([length, rest.length]).toEqual([rest.length, rest.length]);
    const heard = Buffer.from(rest, 'latin1').toString('utf8');
    const isJson = /^content-type: application\/(?:problem\+)?json/im.test(fields);
    return [Number(text.split(' ', 2)[1]), isJson ? JSON.parse(heard) : heard];
  }
}

test('the simulator of the scalable original', async () => {
  const metrics =
    '[{"type": "temperature", "value": 21.0}, {"type": "pressi\\u00f3n", "value": 1e-07}]';
  const sent = (stamp: string) =>
    `{"device_id": "device_1", "timestamp": "${stamp}", "metrics": ${metrics}}`;
  const accepted = [202, { status: 'Data accepted' }];
  expect(await ask('POST /data', sent('2026-03-01T00:59:00.123456'))).toEqual(accepted);
  expect(await ask('POST /data', sent('2026-03-01T00:59:01.123456+00:00'))).toEqual(accepted);
  expect(await ask('POST /data', sent('2026-03-01T00:59:02.123456Z'))).toEqual(accepted);
  const normal = { result: 'normal', confidence: 1 };
  expect(await ask('GET /latest')).toEqual([
    200,
    [
      {
        device_id: 'device_1',
        timestamp: '2026-03-01T00:59:02.123456Z',
        metrics: [
          { type: 'temperature', value: 21, ...normal },
          { type: 'pressión', value: 1e-7, ...normal },
        ],
      },
    ],
  ]);
  const nan = await ask(
    'POST /data',
    '{"device_id": "d", "metrics": [{"type": "t", "value": NaN}]}',
  );
  expect(nan).toMatchObject([400, { error: expect.stringContaining('/metrics/0/value') }]);
  expect(await ask('POST /data', '{"metrics": []}')).toMatchObject([
    400,
    { error: expect.stringContaining('device_id') },
  ]);
  expect(await ask('POST /config', '{"active_device_timeout_seconds": 3600}')).toEqual([
    200,
    { status: 'updated', active_device_timeout_seconds: 3600 },
  ]);
});

test('the agent of the edge original, and what reads its server', async () => {
  const body =
    '{"device_id": "edge-001", "window_start": "2026-03-01T00:50:00.000000", ' +
    '"window_end": "2026-03-01T00:55:00.000000", "anomaly_count": 2, "total_samples": 300, ' +
    '"avg_score": -0.0512, "max_score": 0.12, "min_score": -0.2}';
  const [status, reply] = await ask('POST /metrics', body);
  expect([status, reply]).toEqual([
    200,
    {
      status: 'success',
      record_id: expect.any(Number),
      device_id: 'edge-001',
      received_at: '2026-03-01T01:00:00.000000Z',
    },
  ]);
  expect(await ask('POST /metrics', body)).toEqual([200, reply]);
  expect(await ask('POST /metrics', body.replace('300', '0'))).toMatchObject([
    422,
    { detail: [{ loc: ['body', 'total_samples'] }] },
  ]);
  const edge = {
    device_id: 'edge-001',
    total_windows: 1,
    total_samples: 300,
    total_anomalies: 2,
    anomaly_rate: 2 / 300,
    first_seen: '2026-03-01T00:50:00.000000Z',
    last_seen: '2026-03-01T00:55:00.000000Z',
  };
  expect(await ask('GET /devices')).toMatchObject([
    200,
    { count: 2, devices: expect.arrayContaining([edge]) },
  ]);
  expect(await ask('GET /devices/edge-001')).toEqual([200, edge]);
  expect((await ask('GET /devices/nobody'))[0]).toBe(404);
  // with the six of the other original's client, which the cloud judged
  expect(await ask('GET /stats')).toMatchObject([200, { total_devices: 2, total_samples: 306 }]);
  expect(await ask('GET /health')).toMatchObject([200, { status: 'healthy' }]);
  expect(await ask('GET /metrics')).toEqual([200, expect.stringMatching(/^# HELP /)]);
});
