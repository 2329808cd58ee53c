import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode, systemClock } from '@fernsight/base';
import { createClient } from '@fernsight/wire/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Spawned, spawnFernsight } from '../spawnFernsight.ts';
import { FaultProxy } from './faultProxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'disk-'));
const disk = join(folder, 'small');
let cloud: Spawned;
let proxy: FaultProxy;
let cloudUrl = '';

beforeAll(async () => {
  mkdirSync(disk);
  cloud = spawnFernsight(['up', '--open', '--port', '0', '--data-dir', join(folder, 'cloud')]);
  [, cloudUrl = ''] = await cloud.seen(/is up: (\S+)/);
  proxy = await FaultProxy.open(Number(new URL(cloudUrl).port), systemClock);
});

afterAll(async () => {
  await proxy.close();
  cloud.child.kill('SIGKILL');
  await cloud.ended;
  rmSync(folder, { recursive: true });
});

/** An agent with a disk of 2 MB for its outbox, which only it and /proc see. */
function startAgent(): Spawned {
  const script = `mount -t tmpfs -o size=2m tmpfs '${disk}' && exec "$@"`;
  const within = ['unshare', '--mount', '--map-root-user', 'sh', '-c', script, 'sh'];
  const where = ['--data-dir', disk, '--device-id', 'full', '--cloud-url', proxy.url];
  const how = ['--source', 'simulator', '--interval', '10ms', '--commit-interval', '100ms'];
  const args = ['edge', ...where, ...how, '--fsync-interval', '200ms', '--status-port', '0'];
  return spawnFernsight(args, { within });
}

function fill(path: string): void {
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if (errorCode(error) !== 'ENOSPC') throw error;
    }
  }
}

async function countOf(url: string, what: 'taken' | 'delivered'): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^fernsight_agent_readings_${what}_total (\\d+)$`, 'm').exec(text)?.[1]);
}

it('a full disk stops commits and not the judging; it is said, and it is over when there is room', async () => {
  const agent = startAgent();
  const [, url = ''] = await agent.seen(/(http:\S+) serves/);
  while ((await countOf(url, 'taken')) < 500) await systemClock.sleep(50);
  const filler = join('/proc', String(agent.child.pid), 'root', disk, 'filler');
  fill(filler);
  await agent.logged(/does not take commits; judging goes on/);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  const before = await countOf(url, 'taken');
  while ((await countOf(url, 'taken')) < before + 400) await systemClock.sleep(50);
  rmSync(filler);
  await agent.logged(/takes commits again/);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  while ((await countOf(url, 'delivered')) <= before) await systemClock.sleep(50);
  agent.child.kill('SIGTERM');
  const { code, stdout } = await agent.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/ 0 waiting/);
  const params = { device: 'full' };
  const ledger = await createClient({ baseUrl: cloudUrl }).call('ledger', { params });
  const gone = ledger.gone.reduce((sum, { count }) => sum + count, 0);
  // An acknowledgement that cannot be written is sent again: a repeat, which the cloud counts and does not store.
  expect(ledger).toMatchObject({ taken: ledger.stored + gone, conflicts: 0 });
  expect(ledger.stored).toBeGreaterThan(before);
  expect(ledger.epochs.map(({ missing }) => missing)).toEqual(ledger.epochs.map(() => 0));
});
