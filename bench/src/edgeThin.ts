/** Thinning at ten times the bound: what comes out of the outbox afterwards, against what truly went in. */
import { join } from 'node:path';
import { type Clock, createRng, US_PER_SECOND } from '@fernsight/base';
import { createAgent, createSynthetic, type Link, readOutboxStatus } from '@fernsight/edge';
import type { BenchRow } from './measure.ts';

const BYTES_MAX = 640 * 1024;
const UNBOUNDED = 1024 ** 3;
const SENSORS = ['temperature', 'pressure'] as const;
/** about ten times the bound, at 6 bytes a reading or more */
const ROWS = 500_000;
const ROWS_PER_COMMIT = 500;
/** of them, so many go into an outbox without a bound: what all of them would take follows */
const UNBOUNDED_ROWS = ROWS / 20;
/** fixed, because what is an anomaly depends on the hour */
const START_US = Date.UTC(2026, 0, 1) * 1_000;
const MINUTE_US = 60 * US_PER_SECOND;
/** means are sums of doubles in another order */
const MEAN_TOLERANCE = 1e-9;

interface Minute {
  count: number;
  min: number;
  max: number;
  sum: number;
}

export async function benchThinning(clock: Clock, folder: string): Promise<BenchRow[]> {
  const options = { device: 'thin', outbox: join(folder, 'thin.db'), clock };
  const agent = createAgent({ ...options, outboxBytesMax: BYTES_MAX });
  const unbounded = createAgent({
    ...options,
    outbox: join(folder, 'unbounded.db'),
    outboxBytesMax: UNBOUNDED,
  });
  const series = SENSORS.map((type) =>
    createSynthetic({ type, rng: createRng(type), anomalyFactor: 0.05 }),
  );
  const anomalies = new Set<string>();
  const truth = new Map<string, Minute>();
  let largest = 0;
  for (let step = 0; step < ROWS; step++) {
    for (const [index, sensor] of SENSORS.entries()) {
      const tsUs = START_US + step * US_PER_SECOND;
      const value = series[index]?.next().value ?? 0;
      if (step < UNBOUNDED_ROWS) unbounded.push({ sensor, tsUs, value });
      if (agent.push({ sensor, tsUs, value })?.anomaly === true) anomalies.add(`${sensor}@${tsUs}`);
      addTo(truth, minuteOf(sensor, tsUs), { count: 1, min: value, max: value, sum: value });
    }
    if (step % ROWS_PER_COMMIT === 0) {
      await agent.flush({ sync: false });
      largest = Math.max(largest, agent.status().outboxBytes);
    }
  }
  agent.close();
  await unbounded.flush({ sync: false });
  unbounded.close();
  const whole = readOutboxStatus(join(folder, 'unbounded.db')).packedBytes;
  const times = (whole * ROWS) / UNBOUNDED_ROWS / BYTES_MAX;

  const taken = new Taken();
  const draining = createAgent({ ...options, link: taken });
  await draining.run(new AbortController().signal, { untilDone: true });
  draining.close();
  const raw = [...anomalies].filter((key) => taken.raw.has(key)).length;
  const exact = [...truth].filter(([key, minute]) => same(minute, taken.minutes.get(key))).length;
  return [
    row('thinning, what went in', times, 'times the bound'),
    row('thinning, outbox at its largest', (100 * largest) / BYTES_MAX, '% of the bound'),
    row('thinning, anomalies still raw', (100 * raw) / anomalies.size, `% of ${anomalies.size}`),
    row('thinning, minutes exact', (100 * exact) / truth.size, `% of ${truth.size}`),
  ];
}

/** What an agent handed over: raw readings, and everything added up by minute. */
class Taken implements Link {
  readonly raw = new Set<string>();
  readonly minutes = new Map<string, Minute>();

  async exchange(batch: Parameters<Link['exchange']>[0]): ReturnType<Link['exchange']> {
    for (const { sensor, firstUs, deltaUs, value } of batch.series) {
      let tsUs = firstUs;
      for (const [index, one] of value.entries()) {
        tsUs += deltaUs[index] ?? 0;
        this.raw.add(`${sensor}@${tsUs}`);
        addTo(this.minutes, minuteOf(sensor, tsUs), { count: 1, min: one, max: one, sum: one });
      }
    }
    for (const { sensor, minuteUs, count, min, max, mean } of batch.thinned) {
      addTo(this.minutes, minuteOf(sensor, minuteUs), { count, min, max, sum: mean * count });
    }
    const { seqCount: stored } = batch;
    return { status: 'stored', stored, duplicates: 0, serverUs: 0, models: [] };
  }
}

function minuteOf(sensor: string, tsUs: number): string {
  return `${sensor}@${Math.floor(tsUs / MINUTE_US)}`;
}

function addTo(minutes: Map<string, Minute>, key: string, more: Minute): void {
  const known = minutes.get(key);
  if (known === undefined) {
    minutes.set(key, more);
    return;
  }
  known.count += more.count;
  known.min = Math.min(known.min, more.min);
  known.max = Math.max(known.max, more.max);
  known.sum += more.sum;
}

function same(one: Minute, other: Minute | undefined): boolean {
  if (other === undefined || one.count !== other.count) return false;
  const apart = Math.abs(one.sum - other.sum) / one.count;
  return one.min === other.min && one.max === other.max && apart <= MEAN_TOLERANCE * one.max;
}

function row(metric: string, value: number, unit: string): BenchRow {
  return { bench: 'edge', metric, value, unit, baseline: null, ratio: null };
}
