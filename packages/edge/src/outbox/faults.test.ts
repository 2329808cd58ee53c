import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock, type Probe, silentLog, UsageFault } from '@fernsight/base';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { createAgent } from '../agent.ts';
import type { AgentOptions } from '../agentOptions.ts';
import { Cards } from '../detect/cards.ts';
import { Devices } from '../detect/devices.ts';
import { Maintenance } from '../detect/maintenance.ts';
import { Intake } from '../intake.ts';
import { AgentModels } from '../model/agentModels.ts';
import { LedgerLink } from '../uplink/ledgerLink.ts';
import { exportOutbox, readOutboxStatus } from './inspect.ts';
import { openOutbox } from './openOutbox.ts';
import { RunMark } from './runMark.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-'));
  path = join(folder, 'outbox.db');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function optionsFor(seed: string, more: Partial<AgentOptions> = {}): AgentOptions {
  const clock = new ManualClock(START_US + 1e12);
  return { device: 'edge-1', outbox: path, clock, rng: createRng(seed), ...more };
}

async function pushRows(options: AgentOptions, from: number, to: number): Promise<void> {
  const agent = createAgent(options);
  for (let row = from; row < to; row++) {
    agent.push({
      sensor: 'flow',
      tsUs: START_US + row * 1e6,
      value: Math.sin(row / 20) + (row % 7),
    });
    if (row % 100 === 0) await agent.flush({ sync: false });
  }
  agent.close();
}

async function drain(options: AgentOptions): Promise<LedgerLink> {
  const cloud = new LedgerLink();
  const agent = createAgent({ ...options, link: cloud });
  let ended = false;
  const run = agent.run(new AbortController().signal, { untilDone: true }).finally(() => {
    ended = true;
  });
  while (!ended && options.clock instanceof ManualClock) await options.clock.advance(200);
  await run;
  const { taken, delivered, lost, waiting } = agent.status();
  expect({ waiting, taken }).toEqual({ waiting: 0, taken: delivered + lost });
  expect(cloud.readings.size).toBe(delivered);
  expect(cloud.goneCount).toBe(lost);
  agent.close();
  return cloud;
}

it('a damaged outbox is set aside, salvaged row by row, and the agent runs on', async () => {
  // At seed 30 the page with the counts is hit: readings were handed over that nobody had taken.
  const seeds = inject('torture') ? Array.from({ length: 100 }, (_, seed) => seed) : [0, 1, 2, 30];
  for (const seed of seeds) {
    const rng = createRng(`damage ${seed}`);
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
    await pushRows(optionsFor(`before ${seed}`), 0, 8_000);
    const bytes = readFileSync(path);
    const start = 4096 * (1 + rng.below(bytes.length / 4096 - 2));
    for (let at = start; at < start + 4096; at++) bytes[at] = rng.below(256);
    writeFileSync(path, bytes);

    await pushRows(optionsFor(`after ${seed}`), 8_000, 9_000);
    const cloud = await drain(optionsFor(`drain ${seed}`));
    expect(cloud.readings.size).toBeGreaterThanOrEqual(1_000);
  }
});

it('a file that is no database is set aside', async () => {
  writeFileSync(path, 'not a database, whatever it was '.repeat(400));
  await pushRows(optionsFor('fresh'), 0, 100);
  expect((await drain(optionsFor('drain'))).readings.size).toBe(100);
  expect(readdirSync(folder).some((file) => file.includes('damaged'))).toBe(true);
});

it('a full disk stops commits, not judging, and nothing is lost that fitted into memory', () => {
  const clock = new ManualClock(START_US + 1e12);
  const { outbox, lock } = openOutbox(path, { agent: 'edge-1', clock, log: silentLog });
  const models = new AgentModels({
    ...{ outbox: path, states: new Map(), modelKey: undefined, link: undefined },
    ...{ clock, log: silentLog, next: () => outbox.next },
  });
  const maintenance = new Maintenance(undefined);
  const inMaintenance = () => false;
  const judging = { typeOf: String, rollout: models.rollout, clock, inMaintenance };
  const devices = new Devices({ windowUs: 300e6, judging: () => judging, log: silentLog });
  const cards = new Cards({ device: 'edge-1', sensors: [] });
  const runMark = new RunMark(undefined, 'boot');
  const parts = { outbox, devices, cards, models, maintenance, runMark };
  const shared = { agent: 'edge-1', ...parts, clock, log: silentLog };
  const intake = new Intake({ ...shared, rng: createRng('disk') });
  let scored = 0;
  const take = (from: number, to: number) => {
    for (let row = from; row < to; row++) {
      intake.makeRoom(1);
      intake.now();
      const seen = intake.take({ sensor: 'flow', tsUs: START_US + row * 1e6, value: row % 7 });
      if (seen?.scored === true) scored++;
      if (row % 100 === 99) intake.commit(false);
    }
  };
  take(0, 1_000);
  const pages = outbox.database.prepare('PRAGMA page_count').get()?.page_count;
  outbox.database.exec(`PRAGMA max_page_count = ${pages}`);
  take(1_000, 9_000);
  expect(intake.fault).toMatch(/full/);
  expect(scored).toBe(9_000);
  outbox.database.exec('PRAGMA max_page_count = 1000000');
  take(9_000, 10_000);
  expect(intake.commit(true)).toBe(true);
  expect(intake.fault).toBeUndefined();
  expect(outbox.next).toBe(10_000);
  expect(outbox.waitingCount + outbox.counts.dropped).toBe(10_000);
  expect(outbox.counts.dropped).toBeLessThan(5_000);
  outbox.close();
  lock.release();
});

it('counts of what was dropped survive a kill', async () => {
  const bound = { outboxBytesMax: 512 * 1024, atBound: 'reject' } as const;
  const agent = createAgent(optionsFor('full', bound));
  for (let row = 0; agent.status().dropped < 200; row++) {
    const value = Math.sin(row * row) * 1e6;
    agent.push({ sensor: 'flow', tsUs: START_US + row * 1e6, value });
    if (row % 100 === 99) await agent.flush({ sync: false });
  }
  const { dropped, taken } = agent.status();
  const killed = join(folder, 'killed.db');
  for (const ending of ['', '-wal']) copyFileSync(path + ending, killed + ending);
  agent.close();
  expect(readOutboxStatus(killed)).toMatchObject({ dropped, waiting: taken - dropped });

  const link = new LedgerLink();
  const clock = new ManualClock(START_US + 1e12);
  const again = createAgent({ ...optionsFor('after', bound), outbox: killed, link, clock });
  let ended = false;
  const run = again.run(new AbortController().signal, { untilDone: true }).finally(() => {
    ended = true;
  });
  while (!ended) await clock.advance(200);
  await run;
  expect(again.status()).toMatchObject({ taken, dropped, waiting: 0, delivered: taken - dropped });
  expect(link.goneCount).toBe(dropped);
  again.close();
});

it('is in use where an agent has it, and else says what is wrong with its lock', () => {
  const first = createAgent(optionsFor('first'));
  expect(() => createAgent(optionsFor('second'))).toThrow(/in use by another agent/);
  first.close();
  writeFileSync(`${path}-lock`, 'no database, whatever it was '.repeat(400));
  expect(() => createAgent(optionsFor('third'))).toThrow(
    /cannot write the outbox .*not a database/,
  );
});

it('is looked at while an agent holds it', async () => {
  const agent = createAgent(optionsFor('running'));
  for (let row = 0; row < 50; row++) {
    agent.push({ sensor: 'flow', tsUs: START_US + row * 1e6, value: row });
  }
  await agent.flush({ sync: true });
  expect(readOutboxStatus(path)).toMatchObject({ waiting: 50, delivered: 0, oldestUs: START_US });
  const rows = [...exportOutbox(path)];
  expect(rows.map(({ value }) => value)).toEqual(Array.from({ length: 50 }, (_, row) => row));
  agent.close();
  expect(() => readOutboxStatus(join(folder, 'nowhere.db'))).toThrow(UsageFault);
});

it('nobody who reads the outbox makes the agent wait, however long its log grows', async () => {
  const patient = 'PRAGMA busy_timeout = 300000';
  const probe: Probe = {
    at: () => undefined,
    opened: (_path, database) => database.exec(patient),
    datasync: async () => undefined,
    pause: async () => undefined,
  };
  const agent = createAgent(optionsFor('read', { probe, outboxBytesMax: 512 * 1024 }));
  const push = async (rows: number) => {
    for (let row = 0; row < rows; row++) {
      agent.push({ sensor: 'flow', tsUs: START_US + row * 1e6, value: Math.sin(row * row) });
      if (row % 100 === 99) await agent.flush({ sync: false });
    }
  };
  await push(1_000);
  const rows = exportOutbox(path);
  rows.next();
  while (statSync(`${path}-wal`).size < 256 * 1024) await push(1_000);
  await agent.flush({ sync: true });
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  rows.return(undefined);
  await push(100);
  await agent.flush({ sync: true });
  expect(statSync(`${path}-wal`).size).toBe(0);
  agent.close();
});
