import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, formatTimestamp, type Rng, systemClock } from '@fernsight/base';
import { createAgent, createHttpLink, readOutboxStatus } from '@fernsight/edge';
import { createClient } from '@fernsight/wire/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { FILE_LIFE_MS, type Spawned, spawnFernsight } from '../spawnFernsight.ts';
import { accountOf, drain, expectWhole, undisturbed } from './account.ts';

const START_US = Date.UTC(2026, 0, 1) * 1_000;
const KILLS = inject('torture') ? 200 : 20;
const LIFE_MS = inject('torture') ? 3_500_000 : 110_000;
const folder = mkdtempSync(join(tmpdir(), 'process-'));
const input = join(folder, 'plant.csv');
let cloud: Spawned;
let url = '';

beforeAll(async () => {
  const lines = Array.from(
    { length: 2_000 * KILLS },
    (_, row) => `${formatTimestamp(START_US + row * 1e6)},${flowOf(row)}`,
  );
  writeFileSync(input, `timestamp,flow\n${lines.join('\n')}\n`);
  const args = ['up', '--open', '--port', '0', '--data-dir', join(folder, 'cloud')];
  cloud = spawnFernsight(args, { lifeMs: FILE_LIFE_MS });
  [, url = ''] = await cloud.seen(/is up: (\S+)/);
});

afterAll(async () => {
  cloud.child.kill('SIGKILL');
  await cloud.ended;
  rmSync(folder, { recursive: true });
});

/** A wave with spikes; each value tells its row. */
function flowOf(row: number): number {
  return ((row * 7) % 11) + row / 1e6 + (row % 401 === 400 ? 500 : 0);
}

/** An agent on a file, which can repeat, and on the simulator, which cannot: what it has not committed when it is killed is gone. */
function startAgent(device: string): Spawned {
  const config = join(folder, `${device}.yaml`);
  const file = `{ source: csv, input: ${input}, value: [flow], speed: 400x, stamps: now }`;
  const sources = `[${file}, { source: simulator, interval: 20ms }]`;
  writeFileSync(config, `edge:\n  commitInterval: 100ms\n  sources: ${sources}\n`);
  const where = ['--device-id', device, '--cloud-url', url, '--data-dir', join(folder, device)];
  const how = ['--sync-interval', '200ms', '--config', config];
  return spawnFernsight(['edge', ...where, ...how], { lifeMs: LIFE_MS });
}

/** Resolves when the cloud holds `count` readings of a device; asks every few milliseconds. */
async function untilStored(device: string, count: number): Promise<void> {
  const client = createClient({ baseUrl: url });
  for (;;) {
    const { devices } = await client.call('fleet', { query: {} });
    if (devices.some((one) => one.device === device)) {
      const { stored } = await client.call('ledger', { params: { device } });
      if (stored >= count) return;
    }
    await systemClock.sleep(20);
  }
}

const outboxOf = (device: string): string => join(folder, device, 'outbox.db');

/** The cloud has all of it, the file's readings in their order, as from an agent left in peace. */
async function expectCalm(device: string): Promise<void> {
  const outbox = outboxOf(device);
  const { lost, next } = readOutboxStatus(outbox);
  expect(lost).toBe(0);
  // what a farewell had no time for, and the open summary window
  await drain(createAgent({ device, outbox, link: createHttpLink({ url, device }) }));
  expect((await expectWhole(url, device)).stored).toBe(next);
  const account = await accountOf(url, device);
  const flow = account.readings.filter(({ sensor }) => sensor === 'flow');
  expect(flow.map(({ value }) => value)).toEqual(flow.map((_, row) => flowOf(row)));
  expect(flow.length).toBeGreaterThan(0);
  expect(account).toEqual(await undisturbed(url, device, { outbox: join(folder, 'calm.db') }));
}

it('SIGTERM commits, syncs, sends once more and ends with 0: everything taken is stored', async () => {
  const agent = startAgent('stopped');
  await untilStored('stopped', 600);
  agent.child.kill('SIGTERM');
  const { code, stdout } = await agent.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/delivered/);
  expect(readOutboxStatus(outboxOf('stopped')).waiting).toBe(0);
  await expectCalm('stopped');
});

it('SIGKILL at any moment costs a source that cannot repeat one commit at most, doubles nothing and changes no verdict', async () => {
  const rng = createRng('kill');
  for (let kill = 0; kill < KILLS; kill++) await startAndKill('killed', rng);
  const last = startAgent('killed');
  await last.logged(/the cloud takes batches/);
  last.child.kill('SIGTERM');
  expect((await last.ended).code).toBe(0);
  await expectCalm('killed');
});

/** One kill in four falls into the start; the others while readings are taken, judged, committed and sent. */
async function startAndKill(device: string, rng: Rng): Promise<void> {
  const agent = startAgent(device);
  if (rng.next() < 0.25) await systemClock.sleep(rng.next() * 500);
  else {
    await agent.logged(/outbox open/);
    await systemClock.sleep(rng.next() * 600);
  }
  agent.child.kill('SIGKILL');
  await agent.ended;
}
