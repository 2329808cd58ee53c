/**
 * The agent: readings a second into the outbox with verdicts, bytes a reading there, bytes written to the disk a day,
 * how fast a backlog drains into a real cloud while fresh anomalies become visible in its store, what thinning keeps, and
 * what the compiled program takes of memory and processor.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Clock, createRng, silentLog, US_PER_DAY, US_PER_SECOND } from '@fernsight/base';
import { startCloud } from '@fernsight/cloud';
import {
  type Agent,
  type AgentOptions,
  createAgent,
  createCsvSource,
  createHttpLink,
  createSynthetic,
  readOutboxStatus,
  type Source,
} from '@fernsight/edge';
import { createClient } from '@fernsight/wire/client';
import { benchProgram } from './edgeProgram.ts';
import { benchThinning } from './edgeThin.ts';
import type { BenchRow } from './measure.ts';

const SENSORS = ['temperature', 'pressure', 'cpu_usage', 'network_latency'] as const;
const TAKEN = 400_000;
const HOUR_READINGS = 3_600;
/** hourly readings would each be a five-minute window of their own */
const DAY_MS = 86_400_000;
const BIG_OUTBOX = 4 * 1024 ** 3;

export interface EdgeBenchOptions {
  readonly clock: Clock;
  /** a CSV file of real values (NAB), for bytes a reading */
  readonly csv?: string | undefined;
  /** a folder of such files, plain or .gz */
  readonly nab?: string | undefined;
  /** readings that wait when the compiled agent starts */
  readonly backlog: number;
  /** readings that are drained: for seconds, so that spikes are taken meanwhile */
  readonly drain: number;
  /** how long the compiled agent is watched, and how long it warms up before */
  readonly seconds: number;
  readonly warmSeconds: number;
}

/** Rows as they come. */
export async function* benchEdge(options: EdgeBenchOptions): AsyncGenerator<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-edge-'));
  try {
    yield benchIntake(options, folder);
    yield await benchFile(options, folder);
    yield* benchFiles(options, folder);
    yield benchWear(options, folder);
    yield await benchThinning(options.clock, folder);
    yield await benchDrain(options, folder);
    yield* benchProgram({ ...options, fill: fillWith(options) }, folder);
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

/** @returns the rows that wait: bytes, readings, and bytes a reading */
function packed(folder: string, name: string) {
  const { packedBytes: bytes, waiting: count } = readOutboxStatus(join(folder, `${name}.db`));
  return { bytes, count, each: bytes / count };
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
    bytes = packed(folder, `intake${round}`).each;
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
    row('outbox, values of the file', packed(folder, 'file').each, 'bytes/reading'),
  ];
}

/** @returns bytes a reading over the files of a folder */
async function* benchFiles({ clock, nab }: EdgeBenchOptions, folder: string) {
  if (nab === undefined) return;
  const names = readdirSync(nab, { recursive: true, encoding: 'utf8' });
  const paths = names.filter((name) => /\.csv(\.gz)?$/.test(name)).map((name) => join(nab, name));
  const sizes: number[] = [];
  const all = { bytes: 0, count: 0 };
  for (const [index, path] of paths.sort().entries()) {
    const name = `file${index}`;
    const sources = [createCsvSource({ path, clock, values: ['value'] })];
    const agent = open(folder, name, { clock, sources, windowMs: DAY_MS });
    await agent.run(new AbortController().signal, { untilDone: true });
    agent.close();
    const { bytes, count, each } = packed(folder, name);
    all.bytes += bytes;
    all.count += count;
    sizes.push(each);
    yield [row(`outbox, ${basename(path)}`, each, 'bytes/reading')];
  }
  yield [
    row(`outbox, ${sizes.length} files, all readings`, all.bytes / all.count, 'bytes/reading'),
    row(`outbox, ${sizes.length} files, median`, median(sizes), 'bytes/reading'),
    row(`outbox, ${sizes.length} files, worst`, Math.max(...sizes), 'bytes/reading'),
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
  const { clock, drain: backlog } = options;
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
  const link = createHttpLink({ url: cloud.url, device: 'drain' });
  const spikes = new Spikes(clock, cloud.url);
  const openMs = clock.monotonicMs();
  const agent = open(folder, 'drain', {
    clock,
    link,
    sendIntervalMs: 1_000,
    sources: [spikes.ticking()],
  });
  const openedMs = clock.monotonicMs() - openMs;
  const startMs = clock.monotonicMs();
  const leave = new AbortController();
  const run = agent.run(leave.signal);
  while (agent.status().delivered < backlog) {
    await spikes.look();
    await clock.sleep(20);
  }
  const drainedMs = clock.monotonicMs() - startMs;
  leave.abort();
  await run;
  agent.close();
  stop.abort();
  await serving;
  return [
    row(`start with ${backlog} readings waiting`, openedMs, 'ms'),
    row('a backlog drains', (1000 * backlog) / drainedMs, 'readings/s'),
    row('a fresh spike visible in the store meanwhile, longest', spikes.longestMs(), 'ms'),
    row('a fresh spike meanwhile, spikes seen', spikes.seenCount, 'spikes'),
  ];
}

/** Spikes among the readings of a source, looked for in the cloud's history as a user would see them. */
class Spikes {
  readonly #clock: Clock;
  readonly #client: ReturnType<typeof createClient>;
  /** when each was taken, by its height, as long as it has not been seen */
  readonly #taken = new Map<number, { readonly ms: number; readonly us: number }>();
  #longestMs = Number.NaN;
  seenCount = 0;

  constructor(clock: Clock, baseUrl: string) {
    this.#clock = clock;
    this.#client = createClient({ baseUrl });
  }

  /** Ten readings a second; every tenth is a spike of a height of its own. */
  ticking(): Source {
    const clock = this.#clock;
    const taken = this.#taken;
    return {
      name: 'ticking',
      repeatable: false,
      async *read(_from, signal) {
        for (let count = 0; !signal.aborted; count++) {
          const value = count % 10 === 9 ? 1_000 + count : Math.sin(count);
          if (value >= 1_000) taken.set(value, { ms: clock.monotonicMs(), us: clock.nowUs() });
          yield { readings: [{ sensor: 'pulse', value }] };
          await clock.sleep(100, signal);
        }
      },
    };
  }

  /** Asks the store for the spikes that have not been seen yet. */
  async look(): Promise<void> {
    const [oldest] = this.#taken.values();
    if (oldest === undefined) return;
    const fromUs = oldest.us - US_PER_SECOND;
    const query = {
      device: 'drain',
      sensor: 'pulse',
      fromUs,
      toUs: this.#clock.nowUs() + US_PER_SECOND,
      points: 5_000,
    };
    const page = await this.#client.call('history', { query }).catch(unknownYet);
    for (const value of page?.mean ?? []) {
      const taken = this.#taken.get(value);
      if (taken === undefined) continue;
      this.#taken.delete(value);
      this.seenCount++;
      this.#longestMs = Math.max(this.#clock.monotonicMs() - taken.ms, this.#longestMs || 0);
    }
  }

  /** @returns the longest that one took, those that were never seen included */
  longestMs(): number {
    const [oldest] = this.#taken.values();
    if (oldest === undefined) return this.#longestMs;
    return Math.max(this.#clock.monotonicMs() - oldest.ms, this.#longestMs || 0);
  }
}

/** The cloud knows a sensor from its first reading on. */
function unknownYet(): undefined {
  return undefined;
}

function fillWith({ clock, backlog }: EdgeBenchOptions) {
  return (outbox: string, device: string): void => {
    const agent = createAgent({ device, outbox, outboxBytesMax: BIG_OUTBOX, clock });
    // in pieces: the values of a large backlog would fill the memory
    for (let done = 0; done < backlog; done += TAKEN) {
      const count = Math.min(TAKEN, backlog - done);
      const agoUs = (600 + (backlog - done - count) / SENSORS.length) * US_PER_SECOND;
      pushAll(agent, drawValues(count), clock.nowUs() - agoUs);
    }
    agent.close();
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
