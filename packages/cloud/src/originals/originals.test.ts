/** The contracts of the two originals, as their clients meet them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CloudTrial, openCloud } from '../cloudTrial.ts';

let trial: CloudTrial;
beforeAll(async () => {
  trial = await openCloud();
});
afterAll(() => trial.end());

const at = '2026-03-01T00:59:00.123456';

describe('the scalable original', () => {
  test('POST /data accepts, and GET /latest shows the last of each metric', async () => {
    const body = {
      device_id: 'dev-1',
      timestamp: at,
      metrics: [
        { type: 'temperature', value: 21.5 },
        { type: 'humidity', value: 40 },
      ],
    };
    const accepted = await trial.post('/data', body);
    expect([accepted.status, accepted.body]).toEqual([202, { status: 'Data accepted' }]);
    expect((await trial.get('/latest')).body).toEqual([
      {
        device_id: 'dev-1',
        timestamp: '2026-03-01T00:59:00.123456Z',
        metrics: [
          { type: 'temperature', value: 21.5, result: 'normal', confidence: 1 },
          { type: 'humidity', value: 40, result: 'normal', confidence: 1 },
        ],
      },
    ]);
  });

  test.each([
    ['no device_id', { timestamp: at, metrics: [] }, /device_id/],
    ['no JSON', 'hello', /not JSON/],
    ['nothing', '', /empty/],
    ['a bare NaN', '{"device_id":"d","metrics":[{"type":"t","value":NaN}]}', /\/metrics\/0\/value/],
    ['Infinity', '{"device_id":"d","metrics":[{"type":"t","value":1e999}]}', /metrics\/0\/value/],
    ['a stamp that is none', { device_id: 'd', timestamp: 'soon', metrics: [] }, /timestamp/],
    ['a name of 200 characters', { device_id: 'x'.repeat(200), metrics: [] }, /device_id/],
    ['metrics that are no list', { device_id: 'd', metrics: 5 }, /metrics/],
  ])('POST /data with %s is 400 and names the field', async (_, body, words) => {
    const { status, body: reply } = await trial.post('/data', body);
    expect(status).toBe(400);
    expect((reply as { error: string }).error).toMatch(words);
  });

  test('a name of 20 MB is refused by its field, in the words of each original', async () => {
    const huge = { device_id: 'x'.repeat(20_000_000) };
    const msg = 'a body has at most 8388608 bytes, decompressed: they end in /device_id';
    const data = await trial.post('/data', huge);
    expect([data.status, data.body]).toMatchObject([413, { error: msg }]);
    const window = await trial.post('/metrics', huge);
    const detail = [{ loc: ['body', 'device_id'], msg, type: expect.any(String) }];
    expect([window.status, window.body]).toMatchObject([413, { detail }]);
  });

  test('a name of 7 MB, which a body may hold, is refused by the field and cut in the answer', async () => {
    const name = 'x'.repeat(7_000_000);
    const data = await trial.post('/data', { device_id: name, timestamp: at, metrics: [] });
    expect([data.status, data.body]).toEqual([
      400,
      { error: expect.stringMatching(/^device_id: "x{59}… is no name: 1 to 128 characters/) },
    ]);
    const type = await trial.post('/data', { device_id: 'd', metrics: [{ type: name, value: 1 }] });
    expect([type.status, type.body]).toEqual([
      400,
      { error: expect.stringMatching(/^metrics\/0\/type: "x{59}…/) },
    ]);
    const window = await trial.post('/metrics', { device_id: name });
    expect([
      window.status,
      (window.body as { detail: { loc: string[] }[] }).detail[0]?.loc,
    ]).toEqual([422, ['body', 'device_id']]);
    expect(JSON.stringify(window.body).length).toBeLessThan(2_000);
  });

  test('POST /config takes effect: a silent device leaves /latest after so long', async () => {
    const reply = await trial.post('/config', { active_device_timeout_seconds: 5 });
    expect([reply.status, reply.body]).toEqual([
      200,
      { status: 'updated', active_device_timeout_seconds: 5 },
    ]);
    await trial.clock.advance(4_000);
    expect((await trial.get('/latest')).body).toHaveLength(1);
    await trial.clock.advance(2_000);
    expect((await trial.get('/latest')).body).toEqual([]);
    for (const wrong of [0, -1, 'x', null]) {
      expect((await trial.post('/config', { active_device_timeout_seconds: wrong })).status).toBe(
        400,
      );
    }
  });
});

describe('the edge original', () => {
  const window = {
    device_id: 'edge-1',
    window_start: '2026-03-01T00:00:00',
    window_end: '2026-03-01T00:05:00',
    anomaly_count: 3,
    total_samples: 60,
    avg_score: 0.2,
    max_score: 0.9,
    min_score: -0.1,
  };

  test('POST /metrics stores a window once, and another with other numbers', async () => {
    const first = await trial.post('/metrics', window);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      status: 'success',
      device_id: 'edge-1',
      record_id: expect.any(Number),
    });
    const again = await trial.post('/metrics', window);
    expect(again.body).toMatchObject({
      record_id: (first.body as { record_id: number }).record_id,
    });
    const other = await trial.post('/metrics', { ...window, anomaly_count: 6 });
    expect((other.body as { record_id: number }).record_id).not.toBe(
      (first.body as { record_id: number }).record_id,
    );
  });

  test('GET /devices, /devices/{id} and /stats add the windows up', async () => {
    const sums = { total_windows: 2, total_samples: 120, total_anomalies: 9, anomaly_rate: 0.075 };
    const device = {
      device_id: 'edge-1',
      ...sums,
      first_seen: '2026-03-01T00:00:00.000000Z',
      last_seen: '2026-03-01T00:05:00.000000Z',
    };
    expect((await trial.get('/devices')).body).toMatchObject({
      devices: expect.arrayContaining([device]),
      count: 2,
    });
    expect((await trial.get('/devices/edge-1')).body).toEqual(device);
    expect((await trial.get('/devices/nobody')).status).toBe(404);
  });

  test('what the cloud judges counts before its window is over: a device may never send again', async () => {
    const stats = async () => (await trial.get('/stats')).body as Readonly<Record<string, number>>;
    const before = await stats();
    const rows = [0, 1, 2].map((second) => ({
      device: 'brief',
      sensor: 's',
      value: second,
      time: `2026-03-01T00:59:0${second}Z`,
    }));
    await trial.post('/api/v1/readings', { rows });
    expect((await trial.get('/devices/brief')).body).toEqual({
      device_id: 'brief',
      total_windows: 1,
      total_samples: 3,
      total_anomalies: 0,
      anomaly_rate: 0,
      first_seen: '2026-03-01T00:55:00.000000Z',
      last_seen: '2026-03-01T00:55:00.000000Z',
    });
    const { total_samples = 0, total_windows = 0, total_devices = 0 } = before;
    expect(await stats()).toMatchObject({
      total_devices: total_devices + 1,
      total_windows: total_windows + 1,
      total_samples: total_samples + 3,
    });
  });

  test.each([
    ['anomaly_count', -1],
    ['total_samples', 0],
    ['total_samples', 1.5],
    ['window_start', 'never'],
    ['avg_score', 'high'],
    ['device_id', ''],
  ])('POST /metrics with %s = %s is 422 and names it', async (field, value) => {
    const { status, body } = await trial.post('/metrics', { ...window, [field]: value });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      detail: [{ loc: ['body', field], msg: expect.any(String), type: expect.any(String) }],
    });
  });

  test.each([
    ['a bare NaN', JSON.stringify(window).replace('0.2', 'NaN'), ['body', 'avg_score']],
    ['no JSON', 'hello', ['body']],
    ['nothing', '', ['body']],
    ['a number', '5', ['body']],
  ])('POST /metrics with %s is 422, and says no more than that', async (_, body, loc) => {
    const { status, body: reply } = await trial.post('/metrics', body);
    expect([status, reply]).toEqual([
      422,
      { detail: [{ loc, msg: expect.any(String), type: expect.any(String) }] },
    ]);
  });

  test('POST /metrics with nothing names every field', async () => {
    const { status, body } = await trial.post('/metrics', {});
    expect(status).toBe(422);
    expect((body as { detail: unknown[] }).detail).toHaveLength(8);
  });

  test('GET /health is healthy', async () => {
    expect((await trial.get('/health')).body).toEqual({
      status: 'healthy',
      timestamp: expect.stringMatching(/^2026-/),
    });
  });
});
