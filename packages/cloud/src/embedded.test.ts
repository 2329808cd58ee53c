/** The cloud as a whole, over HTTP. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { createRng, silentLog, systemClock, UsageFault } from '@fernsight/base';
import { parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from './cloudTrial.ts';
import { startCloud } from './start.ts';
import { agentBatch, waveAt } from './worker/workerTrial.ts';

let trial: CloudTrial;
beforeEach(async () => {
  trial = await openCloud();
});
afterEach(() => trial.end());

const columns = (count: number, device = 'd1') => ({
  columns: [
    {
      device,
      sensor: 'temperature',
      unit: '°C',
      tsUs: Array.from({ length: count }, (_, index) => NOW_US - (count - index) * 1e6),
      value: Array.from({ length: count }, (_, index) => waveAt(index)),
    },
  ],
});

describe('readings', () => {
  test('good ones beside bad ones are kept, and the bad ones are named', async () => {
    const rows = [
      { device: 'd', sensor: 's', value: 1 },
      { device: 'd', sensor: 's', value: 'x' },
      { device: 'a/b', sensor: 's', value: 1 },
      { device: 'd', sensor: 's', value: 2, time: 'then' },
    ];
    const { status, body } = await trial.post('/api/v1/readings', { rows });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      accepted: 1,
      duplicates: 0,
      errors: [{ at: 'rows/1/value' }, { at: 'rows/2/device' }, { at: 'rows/3/time' }],
    });
  });

  test('come compressed, and as lines', async () => {
    const text = JSON.stringify(columns(10));
    const gzip = await trial.post('/api/v1/readings', gzipSync(text), {
      'content-encoding': 'gzip',
    });
    expect(gzip.body).toMatchObject({ accepted: 10 });
    const zstd = await trial.post('/api/v1/readings', zstdCompressSync(text), {
      'content-encoding': 'zstd',
    });
    expect(zstd.body).toMatchObject({ accepted: 0, duplicates: 10 });
    const line = await trial.post('/api/v2/write?precision=us', `t,device=x v=1 ${NOW_US}`, {
      'content-type': 'text/plain',
    });
    expect(line.status).toBe(204);
    const lines = `{"device":"x","sensor":"n","value":1}\n{"device":"x","sensor":"n","value":null}`;
    const ndjson = await trial.post('/api/v1/readings', lines, {
      'content-type': 'application/x-ndjson',
    });
    expect(ndjson.body).toMatchObject({ accepted: 1, errors: [{ at: 'line 2/value' }] });
    const other = await trial.post('/api/v1/readings', 'x', { 'content-type': 'application/xml' });
    expect(other.status).toBe(415);
    const bomb = await trial.post('/api/v1/readings', gzipSync(Buffer.alloc(20_000_000)), {
      'content-encoding': 'gzip',
    });
    expect(bomb.status).toBe(413);
  });

  test('without stamps, sent again with their key, are repeats', async () => {
    const rows = [{ device: 'k', sensor: 's', value: 1 }];
    const none = await trial.post('/api/v1/readings', '{"rows":[]}', { 'idempotency-key': '' });
    expect([none.status, none.body]).toMatchObject([
      400,
      { detail: expect.stringMatching(/1 to 256 characters/) },
    ]);
    const key = { 'idempotency-key': 'a1' };
    expect((await trial.post('/api/v1/readings', { rows }, key)).body).toMatchObject({
      accepted: 1,
    });
    await trial.clock.advance(5_000);
    expect((await trial.post('/api/v1/readings', { rows }, key)).body).toMatchObject({
      duplicates: 1,
    });
    expect((await trial.post('/api/v1/readings', { rows })).body).toMatchObject({ accepted: 1 });
  });

  test('without stamps, in one moment, are all kept, and the last is the newest', async () => {
    for (const value of [1, 1, 2]) {
      const rows = [{ device: 'k', sensor: 's', value }];
      const { body } = await trial.post('/api/v1/readings', { rows });
      expect(body).toMatchObject({ accepted: 1, duplicates: 0, errors: [] });
    }
    expect((await trial.get('/api/v1/fleet')).body).toMatchObject({
      devices: [{ device: 'k', sensors: [{ value: 2 }] }],
    });
  });

  test('come back as history: raw, and at a resolution with their extremes', async () => {
    const count = 7_200;
    await trial.post('/api/v1/readings', columns(count));
    const span = `device=d1&sensor=temperature&fromUs=${NOW_US - count * 1e6}&toUs=${NOW_US}`;
    const raw = await trial.get(`/api/v1/history?${span}&points=5000`);
    const few = await trial.get(`/api/v1/history?${span}&points=24`);
    const values = Array.from({ length: count }, (_, index) => waveAt(index));
    expect(raw.body).toMatchObject({ resolutionUs: 2e6, unit: '°C' });
    expect(few.body).toMatchObject({ resolutionUs: 300e6 });
    for (const { body } of [raw, few]) {
      const { min, max, count: counts } = body as { min: number[]; max: number[]; count: number[] };
      expect(Math.max(...max)).toBe(Math.max(...values));
      expect(Math.min(...min)).toBe(Math.min(...values));
      expect(counts.reduce((sum, one) => sum + one)).toBe(count);
    }
    const last = await trial.get(
      `/api/v1/history?device=d1&sensor=temperature&fromUs=${NOW_US - 10e6}&toUs=${NOW_US}`,
    );
    expect((last.body as { mean: number[] }).mean).toEqual(values.slice(-10));
    expect((await trial.get('/api/v1/history?device=d1&sensor=x&fromUs=0&toUs=1')).status).toBe(
      404,
    );
    expect((await trial.get('/api/v1/history?device=d1')).status).toBe(400);
  });

  test('that are anomalies are told with their reason', async () => {
    await trial.post('/api/v1/readings', columns(800));
    const { body } = await trial.get('/api/v1/anomalies?device=d1&limit=3');
    const [first] = (body as { anomalies: { sentence: string; tsUs: number }[] }).anomalies;
    expect(first?.sentence).toMatch(/^temperature .* °C, expected/);
  });
});

describe('an operator', () => {
  test('exports readings as CSV and Parquet, packed or not, across days', async () => {
    const days = [3, 1, 0].map((ago) => NOW_US - ago * 86_400e6 - 5e6);
    for (const tsUs of days) {
      const column = { device: 'a,b', sensor: 's', tsUs: [tsUs, tsUs + 1e6], value: [1.5, -2] };
      await trial.post('/api/v1/readings', { columns: [column] });
      await trial.post('/api/v1/jobs/pack/run', {});
    }
    const { status, body } = await trial.get(`/api/v1/export?device=a,b&fromUs=0&toUs=${NOW_US}`);
    const lines = String(body).trim().split('\n');
    expect([status, lines.length]).toEqual([200, 7]);
    expect(lines[0]).toBe('device,sensor,time,value,score,stage,anomaly,kind');
    expect(lines[1]).toMatch(/^"a,b",s,2026-02-26T00:59:55.000000Z,1.5,0,rules,0,none$/);
    const asked = `/api/v1/export?device=a,b&fromUs=0&toUs=${NOW_US}&format=parquet`;
    const file = await (await fetch(trial.cloud.url + asked)).arrayBuffer();
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(6);
    expect(rows[0]).toMatchObject({ device: 'a,b', value: 1.5, score: 0, anomaly: false });
    expect(rows[0]?.time).toEqual(new Date('2026-02-26T00:59:55Z'));
    expect((await trial.get('/api/v1/export?device=nobody&fromUs=0&toUs=1')).status).toBe(404);
  });

  test('sees the jobs, starts one, and sees the storage', async () => {
    await trial.post('/api/v1/readings', columns(100));
    expect((await trial.post('/api/v1/jobs/retention/run', {})).status).toBe(202);
    expect((await trial.post('/api/v1/jobs/none/run', {})).status).toBe(404);
    await trial.clock.advance(1_000);
    const { jobs } = (await trial.get('/api/v1/jobs')).body as {
      jobs: { name: string; lastOutcome?: string }[];
    };
    expect(jobs.find(({ name }) => name === 'retention')?.lastOutcome).toBe('0 rows deleted');
    expect((await trial.get('/api/v1/storage')).body).toMatchObject({
      readingCount: 100,
      fullInDays: null,
      rawRetentionDays: 30,
    });
  });
});

describe('an agent', () => {
  const path = '/api/v1/agents/a1/batches';

  test('hears stored, then duplicate; the ledger shows the range', async () => {
    const stored = await trial.post(path, agentBatch(0, [1, 2, 3]));
    expect(stored.body).toMatchObject({ status: 'stored', stored: 3, duplicates: 0 });
    expect(stored.headers.get('accept-encoding')).toMatch(/zstd/);
    const { devices } = (await trial.get('/api/v1/fleet')).body as { devices: unknown[] };
    expect(devices).toMatchObject([
      { device: 'a1', judge: 'agent', sensors: [{ unit: '°C', value: 3 }] },
    ]);
    expect((await trial.post(path, agentBatch(0, [1, 2, 3]))).body).toMatchObject({
      status: 'duplicate',
      duplicates: 3,
    });
    expect((await trial.get('/api/v1/devices/a1/ledger')).body).toMatchObject({
      stored: 3,
      epochs: [{ applied: [[0, 2]], missing: 0 }],
    });
  });

  test('hears 422 where sums do not hold, and which field', async () => {
    const { status, body } = await trial.post(path, { ...agentBatch(0, [1]), seqCount: 2 });
    expect([status, (body as { errors: { pointer: string }[] }).errors[0]?.pointer]).toEqual([
      422,
      '/seqCount',
    ]);
    const missing = await trial.post(path, { agent: 'a1' });
    expect(missing.status).toBe(422);
  });
});

describe('the live feed', () => {
  test('starts with the fleet, goes on by frames, and resumes where it was', async () => {
    await trial.post('/api/v1/readings', columns(3));
    const first = await events(`${trial.cloud.url}/api/v1/live`, 1);
    expect(first[0]).toMatchObject({
      event: 'reset',
      data: { devices: [{ device: 'd1', status: 'online' }] },
    });
    await trial.clock.advance(1_000);
    await trial.post('/api/v1/readings', columns(1, 'd2'));
    await trial.clock.advance(1_000);
    const resumed = await events(`${trial.cloud.url}/api/v1/live`, 1, { lastId: first[0]?.id });
    expect(resumed[0]?.event).toBe('fleet');
    const row = { device: 'd2', sensor: 'temperature', value: 5, time: (NOW_US + 1e6) / 1e6 };
    const send = async () => {
      await trial.post('/api/v1/readings', { rows: [row] });
      await trial.clock.advance(1_000);
    };
    const watched = await events(`${trial.cloud.url}/api/v1/live?device=d2`, 3, { onFirst: send });
    expect(watched.map(({ event }) => event)).toEqual(['reset', 'fleet', 'device']);
    expect(watched[2]?.data).toMatchObject({ device: 'd2', points: [{ value: 5 }] });
  });
});

describe('a device', () => {
  test('that is silent goes offline by receipt, whatever its stamps say, and comes back', async () => {
    const old = { rows: [{ device: 'slow', sensor: 's', value: 1, time: '2020-01-01T00:00:00Z' }] };
    await trial.post('/api/v1/readings', old);
    const status = async () =>
      ((await trial.get('/api/v1/fleet')).body as { devices: { status: string }[] }).devices[0]
        ?.status;
    expect(await status()).toBe('online');
    await trial.clock.advance(61_000);
    expect(await status()).toBe('offline');
    await trial.post('/api/v1/readings', { rows: [{ device: 'slow', sensor: 's', value: 2 }] });
    expect(await status()).toBe('online');
  });
});

test('a reading behind the newest that is too old to be kept is told as that, not as a repeat', async () => {
  const push = async (tsUs: number) =>
    (
      await trial.post('/api/v1/readings', {
        columns: [{ device: 'old', sensor: 's', tsUs: [tsUs], value: [1] }],
      })
    ).body;
  expect(await push(NOW_US)).toEqual({ accepted: 1, duplicates: 0, errors: [] });
  const ago = NOW_US - 31 * 86_400_000_000;
  expect(await push(ago)).toEqual({ accepted: 0, duplicates: 0, expired: 1, errors: [] });
  const metrics = String((await trial.get('/metrics')).body);
  expect(metrics).toMatch(/^fernsight_readings_refused_total\{reason="expired"\} 1$/m);
});

describe('open mode', () => {
  test('refuses what could come from elsewhere', async () => {
    expect((await trial.get('/api/v1/fleet', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await trial.get('/api/v1/fleet', { 'x-forwarded-for': '10.0.0.1' })).status).toBe(403);
  });

  test('says why there are no tokens, and what to do for some', async () => {
    const { status, body } = await trial.get('/api/v1/tokens');
    expect([status, body]).toEqual([
      404,
      expect.objectContaining({ hint: expect.stringMatching(/open mode.* without --open/) }),
    ]);
  });
});

describe('closed mode', () => {
  test('answers public routes alone', async () => {
    const closed = await openCloud({ open: false });
    try {
      expect((await closed.get('/livez')).status).toBe(200);
      expect((await closed.get('/api/v1/fleet')).status).toBe(401);
      expect((await closed.get('/docs')).status).toBe(401);
      expect((await closed.post('/api/v1/readings', columns(1))).status).toBe(401);
    } finally {
      await closed.end();
    }
  });
});

describe('a start that cannot be', () => {
  const machine = {
    clock: systemClock,
    rng: createRng(1),
    log: silentLog,
    open: true,
    threads: false,
  };
  const fails = async (options: { dataDir: string; port?: number; host?: string }) =>
    startCloud({ port: 0, ...machine, ...options }).then(
      () => 'started',
      (error: unknown) =>
        error instanceof UsageFault ? `${error.message}: ${error.hint}` : String(error),
    );

  test('names the folder that another server holds', async () => {
    expect(await fails({ dataDir: trial.dir })).toMatch(/is in use by process \d+ .*--data-dir/);
  });

  test('names the port that is taken, and leaves nothing behind', async () => {
    const dir = join(trial.dir, 'new');
    const { port } = trial.cloud.address;
    expect(await fails({ dataDir: dir, port })).toMatch(/port \d+ on 127.0.0.1 is in use.*--port/);
    expect(existsSync(dir)).toBe(false);
  });

  test('names a folder that is no folder', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'fernsight-cloud-'));
    writeFileSync(join(dir, 'file'), '');
    expect(await fails({ dataDir: join(dir, 'file') })).toMatch(
      /is a file where a folder should be/,
    );
    rmSync(dir, { recursive: true });
  });

  test('refuses open mode on an address that others reach', async () => {
    expect(await fails({ dataDir: trial.dir, host: '0.0.0.0' })).toMatch(/this machine alone/);
  });
});

interface LiveEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
}

/** Reads so many events; `onFirst` runs when the first has come. */
async function events(
  url: string,
  count: number,
  {
    onFirst,
    lastId,
  }: { readonly onFirst?: () => Promise<void>; readonly lastId?: string | undefined } = {},
): Promise<LiveEvent[]> {
  const abort = new AbortController();
  const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
  const response = await fetch(url, { headers, signal: abort.signal });
  const decoder = new TextDecoder();
  const heard: LiveEvent[] = [];
  let text = '';
  if (response.body === null) throw new Error('the feed has a body');
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = eventOf(text.slice(0, end));
      text = text.slice(end + 2);
      if (event === undefined) continue;
      heard.push(event);
      if (heard.length === 1) await onFirst?.();
    }
    if (heard.length >= count) break;
  }
  abort.abort();
  return heard;
}

function eventOf(block: string): LiveEvent | undefined {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const event = field('event');
  return event === undefined
    ? undefined
    : { id: field('id'), event, data: JSON.parse(field('data') ?? 'null') };
}
