/**
 * The cloud on one machine: a server process, a load generator in another, into a store that is filled beforehand.
 * Everything is durable before the 202, de-duplicated, and judged by the full detector; 10,000 devices of two sensors.
 * Beside it, plain rows in SQLite in the same run, without HTTP and without a detector.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@fernsight/base';
import { benchBytes, countAnomalies } from './cloudBytes.ts';
import type { Load, LoadResult } from './cloudLoad.ts';
import { measureFsync, measurePlainRows, type PlainResult } from './cloudPlain.ts';
import type { BenchRow } from './measure.ts';

export interface CloudBenchOptions {
  /** readings in the store before anything is measured */
  readonly filled: number;
  /** readings in the store when it is restarted; no less than `filled` */
  readonly restart: number;
  /** of each measurement */
  readonly seconds: number;
  /** a folder of real values */
  readonly nab: string | undefined;
}

const DEVICES = 10_000;
/** Readings of each of 4,000 short series, beside the long ones, for the bytes that a reading takes. */
const SHORT_SERIES = [200];
const READINGS = '/api/v1/readings';
const FILL_READINGS = 1_000;
/** 2026-01-01T00:00:00Z: stamps of the measured readings, back-dated and all different */
const FROM_US = 1_767_225_600_000_000;
const FILL_US = FROM_US - 30 * 86_400e6;
/** Of 100 readings a device: as much as its tail holds in the mean between two times that it is packed. */
const TAIL_ROUNDS = 3;
const YEAR_MINUTES = 365 * 1_440;

/** Yields each part's rows when they are measured: what comes before a fault is told. */
export async function* benchCloud(
  clock: Clock,
  { filled, restart, seconds, nab }: CloudBenchOptions,
): AsyncGenerator<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'fernsight-bench-'));
  const run = new Run(clock, dir, seconds);
  try {
    const fsyncMs = measureFsync(clock, dir);
    const plain = measurePlainRows(clock, dir, seconds);
    await run.start();
    await run.fill(filled);
    yield [row('cloud.disk', 'fsync p99', [fsyncMs, 'ms'])];
    yield await measureIngest(run, plain);
    yield await measureLatency(run);
    yield await measureQueries(run, plain);
    yield await measureMemory(run);
    yield await measureRestart(run, { plain, restart, filled });
    yield* benchBytes(clock, dir, { nab, lengths: SHORT_SERIES });
  } finally {
    run.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measureIngest(run: Run, plain: PlainResult): Promise<BenchRow[]> {
  const base = { baseline: `plain rows ${Math.round(plain.readingsPerSecond)}/s` };
  const against = (perSecond: number) => ({ ...base, ratio: perSecond / plain.readingsPerSecond });
  // The first round makes the devices: it is told apart, for it happens once.
  const first = await run.load({
    kind: 'columns',
    readings: 100,
    connections: 16,
    requestsMax: DEVICES,
  });
  const columns = await run.load({
    kind: 'columns',
    readings: 100,
    connections: 16,
  });
  const fleet = await run.load({
    kind: 'fleet',
    readings: 100,
    connections: 16,
  });
  const single = await run.load({
    kind: 'single',
    readings: 1,
    connections: 64,
  });
  const rate = ({ readings, seconds }: LoadResult): number => readings / seconds;
  return [
    { ...row('cloud.ingest', 'columns x 100, first of a device', [rate(first), 'readings/s']) },
    {
      ...row('cloud.ingest', 'columns x 100', [rate(columns), 'readings/s']),
      ...against(rate(columns)),
    },
    row('cloud.ingest', 'columns x 100, load CPU', [columns.cpuSeconds / columns.seconds, 'cores']),
    row('cloud.ingest', 'columns x 100, failures', [columns.failures, 'requests']),
    {
      ...row('cloud.ingest', '100 series x 1', [rate(fleet), 'readings/s']),
      ...against(rate(fleet)),
    },
    row('cloud.ingest', 'one a POST', [rate(single), 'requests/s']),
    row('cloud.ingest', 'one a POST, p99', [single.p99Ms, 'ms']),
    row('cloud.ingest', 'of these, anomalies', [await run.anomalyPercent(), '%']),
    row('cloud.ingest', 'resident memory after full load', [run.residentBytes() / 1e6, 'MB']),
  ];
}

async function measureLatency(run: Run): Promise<BenchRow[]> {
  const open = { kind: 'columns', readings: 100, connections: 64, rate: 100 } as const;
  const alone = await run.load(open);
  const yearUs = YEAR_MINUTES * 60e6;
  const path = `/api/v1/history?device=year0&sensor=temperature&fromUs=${FILL_US - yearUs}&toUs=${FILL_US}`;
  const [beside, year] = await Promise.all([
    run.load(open),
    run.load({ kind: 'get', path, readings: 0, connections: 4, rate: 1 }),
  ]);
  return [
    row('cloud.latency', '202 at 100 POSTs of 100/s, p99', [alone.p99Ms, 'ms']),
    row('cloud.latency', 'the same beside year-wide queries', [beside.p99Ms, 'ms']),
    row('cloud.query', 'a year of one series, p99', [year.p99Ms, 'ms']),
  ];
}

async function measureQueries(run: Run, plain: PlainResult): Promise<BenchRow[]> {
  const get = { kind: 'get', readings: 0, connections: 1, seconds: 3 } as const;
  const latest = await run.load({ ...get, path: '/latest' });
  const hourUs = 3_600e6;
  const span = `fromUs=${FILL_US}&toUs=${FILL_US + hourUs}&points=4000`;
  const hour = await run.load({
    ...get,
    path: `/api/v1/history?device=p5&sensor=temperature&${span}`,
  });
  const storage = await run.storage();
  return [
    row('cloud.query', `/latest at ${DEVICES} devices, p99`, [latest.p99Ms, 'ms']),
    {
      ...row('cloud.query', 'an hour of one series, p99', [hour.p99Ms, 'ms']),
      baseline: `plain rows ${plain.hourMs.toFixed(1)} ms`,
      ratio: plain.hourMs / hour.p99Ms,
    },
    row('cloud.store', 'readings stored', [storage.readingCount, 'readings']),
  ];
}

/** A fresh server whose 20,000 series send once a second: their tails are filled first, faster than that. */
async function measureMemory(run: Run): Promise<BenchRow[]> {
  await run.stop();
  await run.start();
  const send = { readings: 100, connections: 16 } as const;
  const requestsMax = DEVICES * TAIL_ROUNDS;
  await run.load({ kind: 'columns', ...send, requestsMax, seconds: 300 });
  const rate = (DEVICES * 2) / send.readings;
  const steady = await run.load({ kind: 'fleet', ...send, rate });
  return [
    row('cloud.memory', '20,000 series at 1 Hz, resident', [run.residentBytes() / 1e6, 'MB']),
    row('cloud.memory', '20,000 series at 1 Hz, 202 p99', [steady.p99Ms, 'ms']),
  ];
}

async function measureRestart(
  run: Run,
  { plain, restart, filled }: { plain: PlainResult; restart: number; filled: number },
): Promise<BenchRow[]> {
  if (restart > filled) await run.fill(restart - filled, 'q');
  await run.load({
    kind: 'fleet',
    readings: 100,
    connections: 16,
    seconds: 5,
  });
  run.kill();
  const startMs = run.clock.monotonicMs();
  await run.start();
  await run.load({
    kind: 'single',
    readings: 1,
    connections: 1,
    requestsMax: 1,
  });
  const first = run.clock.monotonicMs() - startMs;
  const rounds = Math.ceil((DEVICES * 2) / 100);
  await run.load({
    kind: 'fleet',
    readings: 100,
    connections: 16,
    requestsMax: rounds,
    seconds: 120,
  });
  const current = run.clock.monotonicMs() - startMs;
  await run.stop();
  await run.start();
  const { bytes, readingCount } = await run.storage();
  return [
    row('cloud.restart', 'kill -9 to the first 202', [first / 1000, 's']),
    row('cloud.restart', 'all series current', [current / 1000, 's']),
    {
      ...row('cloud.store', 'bytes a reading, all in', [bytes / readingCount, 'bytes']),
      baseline: `plain rows ${plain.bytesPerReading.toFixed(1)}`,
      ratio: (plain.bytesPerReading * readingCount) / bytes,
    },
  ];
}

function row(bench: string, metric: string, [value, unit]: readonly [number, string]): BenchRow {
  return { bench, metric, value, unit, baseline: null, ratio: null };
}

/** A server on a folder, and loads against it. */
class Run {
  readonly clock: Clock;
  readonly #dir: string;
  readonly #seconds: number;
  /** where the stamps of the measured devices go on: a leap in time would be a leap in their values, and an anomaly */
  #nextUs = FROM_US;
  /** readings of the measured devices */
  #sent = 0;
  #server: ChildProcess | undefined;
  #port = 0;

  constructor(clock: Clock, dir: string, seconds: number) {
    this.clock = clock;
    this.#dir = dir;
    this.#seconds = seconds;
  }

  async start(): Promise<void> {
    const server = spawnPart(new URL('./cloudServer.ts', import.meta.url), join(this.#dir, 'data'));
    this.#server = server;
    if (server.stdout === null) throw new Error('the server has an output');
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    this.#port = Number(line.toString());
  }

  kill(): void {
    this.#server?.kill('SIGKILL');
    this.#server = undefined;
  }

  async stop(): Promise<void> {
    if (this.#server === undefined) return;
    const exit = once(this.#server, 'exit');
    this.#server.kill('SIGTERM');
    await exit;
    this.#server = undefined;
  }

  /** Agents' batches of other devices, and one device with a year of minutes. */
  async fill(readings: number, prefix = 'p'): Promise<void> {
    const batch = { kind: 'batch', connections: 4, seconds: 3_600 } as const;
    const requestsMax = Math.ceil(readings / FILL_READINGS);
    await this.load({
      ...batch,
      prefix,
      readings: FILL_READINGS,
      requestsMax,
      fromUs: FILL_US,
    });
    if (prefix !== 'p') return;
    const perBatch = 8_760;
    const requests = (YEAR_MINUTES * 2) / perBatch;
    const fromUs = FILL_US - YEAR_MINUTES * 60e6;
    const year = {
      prefix: 'year',
      devices: 1,
      readings: perBatch,
      requestsMax: requests,
      stepSeconds: 60,
      fromUs,
    };
    await this.load({ ...batch, ...year, connections: 1 });
  }

  async load(given: Partial<Load> & Pick<Load, 'kind'>): Promise<LoadResult> {
    const load: Load = {
      host: '127.0.0.1',
      port: this.#port,
      path: READINGS,
      prefix: 'd',
      readings: 100,
      devices: DEVICES,
      connections: 1,
      requestsMax: 0,
      stepSeconds: 1,
      seconds: this.#seconds,
      rate: 0,
      fromUs: this.#nextUs,
      ...given,
    };
    const child = spawnPart(new URL('./cloudLoad.ts', import.meta.url), JSON.stringify(load));
    let text = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    await once(child, 'close');
    const result = JSON.parse(text) as LoadResult;
    if (given.fromUs === undefined) {
      this.#nextUs += spanUs(load, result);
      this.#sent += result.readings;
    }
    return result;
  }

  async storage(): Promise<{ readonly bytes: number; readonly readingCount: number }> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/api/v1/storage`);
    return (await response.json()) as { bytes: number; readingCount: number };
  }

  /** @returns the share of the measured readings that was marked */
  async anomalyPercent(): Promise<number> {
    return (100 * (await countAnomalies(`http://127.0.0.1:${this.#port}`))) / this.#sent;
  }

  /** @returns the server's resident memory, or NaN where the system does not tell */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.#server?.pid ?? 'self'}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
  }
}

/** @returns how far the stamps of a load reach */
function spanUs({ kind, readings, stepSeconds }: Load, { requests }: LoadResult): number {
  if (kind === 'get') return 0;
  if (kind === 'columns') return Math.ceil(requests / DEVICES) * (readings / 2) * 1e6;
  return Math.ceil((requests * readings) / (DEVICES * 2)) * stepSeconds * 1e6;
}

function spawnPart(file: URL, argument: string): ChildProcess {
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
  return spawn(process.execPath, [...flags, file.pathname, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
