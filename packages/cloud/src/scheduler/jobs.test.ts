import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobsReply, StorageReply } from '@fernsight/wire';
import type { Static } from 'typebox';
import { expect, test } from 'vitest';
import { NOW_US, openCloud } from '../cloudTrial.ts';
import { completeSettings } from '../settings.ts';
import { databasePathIn } from '../store/sqlite/folder.ts';
import { keepOf } from './jobs.ts';

test('what goes for want of room is told: by the job, in the API, in the metrics', async () => {
  const trial = await openCloud({ settings: { storeBytesMax: 1 } });
  const rows = Array.from({ length: 600 }, (_, second) => second);
  const tsUs = rows.map((second) => NOW_US - (600 - second) * 1e6);
  const column = { device: 'd1', sensor: 's1', tsUs, value: rows };
  await trial.post('/api/v1/readings', { columns: [column] });
  await trial.clock.advance(35_000);
  const { jobs } = (await trial.get('/api/v1/jobs')).body as Static<typeof JobsReply>;
  const { lastOutcome } = jobs.find(({ name }) => name === 'retention') ?? {};
  expect(lastOutcome).toMatch(/^\d+ rows deleted, for want of room 600 readings, 10 minutes/);
  const storage = (await trial.get('/api/v1/storage')).body as StorageReply;
  expect(storage).toMatchObject({ fullInDays: 0, evicted: { readings: 600, minutes: 10 } });
  const metrics = String((await trial.get('/metrics')).body);
  expect(metrics).toMatch(/^fernsight_store_evicted\{what="readings"\} 600$/m);
  await trial.end();
});

test('where no bound is given it is of what others leave, and stays as the store fills it', () => {
  const dir = mkdtempSync(join(tmpdir(), 'fernsight-keep-'));
  const bound = () => keepOf(completeSettings(undefined), dir).bytesMax;
  const { bsize, bavail } = statfsSync(dir);
  expect(bound() / (0.8 * bavail * bsize)).toBeCloseTo(1, 1);
  const storeBytes = 2 ** 42;
  writeFileSync(databasePathIn(dir), '');
  // a file of holes, which takes nothing of the volume
  truncateSync(databasePathIn(dir), storeBytes);
  expect(bound() / (0.8 * (bavail * bsize + storeBytes))).toBeCloseTo(1, 1);
  rmSync(dir, { recursive: true });
});
