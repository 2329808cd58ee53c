import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { assert, createRng, ManualClock } from '@fernsight/base';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type Agent, createAgent } from '../agent.ts';
import type { AtBound } from './bound.ts';
import { unpackBody } from './packBody.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;
const BYTES_MAX = 512 * 1024;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bound-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Ten readings a second of values that do not pack well: ten bytes each. */
const STEP_US = 100_000;
const SENSORS = ['flow', 'level'] as const;
const READINGS_PER_COMMIT = 1_000;
/** a value beyond it is an anomaly, whatever a detector has learnt */
const LIMIT = 100;

interface Plant {
  readonly startUs: number;
  readonly seed: string;
  readonly rows: number;
  /** rows between two values beyond the limit, in the mean */
  readonly rowsPerSpike: number;
}

interface Truth {
  /** one a row and sensor, in the order in which they were pushed */
  readonly values: Float64Array;
  readonly anomalies: number[];
  readonly largestBytes: number;
}

/** Pushes while the cloud is away. @returns what truly was */
async function fill(agent: Agent, { startUs, seed, rows, rowsPerSpike }: Plant): Promise<Truth> {
  const rng = createRng(seed);
  const values = new Float64Array(rows * SENSORS.length);
  const anomalies: number[] = [];
  let largestBytes = 0;
  for (let at = 0; at < values.length; at++) {
    const spike = rng.next() * rowsPerSpike < 1 ? 10 * LIMIT : 0;
    const value = 20 + Math.sin(at / 400) + rng.next() + spike;
    const sensor = sensorOf(at);
    const verdict = agent.push({ sensor, tsUs: stampOf(startUs, at), value });
    if (verdict?.anomaly === true) anomalies.push(at);
    values[at] = value;
    if (at % READINGS_PER_COMMIT !== 0) continue;
    await agent.flush({ sync: false });
    largestBytes = Math.max(largestBytes, agent.status().outboxBytes);
  }
  return { values, anomalies, largestBytes };
}

function sensorOf(at: number): string {
  return SENSORS[at % SENSORS.length] ?? '';
}

function stampOf(startUs: number, at: number): number {
  return startUs + Math.floor(at / SENSORS.length) * STEP_US;
}

interface Minute {
  count: number;
  min: number;
  max: number;
  sum: number;
}

type Minutes = Map<number, Minute>;

/** @returns what names a sensor's minute */
function keyOf(sensor: string, tsUs: number): number {
  return Math.floor(tsUs / 60e6) * SENSORS.length + Number(sensor === SENSORS[1]);
}

function addTo(minutes: Minutes, key: number, more: Minute): void {
  const known = minutes.get(key);
  if (known === undefined) {
    minutes.set(key, { ...more });
    return;
  }
  known.count += more.count;
  known.min = Math.min(known.min, more.min);
  known.max = Math.max(known.max, more.max);
  known.sum += more.sum;
}

function one(value: number): Minute {
  return { count: 1, min: value, max: value, sum: value };
}

/** What an outbox holds: raw readings, everything added up by minute, and how much is gone. */
function held(path: string) {
  const raw = new Map<string, number>();
  const minutes = new Map<number, Minute>();
  let gone = 0;
  const database = new DatabaseSync(path, { readOnly: true });
  for (const { bytes } of database.prepare('SELECT bytes FROM batches ORDER BY first').iterate()) {
    assert(bytes instanceof Uint8Array, 'a row has bytes');
    const body = unpackBody(bytes);
    for (const { sensor, tsUs, value } of body.series) {
      for (let row = 0; row < tsUs.length; row++) {
        raw.set(`${sensor}@${tsUs[row]}`, value[row] ?? Number.NaN);
        addTo(minutes, keyOf(sensor, tsUs[row] ?? 0), one(value[row] ?? Number.NaN));
      }
    }
    for (const { sensor, minuteUs, count, min, max, mean } of body.thinned) {
      addTo(minutes, keyOf(sensor, minuteUs), { count, min, max, sum: mean * count });
    }
    for (const { count } of body.gone) gone += count;
  }
  const sizes = database.prepare('SELECT total(anomaly_bytes) AS bytes FROM batches').get();
  database.close();
  return { raw, minutes, gone, anomalyBytes: Number(sizes?.bytes) };
}

function createFull(atBound: AtBound): Agent {
  return createAgent({
    device: 'edge-1',
    outbox: join(folder, 'outbox.db'),
    outboxBytesMax: BYTES_MAX,
    atBound,
    sensors: SENSORS.map((sensor) => ({ sensor, max: LIMIT })),
    clock: new ManualClock(START_US + 1e13),
    rng: createRng('bound'),
  });
}

/** Ends the agent; what it counted is what is there. @returns what is there */
function settle(agent: Agent, { values, largestBytes }: Truth) {
  expect(largestBytes).toBeLessThanOrEqual(BYTES_MAX);
  agent.close();
  const { taken, waiting, thinned, dropped } = agent.status();
  const is = held(join(folder, 'outbox.db'));
  expect(taken).toBe(values.length);
  expect({ waiting, dropped }).toEqual({ waiting: is.raw.size, dropped: is.gone });
  expect(thinned).toBe(taken - waiting - dropped);
  return is;
}

/** Different hours and noises, on which it depends what is an anomaly; under torture ten times the bound, else four. */
const PLANTS: readonly Plant[] = Array.from({ length: inject('torture') ? 20 : 1 }, (_, index) => ({
  startUs: START_US + index * 8_431e6,
  seed: `plant ${index}`,
  rows: inject('torture') ? 260_000 : 110_000,
  rowsPerSpike: 500 + 100 * index,
}));

it.each(PLANTS)(
  'thinning far beyond the bound keeps each anomaly that fits its half, and minutes exact: $seed',
  async (plant) => {
    const agent = createFull('thin');
    const truth = await fill(agent, plant);
    const { raw, minutes, gone, anomalyBytes } = settle(agent, truth);
    expect(gone).toBe(0);
    expect(anomalyBytes).toBeLessThan(BYTES_MAX / 2);
    for (const at of truth.anomalies) {
      const key = `${sensorOf(at)}@${stampOf(plant.startUs, at)}`;
      expect(raw.get(key)).toBe(truth.values[at]);
    }
    const should = new Map<number, Minute>();
    for (const [at, value] of truth.values.entries()) {
      addTo(should, keyOf(sensorOf(at), stampOf(plant.startUs, at)), one(value));
    }
    expect(minutes.size).toBe(should.size);
    for (const [key, { sum, ...exact }] of should) {
      expect(minutes.get(key)).toMatchObject(exact);
      expect((minutes.get(key)?.sum ?? 0) / sum).toBeCloseTo(1, 9);
    }
  },
);

it('anomalies beyond their half keep their peaks, then go, oldest first; the newest stay raw', async () => {
  const agent = createFull('thin');
  const plant = { startUs: START_US, seed: 'wild', rows: 40_000, rowsPerSpike: 10 };
  const truth = await fill(agent, plant);
  const { raw, anomalyBytes } = settle(agent, truth);
  const isRaw = truth.anomalies.map((at) => raw.has(`${sensorOf(at)}@${stampOf(START_US, at)}`));
  const newest = isRaw.slice(isRaw.lastIndexOf(false) + 1);
  expect(anomalyBytes).toBeGreaterThan(0.45 * BYTES_MAX);
  expect(newest.length).toBeGreaterThan(isRaw.length / 5);
  const older = isRaw.slice(0, isRaw.length - newest.length);
  for (let at = 0; at + 200 <= older.length; at += 200) {
    expect(older.slice(at, at + 200)).toContain(true);
  }
});

it.each(['drop-oldest', 'reject'] as const)(
  '%s stays within the bound and counts what went',
  async (atBound) => {
    const agent = createFull(atBound);
    const plant = { startUs: START_US, seed: atBound, rows: 40_000, rowsPerSpike: 500 };
    const { raw, gone } = settle(agent, await fill(agent, plant));
    expect(gone).toBeGreaterThan(0);
    expect(raw.has(`flow@${START_US}`)).toBe(atBound === 'reject');
  },
);
