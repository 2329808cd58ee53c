/** A backup of a server that runs, restored: whatever it is asked, it answers what the first one answers. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type LogFields, silentLog } from '@fernsight/base';
import type { FleetReply } from '@fernsight/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from '../../cloudTrial.ts';
import { agentBatch, waveAt } from '../../worker/workerTrial.ts';
import { backupFolder, restoreFolder } from './backup.ts';
import { flipBit } from './damageTrial.ts';
import { databasePathIn } from './folder.ts';

const READINGS = 1_500;
const FIRST_US = NOW_US - 3 * 86_400e6;
const SPAN = `fromUs=${FIRST_US - 1}&toUs=${NOW_US}`;

/** A wave with a burst a minute, days ago. */
function burst(device: string) {
  const rows = Array.from({ length: READINGS }, (_, row) => row);
  const value = rows.map((row) => waveAt(row) + (row > 300 && row % 60 < 8 ? 40 : 0));
  const tsUs = rows.map((row) => FIRST_US + row * 10e6);
  return { columns: [{ device, sensor: 's', unit: '°C', tsUs, value }] };
}

async function fill(trial: CloudTrial): Promise<void> {
  for (const device of ['d1', 'd2']) await trial.post('/api/v1/readings', burst(device));
  await trial.post('/api/v1/agents/a1/batches', agentBatch(0, [1, 2, 3]));
  const times = { window_start: '2026-03-01T00:00:00', window_end: '2026-03-01T00:05:00' };
  const scores = { avg_score: 0.2, max_score: 0.9, min_score: 0 };
  const counts = { anomaly_count: 3, total_samples: 60 };
  await trial.post('/metrics', { device_id: 'w', ...times, ...counts, ...scores });
  await run(trial, 'pack');
  await run(trial, 'fold');
}

/** Starts a job and waits until it has ended. */
async function run(trial: CloudTrial, job: string): Promise<void> {
  await trial.post(`/api/v1/jobs/${job}/run`, {});
  for (;;) {
    const { body } = await trial.get('/api/v1/jobs');
    const { jobs } = body as { jobs: { name: string; running: boolean; failed: boolean }[] };
    const found = jobs.find(({ name }) => name === job);
    if (found?.running === false) return expect(found.failed).toBe(false);
  }
}

/** What there is to ask of readings, anomalies, devices and their accounts. */
async function askAll(trial: CloudTrial): Promise<unknown[]> {
  const addresses = [
    `/api/v1/history?device=d1&sensor=s&points=5000&${SPAN}`,
    `/api/v1/history?device=d2&sensor=s&points=100&${SPAN}`,
    `/api/v1/history?device=d2&sensor=s&points=2&${SPAN}`,
    '/api/v1/anomalies?limit=1000',
    '/api/v1/anomalies?limit=1000&alarms=true',
    `/api/v1/export?device=d1&${SPAN}`,
    ...['d1', 'd2', 'a1', 'w'].map((device) => `/api/v1/devices/${device}/ledger`),
    '/latest',
    '/devices',
    '/stats',
  ];
  const heard = [];
  for (const address of addresses) {
    const { status, body } = await trial.get(address);
    expect([address, status]).toEqual([address, 200]);
    heard.push(body);
  }
  return [await fleet(trial), ...heard];
}

/** The fleet without what a start cannot know: the band of a reading that is no anomaly is kept once a minute. */
async function fleet(trial: CloudTrial): Promise<FleetReply> {
  const reply = (await trial.get('/api/v1/fleet')).body as FleetReply;
  const devices = reply.devices.map((device) => ({
    ...device,
    sensors: device.sensors.map((one) => ({ ...one, expected: null, lower: null, upper: null })),
  }));
  return { ...reply, devices };
}

test('folded chunks and packed anomalies come back with all else', async () => {
  const place = mkdtempSync(join(tmpdir(), 'fernsight-restored-'));
  const trial = await openCloud();
  await fill(trial);
  const before = await askAll(trial);
  const folded = new DatabaseSync(databasePathIn(trial.dir), { readOnly: true });
  const counts = folded
    .prepare(
      'SELECT (SELECT count(*) FROM chunk WHERE level = 2) AS hours, sum(count) AS past FROM pastAnomaly',
    )
    .get();
  folded.close();
  expect(Number(counts?.hours)).toBeGreaterThan(0);
  expect(Number(counts?.past)).toBeGreaterThan(50);

  const [to, dataDir] = [join(place, 'backup'), join(place, 'data')];
  await backupFolder({ dataDir: trial.dir, to, log: silentLog });
  await trial.end();
  await restoreFolder({ from: to, dataDir, log: silentLog });
  const restored = await openCloud({ dir: dataDir });
  expect(await askAll(restored)).toEqual(before);
  // and goes on: what was sent before is known, what is new is taken
  const again = await restored.post('/api/v1/readings', burst('d1'));
  expect(again.body).toMatchObject({ accepted: 0, duplicates: READINGS });
  const repeat = await restored.post('/api/v1/agents/a1/batches', agentBatch(0, [1, 2, 3]));
  expect(repeat.body).toMatchObject({ status: 'duplicate' });
  await restored.end();
  rmSync(place, { recursive: true });
});

describe('a backup', () => {
  let place: string;
  let trial: CloudTrial;
  beforeEach(async () => {
    place = mkdtempSync(join(tmpdir(), 'fernsight-checked-'));
    trial = await openCloud();
    await fill(trial);
  });
  afterEach(async () => {
    await trial.end();
    rmSync(place, { recursive: true });
  });

  test('of a store with a damaged chunk is made all the same: the others are in it', async () => {
    flipBit(databasePathIn(trial.dir), { table: 'chunk', at: 60 });
    const [to, dataDir] = [join(place, 'backup'), join(place, 'data')];
    await backupFolder({ dataDir: trial.dir, to, log: silentLog });
    await restoreFolder({ from: to, dataDir, log: silentLog });
    expect(existsSync(databasePathIn(dataDir))).toBe(true);
  });

  test('is checked while the server answers, whatever its check waits for', async () => {
    new DatabaseSync(join(trial.dir, 'zz.db')).exec('CREATE TABLE t (n)');
    const to = join(place, 'backup');
    const copied = Promise.withResolvers<DatabaseSync>();
    const info = (_: string, { name }: LogFields = {}) => {
      if (name !== 'zz.db') return;
      const copy = new DatabaseSync(join(`${to}.part`, name));
      copy.exec('BEGIN EXCLUSIVE');
      copied.resolve(copy);
    };
    const saving = backupFolder({ dataDir: trial.dir, to, log: { ...silentLog, info } });
    const copy = await copied.promise;
    for (let tsUs = NOW_US; tsUs < NOW_US + 20; tsUs++) {
      const rows = [{ device: 'new', sensor: 's', value: 1, time: tsUs / 1e6 }];
      const { status, body } = await trial.post('/api/v1/readings', { rows });
      expect([status, body]).toEqual([202, expect.objectContaining({ accepted: 1 })]);
    }
    expect(existsSync(to)).toBe(false);
    copy.exec('COMMIT');
    copy.close();
    await saving;
    expect(existsSync(to)).toBe(true);
  });

  test('that is told to stop before it was checked is none', async () => {
    const to = join(place, 'backup');
    const signal = AbortSignal.abort();
    const saving = backupFolder({ dataDir: trial.dir, to, log: silentLog, signal });
    await expect(saving).rejects.toThrow(/given up/);
    expect(existsSync(to)).toBe(false);
  });
});
