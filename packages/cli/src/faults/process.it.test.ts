import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, systemClock } from '@fernsight/base';
import { readOutboxStatus } from '@fernsight/edge';
import { createClient } from '@fernsight/wire/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Spawned, spawnFernsight } from '../spawnFernsight.ts';

const folder = mkdtempSync(join(tmpdir(), 'process-'));
let cloud: Spawned;
let url = '';

beforeAll(async () => {
  const args = ['up', '--open', '--port', '0', '--data-dir', join(folder, 'cloud')];
  cloud = spawnFernsight(args, { lifeMs: inject('torture') ? 3_500_000 : 55_000 });
  [, url = ''] = await cloud.seen(/is up: (\S+)/);
});

afterAll(async () => {
  cloud.child.kill('SIGKILL');
  await cloud.ended;
  rmSync(folder, { recursive: true });
});

/** An agent on the simulator, which cannot repeat: what is not committed when it is killed is gone. */
function startAgent(device: string): Spawned {
  const dataDir = join(folder, device);
  const where = ['--device-id', device, '--cloud-url', url, '--data-dir', dataDir];
  const how = ['--source', 'simulator', '--interval', '20ms', '--sync-interval', '200ms'];
  return spawnFernsight(['edge', ...where, ...how, '--commit-interval', '100ms']);
}

function ledgerOf(device: string) {
  return createClient({ baseUrl: url }).call('ledger', { params: { device } });
}

/** Resolves when the cloud holds `count` readings of a device; asks every few milliseconds. */
async function untilStored(device: string, count: number): Promise<void> {
  const client = createClient({ baseUrl: url });
  for (;;) {
    const { totals, devices } = await client.call('fleet', { query: {} });
    if (totals.readingCount >= count && devices.some((one) => one.device === device)) return;
    await systemClock.sleep(20);
  }
}

async function storedCount(): Promise<number> {
  return (await createClient({ baseUrl: url }).call('fleet', { query: {} })).totals.readingCount;
}

it('SIGTERM commits, syncs, sends once more and ends with 0: everything taken is stored', async () => {
  const agent = startAgent('stopped');
  await untilStored('stopped', 200);
  agent.child.kill('SIGTERM');
  const { code, stdout } = await agent.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/delivered/);
  const status = readOutboxStatus(join(folder, 'stopped', 'outbox.db'));
  expect(status.waiting).toBe(0);
  const ledger = await ledgerOf('stopped');
  expect(ledger.stored).toBe(status.delivered);
  expect(ledger.stored).toBe(ledger.taken);
  expect(ledger.stored).toBeGreaterThanOrEqual(200);
});

it('SIGKILL costs a source that cannot repeat no more than a commit, and doubles nothing', async () => {
  const rng = createRng('kill');
  for (let kill = 0; kill < (inject('torture') ? 200 : 4); kill++) {
    const agent = startAgent('killed');
    await untilStored('killed', (await storedCount()) + 20 + rng.below(200));
    agent.child.kill('SIGKILL');
    await agent.ended;
  }
  const last = startAgent('killed');
  await untilStored('killed', (await storedCount()) + 50);
  last.child.kill('SIGTERM');
  expect((await last.ended).code).toBe(0);
  const status = readOutboxStatus(join(folder, 'killed', 'outbox.db'));
  const ledger = await ledgerOf('killed');
  expect({ waiting: status.waiting, lost: status.lost }).toEqual({ waiting: 0, lost: 0 });
  expect(ledger).toMatchObject({ stored: status.delivered, taken: status.next, conflicts: 0 });
  expect(ledger.epochs.map(({ missing }) => missing)).toEqual(ledger.epochs.map(() => 0));
});
