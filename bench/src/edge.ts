/**
 * The agent: readings a second into the outbox with verdicts, bytes a reading there, bytes written to the disk a day,
 * and how fast a backlog drains into a real cloud while a fresh anomaly gets through.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, createRng, silentLog, US_PER_DAY, US_PER_SECOND } from '@fernsight/base';
import { startCloud } from '@fernsight/cloud';
import {
  type Agent,
  type AgentOptions,
  createAgent,
  createCsvSource,
  createHttpLink,
  createSynthetic,
  type Link,
  readOutboxStatus,
  type Source,
} from '@fernsight/edge';
import type { BenchRow } from './measure.ts';

const SENSORS = ['temperature', 'pressure', 'cpu_usage', 'network_latency'] as const;
const TAKEN = 400_000;
/** long enough to drain for seconds, so that spikes are taken meanwhile */
const BACKLOG = 1_000_000;
const HOUR_READINGS = 3_600;
/** hourly readings would each be a five-minute window of their own */
const DAY_MS = 86_400_000;
const BIG_OUTBOX = 4 * 1024 ** 3;

export interface EdgeBenchOptions {
  readonly clock: Clock;
  /** a CSV file of real values (NAB), for bytes a reading */
  readonly csv?: string | undefined;
  /** readings of the backlog whose opening is timed; default BACKLOG */
  readonly backlog?: number | undefined;
}

export async function benchEdge(options: EdgeBenchOptions): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-edge-'));
  try {
    return [
      ...benchIntake(options, folder),
      ...(await benchFile(options, folder)),
      ...benchWear(options, folder),
      ...(await benchDrain(options, folder)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function row(metric: string, value: number, unit: string): BenchRow {
  return { bench: 'edge', metric, value, unit, baseline: null, ratio: null };
}

function open(folder: string, name: string, more: Partial<AgentOptions>): Agent {
  const outbox = join(folder, `${name}.db`);
  return createAgent({ device: name, outbox, outboxBytesMax: BIG_OUTBOX, ...more });
}

/** @returns bytes a reading of the rows that wait */
function packedBytes(folder: string, name: string): number {
  const { packedBytes: bytes, waiting } = readOutboxStatus(join(folder, `${name}.db`));
  return bytes / waiting;
}

/** Values drawn beforehand, so that the generator is not measured. */
function drawValues(count: number): Float64Array {
  const series = SENSORS.map((type) => createSynthetic({ type, rng: createRng(type) }));
  return Float64Array.from(
    { length: count },
    (_, index) => series[index % SENSORS.length]?.next().value ?? 0,
  );
}

/** Pushes `values`, one row of all sensors a second, the last one at `endUs`. */
function pushAll(agent: Agent, values: Float64Array, endUs: number): void {
  const firstUs = endUs - (values.length / SENSORS.length) * US_PER_SECOND;
  for (let index = 0; index < values.length; index++) {
    const sensor = SENSORS[index % SENSORS.length] ?? '';
    const tsUs = firstUs + Math.floor(index / SENSORS.length) * US_PER_SECOND;
    agent.push({ sensor, tsUs, value: values[index] ?? 0 });
  }
}

function benchIntake({ clock }: EdgeBenchOptions, folder: string): BenchRow[] {
  const values = drawValues(TAKEN);
  const rates: number[] = [];
  let bytes = 0;
  for (let round = 0; round < 3; round++) {
    const agent = open(folder, `intake${round}`, { clock });
    const startMs = clock.monotonicMs();
    pushAll(agent, values, clock.nowUs());
    rates.push((1000 * TAKEN) / (clock.monotonicMs() - startMs));
    agent.close();
    bytes = packedBytes(folder, `intake${round}`);
  }
  return [
    row('source to outbox, with verdicts', median(rates), 'readings/s'),
    row('outbox, simulator values', bytes, 'bytes/reading'),
  ];
}

/** A real file through its source, csv parsing included. */
async function benchFile({ clock, csv }: EdgeBenchOptions, folder: string): Promise<BenchRow[]> {
  if (csv === undefined) return [];
  const agent = open(folder, 'file', {
    clock,
    sources: [createCsvSource({ path: csv, clock })],
    windowMs: DAY_MS,
  });
  const startMs = clock.monotonicMs();
  await agent.run(new AbortController().signal, { untilDone: true });
  const { taken } = agent.status();
  agent.close();
  return [
    row('a CSV file to outbox', (1000 * taken) / (clock.monotonicMs() - startMs), 'readings/s'),
    row('outbox, values of the file', packedBytes(folder, 'file'), 'bytes/reading'),
  ];
}

/** One reading a second for an hour of stamps, committed at an interval; what the process wrote, times 24. */
function benchWear({ clock }: EdgeBenchOptions, folder: string): BenchRow[] {
  const values = drawValues(HOUR_READINGS * SENSORS.length);
  return [1, 10, 60].map((seconds) => {
    const agent = open(folder, `wear${seconds}`, { clock });
    const before = writtenBytes();
    for (let second = 0; second < HOUR_READINGS; second++) {
      const tsUs = clock.nowUs() - US_PER_DAY + second * US_PER_SECOND;
      agent.push({ sensor: SENSORS[0], tsUs, value: values[second * SENSORS.length] ?? 0 });
      if (second % seconds === seconds - 1) void agent.flush({ sync: false });
    }
    const written = (24 * (writtenBytes() - before)) / 1e6;
    agent.close();
    return row(`written a day, a commit every ${seconds} s`, written, 'MB');
  });
}

function writtenBytes(): number {
  return Number(/wchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

async function benchDrain(options: EdgeBenchOptions, folder: string): Promise<BenchRow[]> {
  const { clock, backlog = BACKLOG } = options;
  const filling = open(folder, 'drain', { clock });
  pushAll(filling, drawValues(backlog), clock.nowUs() - 600 * US_PER_SECOND);
  filling.close();

  const stop = new AbortController();
  const dataDir = join(folder, 'cloud');
  const cloud = await startCloud({
    dataDir,
    port: 0,
    open: true,
    clock,
    rng: createRng('cloud'),
    log: silentLog,
  });
  const serving = cloud.run(stop.signal);
  const link = new Stopwatch(createHttpLink({ url: cloud.url, device: 'drain' }), clock);
  const openMs = clock.monotonicMs();
  const agent = open(folder, 'drain', {
    clock,
    link,
    sendIntervalMs: 1_000,
    sources: [link.ticking()],
  });
  const openedMs = clock.monotonicMs() - openMs;
  const startMs = clock.monotonicMs();
  const leave = new AbortController();
  const run = agent.run(leave.signal);
  while (agent.status().delivered < backlog) await clock.sleep(20);
  const drainedMs = clock.monotonicMs() - startMs;
  leave.abort();
  await run;
  agent.close();
  stop.abort();
  await serving;
  return [
    row(`start with ${backlog} readings waiting`, openedMs, 'ms'),
    row('a backlog drains', (1000 * backlog) / drainedMs, 'readings/s'),
    row('a fresh spike in the store meanwhile', link.longestMs, 'ms'),
  ];
}

/** A link that knows how long each spike took from the sensor to the acknowledgement. */
class Stopwatch implements Link {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #spikes = new Map<number, number>();
  longestMs = Number.NaN;

  constructor(link: Link, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  async exchange(...[batch, signal]: Parameters<Link['exchange']>) {
    const reply = await this.#link.exchange(batch, signal);
    for (const { sensor, value } of batch.series) {
      for (const one of sensor === 'pulse' ? value : []) this.#landed(one);
    }
    return reply;
  }

  close(): void {
    this.#link.close?.();
  }

  /** Ten readings a second; every tenth is a spike of a height of its own. */
  ticking(): Source {
    const clock = this.#clock;
    const spikes = this.#spikes;
    return {
      name: 'ticking',
      repeatable: false,
      async *read(_from, signal) {
        for (let count = 0; !signal.aborted; count++) {
          const value = count % 10 === 9 ? 1_000 + count : Math.sin(count);
          if (value >= 1_000) spikes.set(value, clock.monotonicMs());
          yield { readings: [{ sensor: 'pulse', value }] };
          await clock.sleep(100, signal);
        }
      },
    };
  }

  #landed(value: number): void {
    const startMs = this.#spikes.get(value);
    if (startMs === undefined) return;
    const tookMs = this.#clock.monotonicMs() - startMs;
    this.longestMs = Number.isNaN(this.longestMs) ? tookMs : Math.max(this.longestMs, tookMs);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
