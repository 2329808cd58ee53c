import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock, type Probe } from '@fernsight/base';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent } from '../agent.ts';
import type { Source } from './source.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'feed-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('a source hears of what a sync that failed left behind with the next one, though nothing new comes', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1) * 1000);
  const acknowledged: string[] = [];
  let syncs = 0;
  const probe: Probe = {
    at: () => undefined,
    opened: () => undefined,
    async datasync() {
      if (++syncs === 1) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    },
    pause: async () => undefined,
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
