/** A model from stored readings, over HTTP, on the thread that trains in production. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, systemClock, US_PER_SECOND } from '@fernsight/base';
import { decodeModel } from '@fernsight/detect';
import type { Client } from '@fernsight/wire/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openThreaded } from '../cloudTrial.ts';

const READINGS = 3_000;

let dataDir: string;
let client: Client;
let end: () => Promise<void>;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'training-'));
  ({ client, end } = await openThreaded(dataDir));
});

afterEach(async () => {
  await end();
  rmSync(dataDir, { recursive: true });
});

async function pushHistory(device: string, nowUs: number): Promise<void> {
  const chance = createRng(device);
  const rows = Array.from({ length: READINGS }, (_, index) => index);
  const tsUs = rows.map((row) => nowUs - (READINGS - row) * US_PER_SECOND);
  const value = rows.map((row) => 20 + Math.sin(row / 100) + 0.1 * chance.normal());
  const column = { device, sensor: 't', type: 'temperature', tsUs, value };
  await client.call('pushReadings', { body: { columns: [column] } });
}

async function trained(body = {}) {
  const params = { sensorType: 'temperature' };
  const begun = await client.call('trainModel', { params, body });
  for (;;) {
    const { trainings } = await client.call('trainings', {});
    const run = trainings.find(({ id }) => id === begun.id);
    if (run === undefined) throw new Error('the training is not listed');
    if (run.state !== 'running') return run;
  }
}

it('a model is trained from the series of its type, listed, activated and fetched', async () => {
  const nowUs = systemClock.nowUs();
  for (const device of ['a', 'b']) await pushHistory(device, nowUs);
  const run = await trained();
  expect(run).toMatchObject({ state: 'done', seriesCount: 2, seriesDone: 2, error: null });
  expect(run.readingCount + run.excludedCount).toBe(2 * READINGS);
  const { models } = await client.call('models', {});
  expect(models).toMatchObject([{ hash: run.hash, active: false, report: { seriesCount: 2 } }]);
  const params = { hash: run.hash ?? '' };
  expect((await client.call('activateModel', { params })).hash).toBe(run.hash);
  const { sensorTypes, carriers } = await client.call('rollout', {});
  expect(sensorTypes).toEqual([{ sensorType: 'temperature', seriesCount: 2 }]);
  const waiting = { running: null, seriesCount: 2, waitingCount: 2 };
  expect(carriers).toMatchObject([{ agent: null, sensorType: 'temperature', ...waiting }]);
  const signed = await client.call('fetchModel', { params });
  const bytes = Buffer.from(signed.bytes, 'base64');
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(run.hash);
  expect(decodeModel(bytes)).toMatchObject({ sensorType: 'temperature', seriesCount: 2 });
  expect((await trained({ toUs: run.startedUs })).hash).toBe(run.hash);
  const rolledBack = await client.call('rollBackModel', { params: { sensorType: 'temperature' } });
  expect(rolledBack.hash).toBeNull();
});

it('what was taken in maintenance is left out, and too little says so', async () => {
  const nowUs = systemClock.nowUs();
  await pushHistory('a', nowUs);
  const startUs = nowUs - 1_000 * US_PER_SECOND;
  const window = { device: 'a', startUs, endUs: nowUs, everyUs: null, reason: 'oil' };
  await client.call('addMaintenance', { body: window });
  const run = await trained();
  expect(run.state).toBe('done');
  expect(run.excludedCount).toBeGreaterThanOrEqual(1_000);
  const failed = await trained({ fromUs: nowUs - 100 * US_PER_SECOND });
  expect(failed).toMatchObject({ state: 'failed', hash: null });
  expect(failed.error).toMatch(
    /^\d+ readings give 0 rows\. Give readings for at least \d+ rows; [^.]+\.$/,
  );
  const nobody = client.call('trainModel', { params: { sensorType: 'a b' }, body: {} });
  await expect(nobody).rejects.toThrow(/422/);
});
