import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock } from '@fernsight/base';
import type { ThinnedMinute } from '@fernsight/wire/agent';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Agent, createAgent } from '../agent.ts';
import type { AgentOptions } from '../agentOptions.ts';
import { createSynthetic } from '../source/synthetic.ts';
import { LedgerLink } from '../uplink/ledgerLink.ts';
import type { AtBound } from './bound.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;
const SENSORS = ['temperature', 'pressure'] as const;
const BYTES_MAX = 640 * 1024;
const ROWS = 100_000;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bound-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Truth {
  /** by series and stamp */
  readonly anomalies: Map<string, number>;
  readonly minutes: Map<string, ThinnedMinute>;
}

function optionsFor(atBound: AtBound, more: Partial<AgentOptions> = {}): AgentOptions {
  return {
    device: 'edge-1',
    outbox: join(folder, 'outbox.db'),
    outboxBytesMax: BYTES_MAX,
    atBound,
    clock: new ManualClock(START_US + ROWS * 1e6),
    rng: createRng('bound'),
    ...more,
  };
}

/** Pushes one reading a second and sensor while the cloud is away. @returns what truly was */
function fill(agent: Agent, rows: number, onCommit: () => void): Truth {
  const truth: Truth = { anomalies: new Map(), minutes: new Map() };
  const series = SENSORS.map((type) =>
    createSynthetic({ type, rng: createRng(type), anomalyFactor: 0.05 }),
  );
  for (let row = 0; row < rows; row++) {
    for (const [index, sensor] of SENSORS.entries()) {
      const tsUs = START_US + row * 1e6;
      const value = series[index]?.next().value ?? 0;
      const verdict = agent.push({ sensor, tsUs, value });
      const anomaly = verdict?.anomaly === true;
      if (anomaly) truth.anomalies.set(`edge-1/${sensor}@${tsUs}`, value);
      addTo(truth.minutes, { sensor, tsUs, value });
    }
    if (row % 500 === 499) {
      void agent.flush({ sync: false });
      onCommit();
    }
  }
  return truth;
}

function addTo(
  minutes: Map<string, ThinnedMinute>,
  { sensor, tsUs, value }: { sensor: string; tsUs: number; value: number },
): void {
  const minuteUs = Math.floor(tsUs / 60e6) * 60e6;
  const key = `edge-1/${sensor}@${minuteUs}`;
  const known = minutes.get(key);
  const count = (known?.count ?? 0) + 1;
  minutes.set(key, {
    device: 'edge-1',
    sensor,
    minuteUs,
    count,
    anomalies: 0,
    min: Math.min(known?.min ?? value, value),
    max: Math.max(known?.max ?? value, value),
    mean: ((known?.mean ?? 0) * (count - 1) + value) / count,
    worstScoreSteps: 0,
  });
}

async function drain(options: AgentOptions): Promise<LedgerLink> {
  const cloud = new LedgerLink();
  const agent = createAgent({ ...options, rng: createRng('drain'), link: cloud });
  let ended = false;
  const run = agent.run(new AbortController().signal, { untilDone: true }).finally(() => {
    ended = true;
  });
  while (!ended && options.clock instanceof ManualClock) await options.clock.advance(200);
  await run;
  const { taken, delivered, thinned, dropped, waiting } = agent.status();
  expect(waiting).toBe(0);
  expect(taken).toBe(delivered + thinned + dropped);
  agent.close();
  return cloud;
}

/** min, max, mean and count of a minute, from its thinned part and the readings that stayed raw */
function whole(cloud: LedgerLink): Map<string, ThinnedMinute> {
  const minutes = new Map(cloud.minutes);
  for (const [key, text] of cloud.readings) {
    const sensor = key.slice(key.indexOf('/') + 1, key.indexOf('@'));
    const tsUs = Number(key.slice(key.indexOf('@') + 1));
    const value = Number(text.split(' ')[0]);
    addTo(minutes, { sensor, tsUs, value });
  }
  return minutes;
}

it('thinning at ten times the bound stays within it, keeps counts exact and anomalies raw', async () => {
  const options = optionsFor('thin');
  const agent = createAgent(options);
  let largest = 0;
  const truth = fill(agent, ROWS, () => {
    largest = Math.max(largest, agent.status().outboxBytes);
  });
  agent.close();
  expect(largest).toBeLessThanOrEqual(BYTES_MAX);

  const cloud = await drain(options);
  expect(cloud.goneCount).toBe(0);
  const minutes = whole(cloud);
  expect(minutes.size).toBe(truth.minutes.size);
  for (const [key, should] of truth.minutes) {
    const is = minutes.get(key);
    expect([is?.count, is?.min, is?.max]).toEqual([should.count, should.min, should.max]);
    expect(is?.mean).toBeCloseTo(should.mean, 9);
  }
  for (const key of truth.anomalies.keys()) expect(cloud.readings.has(key)).toBe(true);
});

it.each(['drop-oldest', 'reject'] as const)(
  '%s stays within the bound and counts what went',
  async (atBound) => {
    const options = optionsFor(atBound);
    const agent = createAgent(options);
    let largest = 0;
    fill(agent, 60_000, () => {
      largest = Math.max(largest, agent.status().outboxBytes);
    });
    const { taken, dropped } = agent.status();
    expect(taken).toBe(60_000 * SENSORS.length);
    expect(dropped).toBeGreaterThan(0);
    agent.close();
    expect(largest).toBeLessThanOrEqual(BYTES_MAX);
    const cloud = await drain(options);
    expect(cloud.readings.size + cloud.goneCount).toBe(taken);
  },
);
