/** Several clients at once, on a server with its threads: none is told what is not so, and nothing is stored twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openThreaded, type ThreadedCloud } from '../cloudTrial.ts';
import { agentBatch, START_US, waveAt } from '../worker/workerTrial.ts';

let dir: string;
let cloud: ThreadedCloud;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fernsight-concurrent-'));
  cloud = await openThreaded(dir);
});
afterAll(async () => {
  await cloud.end();
  rmSync(dir, { recursive: true });
});

const ROUNDS = 8;
const ROWS = 50;
const CLIENTS = 4;

/** The n-th stretch of a series. */
function part(device: string, index: number) {
  const rows = Array.from({ length: ROWS }, (_, row) => index * ROWS + row);
  const tsUs = rows.map((row) => START_US + row * 1e6);
  return { columns: [{ device, sensor: 's', tsUs, value: rows.map((row) => waveAt(row)) }] };
}

const storedOf = async (device: string): Promise<number> =>
  (await cloud.client.call('ledger', { params: { device } })).stored;

test('clients that send the same readings at once store them once, and each hears what became of all', async () => {
  for (let index = 0; index < ROUNDS; index++) {
    const body = part('d', index);
    const replies = await Promise.all(
      Array.from({ length: CLIENTS }, () => cloud.client.call('pushReadings', { body })),
    );
    for (const { accepted, duplicates, errors } of replies)
      expect([accepted + duplicates, errors]).toEqual([ROWS, []]);
    expect(replies.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(ROWS);
  }
  expect(await storedOf('d')).toBe(ROUNDS * ROWS);
});

test("copies of an agent's batch at once are stored once, whatever their order", async () => {
  const batches = Array.from({ length: ROUNDS }, (_, index) => agentBatch(index * 3, [1, 2, 3]));
  const push = (body: (typeof batches)[number]) =>
    cloud.client.call('pushBatch', { params: { device: 'a1' }, body });
  const replies = await Promise.all(
    [...batches, ...batches.toReversed(), ...batches].map((body) => push(body)),
  );
  expect(replies.reduce((sum, { stored }) => sum + stored, 0)).toBe(ROUNDS * 3);
  expect(replies.filter(({ status }) => status === 'stored')).toHaveLength(ROUNDS);
  expect(await storedOf('a1')).toBe(ROUNDS * 3);
});

test('two values for one stamp at once: one is stored, the other is a conflict', async () => {
  for (let index = 0; index < ROUNDS; index++) {
    const time = (START_US + index * 1e6) / 1e6;
    const send = (value: number) =>
      cloud.client.call('pushReadings', {
        body: { rows: [{ device: 'c', sensor: 's', value, time }] },
      });
    const replies = await Promise.all([send(1), send(2)]);
    expect(replies.map(({ accepted }) => accepted).sort()).toEqual([0, 1]);
    const errors = replies.flatMap((reply) => reply.errors);
    expect(errors).toMatchObject([{ at: 'rows/0', code: 'conflict' }]);
  }
});

test('a device whose history is deleted while it sends keeps being taken, and what it sent is known', async () => {
  await cloud.client.call('changeSettings', { body: { pruneDeletes: true } });
  await cloud.client.call('configure', { body: { active_device_timeout_seconds: 0.001 } });
  const prune = () =>
    cloud.client.call('runJob', { params: { job: 'prune' } }).catch((error: unknown) => {
      expect(error).toMatchObject({ status: 409 });
    });
  for (let index = 0; index < ROUNDS; index++) {
    const push = cloud.client.call('pushReadings', { body: part('p', index) });
    const [reply] = await Promise.all([push, prune()]);
    expect([reply.accepted, reply.errors]).toEqual([ROWS, []]);
  }
  const query = { device: 'p', sensor: 's', fromUs: START_US, toUs: START_US + 3_600e6 };
  while ((await cloud.client.call('history', { query })).tsUs.length > 0) await prune();
  const body = part('p', 0);
  const { accepted, duplicates, expired = 0 } = await cloud.client.call('pushReadings', { body });
  expect([accepted, duplicates + expired]).toEqual([0, ROWS]);
  expect(await storedOf('p')).toBe(ROUNDS * ROWS);
});
