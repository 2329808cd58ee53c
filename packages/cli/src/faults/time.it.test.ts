import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock, systemClock, US_PER_DAY, US_PER_SECOND } from '@fernsight/base';
import { type Agent, createAgent, createHttpLink, type Source } from '@fernsight/edge';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { FILE_LIFE_MS, type Spawned, spawnFernsight } from '../spawnFernsight.ts';
import { accountOf, drain, expectWhole, readingsOf, undisturbed } from './account.ts';
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
  cloud = spawnFernsight([...args, '--raw-retention', '90d'], { lifeMs: FILE_LIFE_MS });
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

/** A wave with spikes; each value tells its row. */
function flowOf(row: number): number {
  return ((row * 7) % 11) + row / 1e6 + (row % 101 === 100 ? 500 : 0);
}

/** A polled sensor whose time, like the agent's, is moved by the test; the network's is real. */
function createPump(device: string, everyMs: number, intervalMs: number): Agent {
  const source: Source = {
    name: 'ticking',
    repeatable: false,
    async *read(_from, signal) {
      for (let row = 0; !signal.aborted; row++) {
        yield { readings: [{ sensor: 'flow', value: flowOf(row) }] };
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
    link: createHttpLink({ url: proxy.url, device, clock: systemClock }),
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

/**
 * Ends the run, and closes the open summary window; the cloud has every reading once, in the order it was taken.
 * The agent's clock stands still meanwhile: by it the farewell takes as long as the disk and the cloud need.
 */
async function settle(agent: Agent, stop: AbortController, run: Promise<void>): Promise<void> {
  stop.abort();
  await run;
  const { device, taken, waiting, delivered } = agent.status();
  agent.close();
  expect({ waiting, delivered }).toEqual({ waiting: 0, delivered: taken });
  const link = createHttpLink({ url: cloudUrl, device });
  await drain(createAgent({ device, outbox: join(folder, `${device}.db`), link }));
  expect((await expectWhole(cloudUrl, device)).taken).toBe(taken);
}

it('a cloud that is away for a month gets all of it, in order, when it is back', async () => {
  clock = new ManualClock(systemClock.nowUs() - (MONTH_MS + 5 * 24 * HOUR_MS) * 1000);
  proxy.set({ kind: 'refuse' });
  const agent = createPump('month', HOUR_MS, HOUR_MS);
  const stop = new AbortController();
  const run = agent.run(stop.signal);
  const failedCount = () => agent.status().uplink?.failedCount ?? 0;
  for (let hour = 0; hour < MONTH_MS / HOUR_MS; hour++) {
    const before = failedCount();
    await clock.leap(HOUR_MS);
    await systemClock.sleep(1);
    // twice a day, however slow the disk and the network are
    while (hour % 12 === 11 && failedCount() === before) await systemClock.sleep(1);
  }
  expect(agent.status().waiting).toBeGreaterThan(700);
  expect(agent.status().uplink?.online).toBe(false);
  expect(proxy.struckCount).toBeGreaterThan(50);
  proxy.set(undefined);
  while (agent.status().waiting > 10) await pass(10_000, 10_000);
  await settle(agent, stop, run);
  const month = await accountOf(cloudUrl, 'month');
  expect(month.readings.map(({ value }) => value)).toEqual(
    month.readings.map((_, row) => flowOf(row)),
  );
  expect(month.anomalies.length).toBeGreaterThan(0);
  expect(month).toEqual(await undisturbed(cloudUrl, 'month', { outbox: join(folder, 'calm.db') }));
});

/** What was said of a device's readings, in the order they were taken, whatever the clock said. */
async function verdictsOf(device: string): Promise<string[]> {
  const rows = (await readingsOf(cloudUrl, device)).sort((a, b) => (a.value % 1) - (b.value % 1));
  expect(rows.map(({ value }) => value)).toEqual(rows.map((_, row) => flowOf(row)));
  // not the score: to a judge that minds the hour, a step of the clock is a gap
  return rows.map(({ verdict }) => verdict.slice(verdict.indexOf(',')));
}

/** Runs an agent whose clock is stepped between stretches of time. */
async function runSteps(device: string, steps: readonly (number | 'to 1970' | 'to now')[]) {
  const startUs = systemClock.nowUs() - US_PER_DAY;
  clock = new ManualClock(startUs);
  const agent = createPump(device, 50, 1_000);
  const stop = new AbortController();
  const run = agent.run(stop.signal);
  await pass(25_000, 500);
  for (const step of steps) {
    const target = { 'to 1970': 0, 'to now': startUs + 60 * US_PER_SECOND };
    clock.step(typeof step === 'number' ? step : target[step] - clock.nowUs());
    await pass(25_000, 500);
  }
  await settle(agent, stop, run);
}

it('a clock that steps costs no reading, doubles none and changes no verdict', async () => {
  await runSteps('clock', [0, 0]);
  const calm = await verdictsOf('clock');
  expect(calm.filter((verdict) => verdict.startsWith(',ready,1,')).length).toBeGreaterThan(2);
  for (const [name, ...steps] of [
    ['back', -3600 * US_PER_SECOND],
    ['forward', 3600 * US_PER_SECOND],
    ['1970', 'to 1970', 'to now'],
    ['2036', 3_650 * US_PER_DAY, 'to now'],
  ] as const) {
    const device = `clock-${name}`;
    await runSteps(device, steps);
    expect((await expectWhole(cloudUrl, device)).epochs.length).toBe(steps.length + 1);
    const verdicts = await verdictsOf(device);
    // a stamp ahead of the cloud's clock is stored, flagged, and has no verdict there
    const future = verdicts.filter((verdict) => verdict === ',future,0,none').length;
    expect(future > 0).toBe(name === '2036');
    const known = verdicts.map((verdict, row) =>
      verdict.includes('future') ? calm[row] : verdict,
    );
    expect(known).toEqual(calm.slice(0, known.length));
  }
});
