/**
 * The cloud on one machine: a server process, a load generator in another, into a store that is filled beforehand.
 * Everything is durable before the 202, de-duplicated, and judged by the full detector; 10,000 devices of two sensors.
 * Beside it, plain rows in SQLite in the same run, without HTTP and without a detector.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@fernsight/base';
import { runApart } from './apart.ts';
import { benchBytes } from './cloudBytes.ts';
import type { LoadResult } from './cloudLoad.ts';
import type { PlainInput, PlainResult } from './cloudPlain.ts';
import { DEVICES, PAST_US, Run, YEAR_US } from './cloudRun.ts';
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

/** Readings of each of 4,000 short series, beside the long ones, for the bytes that a reading takes. */
const SHORT_SERIES = [200];
/** Half the time in which a device of two series at 1 Hz fills its tail (TAIL_READINGS). */
const TAIL_SECONDS = 130;
const PLAIN_MS_MAX = 300_000;

/** Yields each row when it is known: what comes before a fault is told. */
export async function* benchCloud(
  clock: Clock,
  { filled, restart, seconds, nab }: CloudBenchOptions,
): AsyncGenerator<BenchRow> {
  const dir = mkdtempSync(join(tmpdir(), 'fernsight-bench-'));
  const run = new Run(clock, dir, seconds);
  try {
    const input: PlainInput = { dir, seconds };
    const plain = await runApart<PlainResult>('./cloudPlain.ts', input, PLAIN_MS_MAX);
    yield row('cloud.disk', 'fsync p99', [plain.fsyncMs, 'ms']);
    yield row('cloud.plain', 'plain rows', [plain.readingsPerSecond, 'readings/s']);
    await run.start();
    await run.fill(filled);
    yield* measureIngest(run, plain);
    yield* measureLatency(run, plain);
    yield* measureQueries(run, plain);
    yield* measureMemory(run, plain);
    yield* measureRestart(run, { plain, restart, filled });
    yield* benchBytes(clock, dir, { nab, lengths: SHORT_SERIES });
  } finally {
    run.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function* measureIngest(run: Run, plain: PlainResult): AsyncGenerator<BenchRow> {
  const against = (result: LoadResult) => rateBeside(result, plain.readingsPerSecond);
  const send = { readings: 100, connections: 16 } as const;
  const columns = await run.load({ kind: 'columns', ...send });
  const load = columns.cpuSeconds / columns.seconds;
  yield {
    ...row('cloud.ingest', 'columns x 100', [rate(columns), 'readings/s']),
    ...against(columns),
  };
  yield row('cloud.ingest', 'columns x 100, load CPU', [load, 'cores']);
  yield row('cloud.ingest', 'columns x 100, failures', [columns.failures, 'requests']);
  const fleet = await run.load({ kind: 'fleet', ...send });
  yield {
    ...row('cloud.ingest', '100 series x 1', [rate(fleet), 'readings/s']),
    ...against(fleet),
  };
  const single = await run.load({ kind: 'single', readings: 1, connections: 64 });
  yield {
    ...row('cloud.ingest', 'one a POST', [rate(single), 'requests/s']),
    ...rateBeside(single, plain.singlesPerSecond),
  };
  yield timeBeside(row('cloud.ingest', 'one a POST, p99', [single.p99Ms, 'ms']), plain.singleMs);
  yield row('cloud.ingest', 'of these, anomalies', [await run.anomalyPercent(), '%']);
  yield row('cloud.ingest', 'resident memory after full load', [run.residentBytes() / 1e6, 'MB']);
}

async function* measureLatency(run: Run, plain: PlainResult): AsyncGenerator<BenchRow> {
  const open = { kind: 'columns', readings: 100, connections: 64, rate: 100 } as const;
  const alone = await run.load(open);
  const of = (metric: string, { p99Ms }: LoadResult) => row('cloud.latency', metric, [p99Ms, 'ms']);
  yield timeBeside(of('202 at 100 POSTs of 100/s, p99', alone), plain.commitMs);
  const path = `/api/v1/history?device=year0&sensor=temperature&fromUs=${PAST_US - YEAR_US}&toUs=${PAST_US}`;
  const [beside, year] = await Promise.all([
    run.load(open),
    run.load({ kind: 'get', path, readings: 0, connections: 4, rate: 1 }),
  ]);
  yield timeBeside(of('the same beside year-wide queries', beside), plain.commitMs);
  yield timeBeside(
    row('cloud.query', 'a year of one series, p99', [year.p99Ms, 'ms']),
    plain.yearMs,
  );
}

async function* measureQueries(run: Run, plain: PlainResult): AsyncGenerator<BenchRow> {
  const get = { kind: 'get', readings: 0, connections: 1 } as const;
  const latest = await run.load({ ...get, path: '/latest' });
  const of = (metric: string, { p99Ms }: LoadResult) => row('cloud.query', metric, [p99Ms, 'ms']);
  yield timeBeside(of(`/latest at ${DEVICES} devices, p99`, latest), plain.latestMs);
  const open = { kind: 'columns', readings: 100, connections: 64, rate: 100 } as const;
  const [moving] = await Promise.all([run.load({ ...get, path: '/latest' }), run.load(open)]);
  yield timeBeside(of('the same beside 100 POSTs of 100/s', moving), plain.latestMs);
  const path = '/api/v1/history?device=hour0&sensor=temperature';
  const span = `&fromUs=${PAST_US}&toUs=${PAST_US + 3_600e6}`;
  const hour = await run.load({ ...get, path: path + span });
  yield timeBeside(of('an hour of one series, p99', hour), plain.hourMs);
  const each = await run.load({ ...get, path: `${path}${span}&points=4000` });
  yield timeBeside(of('the same, each of its 3,600 readings, p99', each), plain.hourMs);
  const { readingCount } = await run.storage();
  yield row('cloud.store', 'readings stored', [readingCount, 'readings']);
}

/**
 * A fresh server whose 20,000 series send once a second. What a device sent since it was last packed is held in memory: so
 * many readings are sent first, at the same pace, as a fleet holds in the mean that has sent for long.
 */
async function* measureMemory(run: Run, plain: PlainResult): AsyncGenerator<BenchRow> {
  await run.stop();
  await run.start();
  const send = { readings: 100, connections: 64, rate: (DEVICES * 2) / 100 } as const;
  await run.load({ kind: 'columns', ...send, seconds: TAIL_SECONDS });
  const steady = await run.load({ kind: 'fleet', ...send });
  const residentBytes = run.residentBytes();
  yield {
    ...row('cloud.memory', '20,000 series at 1 Hz, resident', [residentBytes / 1e6, 'MB']),
    baseline: `plain rows without HTTP ${(plain.residentBytes / 1e6).toFixed(0)} MB`,
    ratio: plain.residentBytes / residentBytes,
  };
  yield row('cloud.memory', '20,000 series at 1 Hz, 202 p99', [steady.p99Ms, 'ms']);
}

async function* measureRestart(
  run: Run,
  { plain, restart, filled }: { plain: PlainResult; restart: number; filled: number },
): AsyncGenerator<BenchRow> {
  if (restart > filled) await run.fill(restart - filled);
  const fleet = { kind: 'fleet', readings: 100, connections: 16 } as const;
  await run.load({ ...fleet, seconds: 5 });
  run.kill();
  const startMs = run.clock.monotonicMs();
  const sinceStart = () => (run.clock.monotonicMs() - startMs) / 1000;
  await run.start();
  await run.send('d0', 20);
  const firstSeconds = sinceStart();
  yield {
    ...row('cloud.restart', 'kill -9 to the first 202', [firstSeconds, 's']),
    baseline: `plain rows, opened and one stored, ${plain.startSeconds.toFixed(3)} s`,
    ratio: plain.startSeconds / firstSeconds,
  };
  await run.load({ ...fleet, requestsMax: Math.ceil((DEVICES * 2) / 100), seconds: 120 });
  const currentSeconds = sinceStart();
  const plainSeconds = plain.startSeconds + (DEVICES * 2) / plain.readingsPerSecond;
  yield {
    ...row('cloud.restart', 'all series current', [currentSeconds, 's']),
    baseline: `plain rows, a row of each stored, ${plainSeconds.toFixed(2)} s`,
    ratio: plainSeconds / currentSeconds,
  };
  await run.stop();
  await run.start();
  const { bytes, readingCount } = await run.storage();
  yield {
    ...row('cloud.store', 'bytes a reading, all in', [bytes / readingCount, 'bytes']),
    baseline: `plain rows ${plain.bytesPerReading.toFixed(1)}`,
    ratio: (plain.bytesPerReading * readingCount) / bytes,
  };
}

function rateBeside(
  { readings, seconds }: LoadResult,
  perSecond: number,
): Pick<BenchRow, 'baseline' | 'ratio'> {
  return {
    baseline: `plain rows ${Math.round(perSecond)}/s`,
    ratio: readings / seconds / perSecond,
  };
}

/** Beside what plain rows take in a process of their own: no HTTP, no detector, and nothing else at the same time. */
function timeBeside(measured: BenchRow, plainMs: number): BenchRow {
  const baseline = `plain rows without HTTP ${plainMs.toFixed(1)} ms`;
  return { ...measured, baseline, ratio: plainMs / measured.value };
}

function rate({ readings, seconds }: LoadResult): number {
  return readings / seconds;
}

function row(bench: string, metric: string, [value, unit]: readonly [number, string]): BenchRow {
  return { bench, metric, value, unit, baseline: null, ratio: null };
}
