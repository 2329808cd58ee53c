import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job, ServerSettings, StorageReply } from '@fernsight/wire';
import { expect, it } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from './cloudTrial.ts';

const put = (trial: CloudTrial, body: unknown) =>
  fetch(`${trial.cloud.url}/api/v1/settings`, {
    method: 'PUT',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const settings = async (trial: CloudTrial) =>
  (await trial.get('/api/v1/settings')).body as ServerSettings;

it('settings are changed while the server runs, outlive it, and go back to what is configured', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'fernsight-settings-'));
  let trial = await openCloud({ dir });
  expect(await settings(trial)).toMatchObject({ rawRetentionDays: 30, changed: [] });
  const wanted = { rawRetentionDays: 7, storeBytesMax: 1e9, offlineAfterMs: 5_000 };
  expect((await put(trial, wanted)).status).toBe(200);
  // the original's own route changes the same setting
  await trial.post('/config', { active_device_timeout_seconds: 90 });
  await trial.end();

  trial = await openCloud({ dir });
  const changed = ['rawRetentionDays', 'storeBytesMax', 'offlineAfterMs', 'pruneAfterMs'];
  expect(await settings(trial)).toMatchObject({ ...wanted, pruneAfterMs: 90_000, changed });
  const storage = (await trial.get('/api/v1/storage')).body as StorageReply;
  expect(storage).toMatchObject({ bytesMax: 1e9, rawRetentionDays: 7 });
  await put(trial, { storeBytesMax: null, rawRetentionDays: null });
  expect(await settings(trial)).toMatchObject({ rawRetentionDays: 30, storeBytesMax: null });

  for (const bad of [
    { rawRetentionDays: 400 },
    { hourRetentionDays: 3 },
    { offlineAfterMs: 0 },
    { rawRetentionDay: 7 },
    { storeBytesMax: 'much' },
  ]) {
    expect([bad, (await put(trial, bad)).status]).toEqual([bad, 422]);
  }
  expect(await settings(trial)).toMatchObject({ rawRetentionDays: 30, hourRetentionDays: 1825 });
  await trial.end();
  rmSync(dir, { recursive: true });
});

it('a device is offline after the time that was chosen', async () => {
  const trial = await openCloud();
  await trial.post('/api/v1/readings', { rows: [{ device: 'd', sensor: 's', value: 1 }] });
  const status = async () =>
    ((await trial.get('/api/v1/fleet')).body as { devices: { status: string }[] }).devices[0]
      ?.status;
  await trial.clock.advance(10_000);
  expect(await status()).toBe('online');
  await put(trial, { offlineAfterMs: 5_000 });
  expect(await status()).toBe('offline');
  await trial.end();
});

it('history of silent devices is deleted from when that is chosen, and no sooner', async () => {
  const trial = await openCloud();
  const send = (device: string) =>
    trial.post('/api/v1/readings', { rows: [{ device, sensor: 's', value: 1 }] });
  const prune = async () => {
    await trial.post('/api/v1/jobs/prune/run', {});
    await trial.clock.advance(2_000);
    const { jobs } = (await trial.get('/api/v1/jobs')).body as { jobs: Job[] };
    return jobs.find(({ name }) => name === 'prune')?.lastOutcome;
  };
  const span = `fromUs=0&toUs=${NOW_US + 1e9}`;
  const pointsOf = async (device: string) => {
    const { body } = await trial.get(`/api/v1/history?device=${device}&sensor=s&${span}`);
    return (body as { tsUs: number[] }).tsUs.length;
  };
  await put(trial, { pruneAfterMs: 5_000 });
  await send('silent');
  await trial.clock.advance(10_000);
  await send('talks');
  expect(await prune()).toMatch(/of 0 silent/);
  expect(await pointsOf('silent')).toBe(1);
  expect((await put(trial, { pruneDeletes: true })).status).toBe(200);
  expect(await settings(trial)).toMatchObject({ pruneDeletes: true });
  expect(await prune()).toMatch(/of 1 silent/);
  expect([await pointsOf('silent'), await pointsOf('talks')]).toEqual([0, 1]);
  await trial.end();
});
