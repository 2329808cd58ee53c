import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import {
  type CrashPoint,
  createRng,
  type Log,
  ManualClock,
  type Probe,
  silentLog,
} from '@fernsight/base';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Agent, createAgent } from '../agent.ts';
import type { AgentOptions } from '../agentOptions.ts';
import { diskIdle } from '../clock/diskIdle.ts';

let folder: string;
let clock: ManualClock;
let boots = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'full-'));
  clock = new ManualClock(Date.UTC(2026, 0, 1) * 1000);
});

afterEach(() => rmSync(folder, { recursive: true }));

function open(more: Partial<AgentOptions> = {}): Agent {
  const rng = createRng(`boot ${boots++}`);
  return createAgent({ device: 'edge-1', outbox: join(folder, 'outbox.db'), clock, rng, ...more });
}

/** A disk that takes what SQLite writes, or does not. */
class Disk implements Probe {
  #database: DatabaseSync | undefined;
  /** moment from which it takes nothing */
  fillsAt: CrashPoint | undefined;

  at(point: CrashPoint): void {
    if (point === this.fillsAt) this.fill(true);
  }

  fill(isFull: boolean): void {
    this.#database?.exec(`PRAGMA query_only = ${isFull ? 1 : 0}`);
  }

  opened(_path: string, database: DatabaseSync): void {
    this.#database = database;
  }

  async datasync(): Promise<void> {}

  async pause(): Promise<void> {}
}

/** Runs an agent. @returns what ends it, and tells how it ended */
function running(agent: Agent) {
  const stop = new AbortController();
  let ended = false;
  const end = () => {
    ended = true;
  };
  const run = agent.run(stop.signal);
  const watched = run.then(end, end);
  return async () => {
    stop.abort();
    while (!ended) {
      await clock.advance(100);
      await diskIdle();
    }
    await watched;
    await run;
    agent.close();
  };
}

it('an agent that starts above its bound and has nothing new outlives a disk that takes nothing', async () => {
  const before = open();
  const rng = createRng('values');
  while (before.status().outboxBytes < 700_000) {
    for (let row = 0; row < 1_000; row++) before.push({ sensor: 'flow', value: rng.next() });
    await clock.advance(1_000_000);
    await before.flush({ sync: false });
  }
  before.close();

  const disk = new Disk();
  const agent = open({ probe: disk, outboxBytesMax: 512 * 1024 });
  disk.fill(true);
  const stopped = running(agent);
  await clock.advance(3_000);
  expect(agent.status().fault).toMatch(/readonly/);
  disk.fill(false);
  await clock.advance(3_000);
  const { fault, outboxBytes } = agent.status();
  expect(fault).toBeUndefined();
  expect(outboxBytes).toBeLessThan(512 * 1024);
  await stopped();
});

it('a clock that steps just as the disk takes no more begins its epoch when it does again', async () => {
  const disk = new Disk();
  const agent = open({ probe: disk });
  agent.push({ sensor: 'flow', value: 1 });
  const { epoch } = agent.status();
  const stopped = running(agent);
  await clock.advance(2_500);
  clock.step(-3_600_000_000);
  disk.fillsAt = 'outbox.committed';
  await clock.advance(1_000);
  disk.fillsAt = undefined;
  expect(agent.status()).toMatchObject({ epoch, fault: expect.stringMatching(/readonly/) });
  agent.push({ sensor: 'flow', value: 2 });
  disk.fill(false);
  await clock.advance(1_000);
  expect(agent.status().epoch).not.toBe(epoch);
  agent.push({ sensor: 'flow', value: 3 });
  await stopped();
  expect(agent.status()).toMatchObject({ taken: 3, waiting: 3, fault: undefined });
});

it('an agent that ends while the disk takes nothing says how many readings it leaves', () => {
  const disk = new Disk();
  const told: unknown[] = [];
  const log: Log = { ...silentLog, error: (_message, fields) => void told.push(fields) };
  const agent = open({ probe: disk, log });
  agent.push({ sensor: 'flow', value: 1 });
  agent.close();
  expect(told).toEqual([]);

  const next = open({ probe: disk, log });
  for (let row = 0; row < 3; row++) next.push({ sensor: 'flow', value: row });
  disk.fill(true);
  next.close();
  expect(told.at(-1)).toMatchObject({ count: 3, reason: expect.stringMatching(/readonly/) });
});
