import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock, systemClock, US_PER_DAY, US_PER_SECOND } from '@fernsight/base';
import { type Agent, createAgent, createHttpLink, type Source } from '@fernsight/edge';
import { createClient } from '@fernsight/wire/client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Spawned, spawnFernsight } from '../spawnFernsight.ts';
import { FaultProxy } from './faultProxy.ts';

const HOUR_MS = 3_600_000;
const MONTH_MS = 30 * 24 * HOUR_MS;
const folder = mkdtempSync(join(tmpdir(), 'time-'));
let cloud: Spawned;
let cloudUrl = '';
let proxy: FaultProxy;
let clock: ManualClock;

beforeAll(async () => {
  const args = ['up', '--open', '--port', '0', '--data-dir', join(folder, 'cloud')];
  cloud = spawnFernsight([...args, '--raw-retention', '90d'], { lifeMs: 110_000 });
  [, cloudUrl = ''] = await cloud.seen(/is up: (\S+)/);
});

afterAll(async () => {
  cloud.child.kill('SIGKILL');
  await cloud.ended;
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  proxy = await FaultProxy.open(Number(new URL(cloudUrl).port), systemClock);
});

afterEach(() => proxy.close());

/** A polled sensor whose time, like the agent's, is moved by the test; the network's is real. */
function createPump(device: string, everyMs: number, intervalMs: number): Agent {
  const source: Source = {
    name: 'ticking',
    repeatable: false,
    async *read(_from, signal) {
      for (let row = 0; !signal.aborted; row++) {
        yield { readings: [{ sensor: 'flow', value: (row * 7) % 11 }] };
        await clock.sleep(everyMs, signal);
      }
    },
  };
  return createAgent({
    device,
    outbox: join(folder, `${device}.db`),
    clock,
    rng: createRng(device),
    sources: [source],
    link: createHttpLink({ url: proxy.url, device, clock: systemClock, timeoutMs: 2_000 }),
    commitIntervalMs: intervalMs,
    syncIntervalMs: intervalMs,
    sendIntervalMs: intervalMs,
  });
}

/** Moves the agent's clock, and lets what it started on the disk and the network go on. */
async function pass(ms: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await clock.advance(stepMs);
    await systemClock.sleep(1);
  }
}

/** Ends the run and checks that the cloud has every reading once (I2, I3, I4). */
async function settle(agent: Agent, stop: AbortController, run: Promise<void>): Promise<void> {
  stop.abort();
  let ended = false;
  const end = run.finally(() => {
    ended = true;
  });
  while (!ended) await pass(10, 10);
  await end;
  const { device, taken, waiting, delivered } = agent.status();
  agent.close();
  expect({ waiting, delivered }).toEqual({ waiting: 0, delivered: taken });
  const ledger = await createClient({ baseUrl: cloudUrl }).call('ledger', { params: { device } });
  expect(ledger).toMatchObject({ taken, stored: taken, conflicts: 0, rejected: 0, expired: 0 });
  expect(ledger.gone).toEqual([]);
  expect(ledger.epochs.map(({ missing }) => missing)).toEqual(ledger.epochs.map(() => 0));
}

it('a cloud that is away for a month gets all of it, in order, when it is back', async () => {
  clock = new ManualClock(systemClock.nowUs() - (MONTH_MS + HOUR_MS) * 1000);
  proxy.set({ kind: 'refuse' });
  const agent = createPump('month', HOUR_MS / 2, 6 * HOUR_MS);
  const stop = new AbortController();
  const run = agent.run(stop.signal);
  await pass(MONTH_MS, 6 * HOUR_MS);
  expect(agent.status().waiting).toBeGreaterThan(1_400);
  expect(agent.status().uplink?.online).toBe(false);
  expect(proxy.struckCount).toBeGreaterThan(50);
  proxy.set(undefined);
  while (agent.status().waiting > 10) await pass(60_000, 60_000);
  await settle(agent, stop, run);
  const query = { device: 'month', sensor: 'flow', fromUs: 0, toUs: clock.nowUs(), points: 5_000 };
  const page = await createClient({ baseUrl: cloudUrl }).call('history', { query });
  expect(page.tsUs).toEqual(page.tsUs.toSorted((a, b) => a - b));
});

it.each([
  ['back', [-3600 * US_PER_SECOND]],
  ['forward', [3600 * US_PER_SECOND]],
  ['1970', ['to 1970', 'to now']],
  ['2036', [3_650 * US_PER_DAY, 'to now']],
] as const)('a clock that steps (%s) costs no reading and doubles none', async (name, steps) => {
  const startUs = systemClock.nowUs() - US_PER_DAY;
  clock = new ManualClock(startUs);
  const agent = createPump(`clock-${name}`, 500, 1_000);
  const stop = new AbortController();
  const run = agent.run(stop.signal);
  await pass(20_000, 500);
  for (const step of steps) {
    const target = { 'to 1970': 0, 'to now': startUs + 60 * US_PER_SECOND };
    clock.step(typeof step === 'number' ? step : target[step] - clock.nowUs());
    await pass(20_000, 500);
  }
  const epochs = steps.length + 1;
  await settle(agent, stop, run);
  const params = { device: `clock-${name}` };
  const ledger = await createClient({ baseUrl: cloudUrl }).call('ledger', { params });
  expect(ledger.epochs.length).toBe(epochs);
});
