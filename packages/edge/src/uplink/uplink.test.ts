import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock } from '@fernsight/base';
import type { Batch } from '@fernsight/wire/agent';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type Agent, createAgent } from '../agent.ts';
import type { AgentOptions } from '../agentOptions.ts';
import { diskIdle } from '../clock/diskIdle.ts';
import type { Source } from '../source/source.ts';
import { LedgerLink } from './ledgerLink.ts';
import { type Link, LinkError } from './link.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;
const DAY_MS = 86_400_000;
let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'uplink-'));
  clock = new ManualClock(START_US);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** One reading an interval, stamped by the agent. */
function ticking(intervalMs: number, valueAt: (row: number) => number): Source {
  return {
    name: 'ticking',
    repeatable: false,
    async *read(_from, signal) {
      for (let row = 0; !signal.aborted; row++) {
        yield { readings: [{ sensor: 'flow', value: valueAt(row) }] };
        await clock.sleep(intervalMs, signal);
      }
    },
  };
}

function create(link: Link, more: Partial<AgentOptions>): Agent {
  const outbox = join(folder, 'outbox.db');
  return createAgent({ device: 'edge-1', outbox, clock, rng: createRng('uplink'), link, ...more });
}

/** Moves the clock by steps until something holds. */
async function until(holds: () => boolean, stepMs = 1_000): Promise<void> {
  for (let step = 0; step < 50_000 && !holds(); step++) {
    await clock.advance(stepMs);
    await diskIdle();
  }
  expect(holds()).toBe(true);
}

/** Runs the agent while `during` moves the clock, then stops and closes it. */
async function runDuring(agent: Agent, during: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const run = agent.run(stop.signal);
  await during();
  stop.abort();
  let ended = false;
  const end = run.finally(() => {
    ended = true;
  });
  while (!ended) {
    await clock.advance(100);
    await diskIdle();
  }
  await end;
  agent.close();
}

it('a cloud that is away for days, under torture a month, gets all of it when it returns', async () => {
  const ledger = new LedgerLink();
  let attempts = 0;
  const backMs = (inject('torture') ? 30 : 4) * DAY_MS;
  const link: Link = {
    async exchange(batch) {
      attempts++;
      if (clock.monotonicMs() < backMs) throw new LinkError('unreachable', 'nobody answers');
      return ledger.exchange(batch);
    },
  };
  const hourMs = 3_600_000;
  const agent = create(link, {
    sources: [ticking(600_000, (row) => row % 11)],
    commitIntervalMs: hourMs,
    syncIntervalMs: hourMs,
    sendIntervalMs: hourMs,
  });
  await runDuring(agent, async () => {
    await until(() => clock.monotonicMs() >= backMs - hourMs, hourMs / 4);
    expect(agent.status().waiting).toBeGreaterThan(backMs / 600_000 - 10);
    expect(agent.status().uplink?.online).toBe(false);
    await until(() => agent.status().waiting < 10, 10_000);
  });
  expect(attempts).toBeGreaterThan(50);
  expect(ledger.readings.size).toBe(agent.status().taken);
  expect(ledger.duplicateCount).toBe(0);
});

it('a fresh anomaly goes at once, marked live, before a backlog that is marked backfill', async () => {
  const lanes: Batch[] = [];
  const ledger = new LedgerLink();
  const link: Link = {
    async exchange(batch) {
      lanes.push(batch);
      await clock.sleep(400);
      return ledger.exchange(batch);
    },
  };
  const offline = create(
    { exchange: () => Promise.reject(new LinkError('unreachable', 'away')) },
    { sources: [ticking(100, (row) => Math.sin(row))] },
  );
  await runDuring(offline, () => clock.advance(1_800_000));
  const waiting = offline.status().waiting;
  expect(waiting).toBeGreaterThan(15_000);

  await clock.advance(300_000);
  let spikeMs = 0;
  const spiking = ticking(100, (row) => {
    if (row !== 50) return Math.sin(row);
    spikeMs = clock.monotonicMs();
    return 1_000;
  });
  const online = create(link, {
    rng: createRng('second'),
    sources: [spiking],
    sendIntervalMs: 60_000,
  });
  await runDuring(online, async () => {
    const seen = () =>
      lanes.some(
        ({ lane, series }) => lane === 'live' && series.some(({ value }) => value.includes(1_000)),
      );
    await until(seen, 50);
    expect(clock.monotonicMs() - spikeMs).toBeLessThan(5_000);
    await until(() => online.status().waiting < 100);
  });
  const backfill = lanes.filter(({ lane, seqCount }) => lane === 'backfill' && seqCount > 0);
  expect(backfill.length).toBeGreaterThan(0);
  for (const { series, status } of backfill) {
    for (const { firstUs } of series) expect(firstUs).toBeLessThan(status.clockUs - 60e6);
  }
});

it('what a slow sensor gave while the cloud was away is backfill, the fresh end of it live', async () => {
  const sent: Batch[] = [];
  const ledger = new LedgerLink();
  const link: Link = {
    async exchange(batch) {
      if (clock.monotonicMs() < DAY_MS) throw new LinkError('unreachable', 'nobody answers');
      sent.push(batch);
      return ledger.exchange(batch);
    },
  };
  const agent = create(link, {
    sources: [ticking(600_000, (row) => row % 11)],
    // seldom: all of it stands in the tail then
    sendIntervalMs: 3 * DAY_MS,
  });
  await runDuring(agent, async () => {
    await until(() => clock.monotonicMs() > 3 * DAY_MS, 600_000);
    await until(() => agent.status().waiting < 10, 10_000);
  });
  const countsOf = (lane: Batch['lane']) =>
    sent.filter((batch) => batch.lane === lane).map(({ seqCount }) => seqCount);
  expect(Math.max(...countsOf('backfill'))).toBeGreaterThan(100);
  expect(Math.max(...countsOf('live'))).toBe(1);
  expect(ledger.readings.size).toBe(agent.status().taken);
  expect(ledger.duplicateCount).toBe(0);
});

it('a batch that the cloud refuses is cut down to one row, set aside and counted; the others go on', async () => {
  const ledger = new LedgerLink();
  const link: Link = {
    async exchange(batch) {
      const bad = batch.series.some(({ value }) => value.includes(666));
      if (bad) throw new LinkError('refused', 'the cloud answered HTTP 422: no');
      return ledger.exchange(batch);
    },
  };
  const agent = create(link, {
    sources: [ticking(1_000, (row) => (row === 700 ? 666 : row % 5))],
    sendIntervalMs: 20_000,
  });
  await runDuring(agent, () => until(() => agent.status().taken > 1_200, 500));
  const { taken, delivered, rejected, waiting } = agent.status();
  expect(rejected).toBeGreaterThan(0);
  expect(rejected).toBeLessThan(100);
  expect({ waiting, taken }).toEqual({ waiting: 0, taken: delivered + rejected });
  expect(ledger.goneCount).toBe(rejected);
});

it('a wrong credential gives nothing up, and is tried seldom', async () => {
  const ledger = new LedgerLink();
  let attempts = 0;
  let denied = true;
  const link: Link = {
    async exchange(batch) {
      attempts++;
      if (denied) throw new LinkError('denied', 'the cloud answered HTTP 401');
      return ledger.exchange(batch);
    },
  };
  const agent = create(link, { sources: [ticking(1_000, (row) => row % 5)] });
  await runDuring(agent, async () => {
    await until(() => clock.monotonicMs() >= 600_000);
    expect(attempts).toBeLessThan(30);
    denied = false;
    await until(() => agent.status().waiting < 10);
  });
  expect(ledger.readings.size).toBe(agent.status().taken);
});

it('what a source was given and is no name becomes no device: the cloud would refuse all that tells of it', async () => {
  const ledger = new LedgerLink();
  const told = new Set<string>();
  const link: Link = {
    async exchange(batch) {
      for (const { device } of batch.status.taken) told.add(device);
      return ledger.exchange(batch);
    },
  };
  const source: Source = {
    name: 'mixed',
    repeatable: false,
    async *read(_from, signal) {
      for (const device of ['pump/3', '', 'pump-3', undefined]) {
        const invalid = [{ device, at: 'line 1', reason: 'no number' }];
        yield { readings: [{ sensor: 'flow', value: 1 }], invalid };
        await clock.sleep(1_000, signal);
      }
    },
  };
  const agent = create(link, { sources: [source] });
  await runDuring(agent, () => until(() => told.size > 1));
  expect([...told]).toEqual(['edge-1', 'pump-3']);
  const counts = agent.status();
  expect(counts).toMatchObject({ taken: 4, invalid: 4, rejected: 0 });
});
