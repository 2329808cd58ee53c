import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createRng, Fault, ManualClock, type Probe } from '@fernsight/base';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent } from '../agent.ts';
import type { Source } from './source.ts';

let folder: string;
let clock: ManualClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'feed-'));
  clock = new ManualClock(Date.UTC(2026, 0, 1) * 1000);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const STILL: Probe = {
  at: () => undefined,
  opened: () => undefined,
  datasync: async () => undefined,
  pause: async () => undefined,
};

it('a source hears of what a sync that failed left behind with the next one, though nothing new comes', async () => {
  const acknowledged: string[] = [];
  let syncs = 0;
  const probe: Probe = {
    ...STILL,
    async datasync() {
      if (++syncs === 1) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    },
  };
  const source: Source = {
    name: 'broker',
    repeatable: true,
    // a broker whose window is full sends no more until this is acknowledged
    async *read(_from, signal) {
      yield { readings: [{ sensor: 'flow', value: 1 }], position: '1', pressing: true };
      await clock.sleep(3_600_000, signal);
    },
    acknowledge: (position) => void acknowledged.push(position),
  };
  const outbox = join(folder, 'outbox.db');
  const rng = createRng('feed');
  const agent = createAgent({ device: 'edge-1', outbox, clock, rng, probe, sources: [source] });
  const stop = new AbortController();
  const run = agent.run(stop.signal);
  for (let step = 0; step < 600 && acknowledged.length === 0; step++) await clock.advance(100);
  expect(syncs).toBeGreaterThan(1);
  expect(acknowledged).toEqual(['1']);
  stop.abort();
  await clock.advance(1_000);
  await run;
  agent.close();
  expect(acknowledged).toEqual(['1']);
});

it('a source that fails while the disk is full goes on behind what waits for it in memory', async () => {
  const databases: DatabaseSync[] = [];
  const bound = (pages: string | number) => {
    for (const database of databases) database.exec(`PRAGMA max_page_count = ${pages}`);
  };
  const from: (string | undefined)[] = [];
  const probe: Probe = {
    ...STILL,
    opened: (_path, database) => void databases.push(database),
  };
  const source: Source = {
    name: 'file',
    repeatable: true,
    async *read(position, signal) {
      from.push(position);
      for (let row = Number(position ?? 0); row < 5_000; row++) {
        // a page cannot be had, and none is free
        if (row === 400) bound(1);
        const tsUs = clock.nowUs() + row;
        yield {
          readings: [{ sensor: `flow${row % 100}`, tsUs, value: row }],
          position: `${row + 1}`,
        };
        if (row === 3_000 && from.length === 1) {
          await clock.sleep(2_000, signal);
          throw new Fault('the file cannot be read', { op: 'feed.test', retryable: true });
        }
      }
    },
  };
  const outbox = join(folder, 'outbox.db');
  const rng = createRng('feed');
  const agent = createAgent({ device: 'edge-1', outbox, clock, rng, probe, sources: [source] });
  const stop = new AbortController();
  const run = agent.run(stop.signal);
  for (let step = 0; step < 600 && from.length < 2; step++) await clock.advance(100);
  expect(agent.status().fault).toMatch(/full/);
  expect(from).toEqual([undefined, '3001']);
  bound(1_000_000);
  for (let step = 0; step < 600 && agent.status().taken < 5_000; step++) await clock.advance(100);
  stop.abort();
  await clock.advance(1_000);
  await run;
  expect(agent.status()).toMatchObject({ taken: 5_000, dropped: 0 });
  agent.close();
});

it('readings that came once are told of after a kill, though their source can repeat others', async () => {
  const outbox = join(folder, 'outbox.db');
  const source: Source = {
    name: 'broker',
    repeatable: true,
    async *read() {
      const readings = [1, 2, 3].map((value) => ({ sensor: 'flow', value }));
      yield { readings, onceCount: 2, position: '1' };
    },
  };
  const rng = createRng('once');
  const agent = createAgent({ device: 'edge-1', outbox, clock, rng, sources: [source] });
  await agent.run(new AbortController().signal, { untilDone: true });
  await agent.flush({ sync: true });
  for (const ending of ['', '-wal']) {
    copyFileSync(`${outbox}${ending}`, join(folder, `killed.db${ending}`));
  }
  agent.close();
  const killed = join(folder, 'killed.db');
  const again = createRng('again');
  const next = createAgent({ device: 'edge-1', outbox: killed, clock, rng: again });
  expect(next.status()).toMatchObject({ taken: 3, interruptions: { count: 1, readingsMax: 2 } });
  next.close();
});
