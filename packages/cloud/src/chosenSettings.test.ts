import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerSettings, StorageReply } from '@fernsight/wire';
import { expect, it } from 'vitest';
import { type CloudTrial, openCloud } from './cloudTrial.ts';

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
