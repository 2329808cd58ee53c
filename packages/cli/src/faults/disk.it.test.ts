import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode, formatTimestamp, systemClock } from '@fernsight/base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FILE_LIFE_MS, type Spawned, spawnFernsight } from '../spawnFernsight.ts';
import { accountOf, expectWhole, undisturbed } from './account.ts';
import { FaultProxy } from './faultProxy.ts';

const START_US = Date.UTC(2026, 0, 1) * 1_000;
const folder = mkdtempSync(join(tmpdir(), 'disk-'));
const disk = join(folder, 'small');
const input = join(folder, 'plant.csv');
let cloud: Spawned;
let proxy: FaultProxy;
let cloudUrl = '';

/** A wave, and now and then a spike. */
function flowOf(row: number): number {
  return (row % 97) / 4 + (row % 401 === 400 ? 500 : 0);
}

beforeAll(async () => {
  mkdirSync(disk);
  const lines = Array.from(
    { length: 20_000 },
    (_, row) => `${formatTimestamp(START_US + row * 1e6)},${row / 8},${flowOf(row)}`,
  );
  writeFileSync(input, `timestamp,pressure,flow\n${lines.join('\n')}\n`);
  cloud = spawnFernsight(['up', '--open', '--port', '0', '--data-dir', join(folder, 'cloud')], {
    lifeMs: FILE_LIFE_MS,
  });
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
  const what = ['--source', 'csv', '--input', input, '--value', 'pressure,flow', '--speed', '200x'];
  const how = ['--commit-interval', '100ms', '--fsync-interval', '200ms', '--status-port', '0'];
  const args = ['edge', ...where, ...what, ...how];
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
  // An acknowledgement that cannot be written is sent again: a repeat, which the cloud counts and does not store.
  expect((await expectWhole(cloudUrl, 'full')).stored).toBeGreaterThan(before);
  const account = await accountOf(cloudUrl, 'full');
  const flow = account.readings.filter(({ sensor }) => sensor === 'flow');
  expect(flow.map(({ value }) => value)).toEqual(flow.map((_, row) => flowOf(row)));
  const outbox = join(folder, 'calm.db');
  expect(account).toEqual(await undisturbed(cloudUrl, 'full', { outbox }));
});
