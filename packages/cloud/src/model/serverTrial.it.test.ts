/** What the server makes of a chosen model before it judges its own series: a real server, its threads, over HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRng, ManualClock, systemClock, US_PER_SECOND } from '@fernsight/base';
import { encodeModel, Training } from '@fernsight/detect';
import type { Carrier } from '@fernsight/wire';
import type { Client } from '@fernsight/wire/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openThreaded } from '../cloudTrial.ts';
import { StoredModels } from './storedModels.ts';

const TYPE = 'temperature';
const noise = createRng('noise');
const wave = (row: number) => 20 + Math.sin(row / 40) + 0.2 * noise.normal();

let dataDir: string;
let client: Client;
let end: () => Promise<void>;
let nextUs: number;

async function start(): Promise<void> {
  ({ client, end } = await openThreaded(dataDir, new ManualClock(systemClock.nowUs())));
}

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'server-trial-'));
  nextUs = systemClock.nowUs() - 10_000 * US_PER_SECOND;
  await start();
});

afterEach(async () => {
  await end();
  rmSync(dataDir, { recursive: true });
});

async function push(count: number): Promise<void> {
  const tsUs = Array.from({ length: count }, (_, row) => nextUs + row * US_PER_SECOND);
  nextUs += count * US_PER_SECOND;
  const value = tsUs.map((at) => wave(at / US_PER_SECOND));
  const column = { device: 'a', sensor: 't', type: TYPE, tsUs, value };
  await client.call('pushReadings', { body: { columns: [column] } });
}

async function chosen(signal: (row: number) => number): Promise<string> {
  const rng = createRng('model');
  const training = new Training({ sensorType: TYPE, random: () => rng.next(), trees: 20 });
  training.begin();
  for (let row = 0; row < 2_000; row++) training.take(1e15 + row * 1e6, signal(row));
  const body = { bytes: Buffer.from(encodeModel(training.finish())).toString('base64') };
  const { hash } = await client.call('uploadModel', { body });
  await client.call('activateModel', { params: { hash } });
  return hash;
}

/** What is not unusual to it hardly moves. */
const still = (row: number) => (row < 300 ? row % 7 : 3 + 1e-9 * (row % 3));

/** @returns the server as a carrier once it stands so; the test's time limit is the bound */
async function stands(as: (carrier: Carrier) => boolean): Promise<Carrier> {
  for (;;) {
    const { carriers } = await client.call('rollout', {});
    const own = carriers.find(({ agent }) => agent === null);
    if (own !== undefined && as(own)) return own;
  }
}

const judging = () => new StoredModels(dataDir).chosen.get(TYPE);

it('a bad model never judges: what ran goes on, the reason is told, and a start changes nothing', async () => {
  await push(3_000);
  const good = await chosen(wave);
  while (judging() !== good) await client.call('rollout', {});
  const bad = await chosen(still);
  const own = await stands(({ refused }) => refused !== null);
  expect(own).toMatchObject({ agent: null, trial: null, refused: { hash: bad } });
  expect(own.refused?.reason).toMatch(/readings are as unusual to it as a tenth of its training/);
  expect(judging()).toBe(good);
  await end();
  await start();
  await push(10);
  expect((await stands(({ refused }) => refused !== null)).refused?.hash).toBe(bad);
  expect(judging()).toBe(good);
  await client.call('rollBackModel', { params: { sensorType: TYPE } });
  await stands(({ refused }) => refused === null);
  expect(judging()).toBe(good);
});

it('with too few readings what ran goes on, until the job finds enough', async () => {
  await push(400);
  const hash = await chosen(wave);
  const own = await stands(({ trial }) => trial !== null);
  expect(own.trial).toMatchObject({ hash, of: 500 });
  expect(own.trial?.readings).toBeLessThan(400);
  expect(judging()).toBeUndefined();
  await push(1_000);
  await client.call('runJob', { params: { job: 'trial' } });
  while (judging() !== hash) await client.call('rollout', {});
  expect((await stands(() => true)).trial).toBeNull();
});

const OTHER = `UPDATE model SET bytes = (SELECT bytes FROM model AS other WHERE other.hash <> model.hash LIMIT 1)
  WHERE hash = ?`;

it('a model whose stored bytes are another one does not judge again, says why, and is mended by an upload', async () => {
  await push(1_500);
  const before = await chosen(wave);
  while (judging() !== before) await client.call('rollout', {});
  const hash = await chosen((row) => wave(row) + 0.01 * (row % 5));
  while (judging() !== hash) await client.call('rollout', {});
  await end();
  const registry = new DatabaseSync(join(dataDir, 'models.db'));
  const { bytes } = Object(registry.prepare('SELECT bytes FROM model WHERE hash = ?').get(hash));
  registry.prepare(OTHER).run(hash);
  registry.close();
  await start();
  expect(judging()).toBe(before);
  await push(10);
  const { refused } = await stands((carrier) => carrier.refused !== null);
  expect(refused).toMatchObject({ hash, reason: expect.stringMatching(/bytes/) });
  expect((await client.call('models', {})).models.map((one) => one.hash)).toEqual([before]);
  const activate = () => client.call('activateModel', { params: { hash } });
  await expect(activate()).rejects.toThrow(/409.*bytes/);
  await client.call('uploadModel', { body: { bytes: Buffer.from(bytes).toString('base64') } });
  await activate();
  while (judging() !== hash) await client.call('rollout', {});
  expect((await stands(() => true)).refused).toBeNull();
});
