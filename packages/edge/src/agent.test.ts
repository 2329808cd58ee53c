import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock, type Rng, UsageFault } from '@fernsight/base';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type Agent, createAgent } from './agent.ts';
import type { AgentOptions } from './agentOptions.ts';
import { createCsvSource } from './source/csv.ts';
import type { Source } from './source/source.ts';
import { createSynthetic } from './source/synthetic.ts';
import { LedgerLink } from './uplink/ledgerLink.ts';
import { type Link, LinkError } from './uplink/link.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;
const SENSORS = ['temperature', 'pressure', 'cpu_usage'] as const;
const ROWS = 4_000;
let folder: string;
let boots = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function writeCsv(): string {
  const path = join(folder, 'plant.csv');
  const series = SENSORS.map((type) => createSynthetic({ type, rng: createRng(type) }));
  const lines = Array.from({ length: ROWS }, (_, row) =>
    [START_US / 1e6 + row * 60, ...series.map((one) => one.next().value)].join(),
  );
  writeFileSync(path, `${['time', ...SENSORS].join()}\n${lines.join('\n')}\n`);
  return path;
}

function optionsFor(outbox: string, more: Partial<AgentOptions>): AgentOptions {
  const clock = new ManualClock(Date.UTC(2026, 5, 1) * 1000);
  const rng = createRng(`boot ${boots++}`);
  return { device: 'edge-1', outbox: join(folder, outbox), clock, rng, ...more };
}

/** Runs the file through an agent to its end, moving the clock. */
async function runThrough(options: AgentOptions, path: string, onBlock = () => {}): Promise<Agent> {
  const source = createCsvSource({ path, values: SENSORS, clock: options.clock });
  const agent = createAgent({ ...options, sources: [told(source, onBlock)] });
  let ended = false;
  const run = agent.run(new AbortController().signal, { untilDone: true }).finally(() => {
    ended = true;
  });
  while (!ended && options.clock instanceof ManualClock) await options.clock.advance(200);
  await run;
  agent.close();
  return agent;
}

/** The same source, which says so before each block. */
function told(source: Source, onBlock: () => void): Source {
  return {
    ...source,
    async *read(from, signal) {
      for await (const block of source.read(from, signal)) {
        onBlock();
        yield block;
      }
    },
  };
}

/** Loses every fourth reply after the cloud applied it, and every eighth batch before. */
function lossy(link: Link, rng: Rng): Link {
  return {
    async exchange(batch, signal) {
      if (rng.next() < 1 / 8) throw new LinkError('unreachable', 'cut before it arrived');
      const reply = await link.exchange(batch, signal);
      if (rng.next() < 1 / 4) throw new LinkError('unreachable', 'the reply was lost');
      return reply;
    },
  };
}

/** @returns the first few entries in which two maps differ */
function difference(
  is: ReadonlyMap<string, string>,
  should: ReadonlyMap<string, string>,
): string[] {
  const keys = new Set([...is.keys(), ...should.keys()]);
  return [...keys]
    .filter((key) => is.get(key) !== should.get(key))
    .slice(0, 5)
    .map((key) => `${key}: ${is.get(key)}, not ${should.get(key)}`);
}

/** The outbox's files as a kill leaves them at this moment. */
function copyAsKilled(from: string, to: string): void {
  for (const ending of ['', '-wal']) {
    if (existsSync(join(folder, from + ending))) {
      copyFileSync(join(folder, from + ending), join(folder, to + ending));
    }
  }
}

it('an agent killed at any block and started again loses and doubles nothing, and judges as if undisturbed', async () => {
  const path = writeCsv();
  const calm = new LedgerLink();
  await runThrough(optionsFor('calm.db', { link: calm }), path);
  expect(calm.readings.size).toBe(ROWS * SENSORS.length);

  const kills = inject('torture') ? 50 : 5;
  for (let kill = 0; kill < kills; kill++) {
    const rng = createRng(`kill ${kill}`);
    const cloud = new LedgerLink();
    const atBlock = rng.below(16);
    let block = 0;
    let afterwards = new LedgerLink();
    const killed = optionsFor('killed.db', { link: lossy(cloud, rng) });
    await runThrough(killed, path, () => {
      if (block++ !== atBlock) return;
      copyAsKilled('killed.db', `restarted${kill}.db`);
      afterwards = cloud.clone();
    });
    rmSync(join(folder, 'killed.db'));
    await runThrough(optionsFor(`restarted${kill}.db`, { link: lossy(afterwards, rng) }), path);
    expect(difference(afterwards.readings, calm.readings)).toEqual([]);
    expect(afterwards.summaries).toEqual(calm.summaries);
  }
});

it('a power cut leaves the last sync and a torn prefix of what followed, and costs a file nothing', async () => {
  const path = writeCsv();
  const calm = new LedgerLink();
  await runThrough(optionsFor('calm.db', { link: calm }), path);

  for (let cut = 0; cut < (inject('torture') ? 50 : 5); cut++) {
    const rng = createRng(`power ${cut}`);
    const cloud = new LedgerLink();
    let syncedBytes = 0;
    const link = lossy(
      {
        exchange(batch) {
          syncedBytes = sizeOf('cut.db-wal');
          return cloud.exchange(batch);
        },
      },
      rng,
    );
    const atBlock = 2 + rng.below(14);
    let block = 0;
    let afterwards = new LedgerLink();
    await runThrough(optionsFor('cut.db', { link }), path, () => {
      if (block++ !== atBlock) return;
      copyAsKilled('cut.db', `cut${cut}.db`);
      const written = sizeOf('cut.db-wal');
      truncateSync(
        join(folder, `cut${cut}.db-wal`),
        syncedBytes + rng.below(written - syncedBytes + 1),
      );
      afterwards = cloud.clone();
    });
    rmSync(join(folder, 'cut.db'));
    await runThrough(optionsFor(`cut${cut}.db`, { link: lossy(afterwards, rng) }), path);
    expect(difference(afterwards.readings, calm.readings)).toEqual([]);
    expect(afterwards.summaries).toEqual(calm.summaries);
  }
});

function sizeOf(file: string): number {
  return statSync(join(folder, file)).size;
}

it('a second agent on the same outbox refuses in one line', () => {
  const first = createAgent(optionsFor('shared.db', {}));
  expect(() => createAgent(optionsFor('shared.db', {}))).toThrow(UsageFault);
  expect(() => createAgent(optionsFor('shared.db', {}))).toThrow(/in use by another agent/);
  first.close();
  createAgent(optionsFor('shared.db', {})).close();
});

it('two sources of one name are refused before an outbox is made', () => {
  const path = writeCsv();
  const source = (name?: string) => createCsvSource({ path, values: ['pressure'], name });
  const options = (sources: readonly Source[]) => optionsFor('twice.db', { sources });
  expect(() => createAgent(options([source(), source()]))).toThrow(/two sources are called "csv:/);
  expect(existsSync(join(folder, 'twice.db'))).toBe(false);
  createAgent(options([source(), source('again')])).close();
});
