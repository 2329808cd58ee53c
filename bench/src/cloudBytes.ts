/**
 * What a reading takes on the disk once everything is packed and folded: files of real values (NAB), and the simulator's
 * sensors. All pages in use count: chunks, rollups, indexes, anomalies in full, judges' snapshots, devices.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Clock, createRng, parseTimestamp, silentLog } from '@fernsight/base';
import { startCloud } from '@fernsight/cloud';
import { createSynthetic, type SyntheticType } from '@fernsight/edge';
import type { BenchRow } from './measure.ts';

interface Series {
  readonly device: string;
  readonly sensor: string;
  readonly tsUs: readonly number[];
  readonly value: readonly number[];
}

const REQUEST_READINGS = 5_000;
const FROM_US = 1_767_225_600_000_000;
const SIMULATED_TYPES: readonly SyntheticType[] = [
  'temperature',
  'pressure',
  'cpu_usage',
  'network_latency',
];
const SIMULATED_DEVICES = 10;
const SHORT_DEVICES = 1_000;
/** A working day at 1 Hz. */
const SIMULATED_READINGS = 8 * 3_600;

export async function* benchBytes(
  clock: Clock,
  dir: string,
  { nab, lengths }: { readonly nab: string | undefined; readonly lengths: readonly number[] },
): AsyncGenerator<BenchRow> {
  const measure = async (metric: string, series: readonly Series[]) => {
    const { bytes, anomalies } = await storedBytes(clock, join(dir, metric), series);
    const count = series.reduce((sum, { tsUs }) => sum + tsUs.length, 0);
    const row = { bench: 'cloud.bytes', baseline: null, ratio: null };
    return [
      { ...row, metric, value: bytes / count, unit: 'bytes/reading' },
      { ...row, metric: `${metric}: anomalies`, value: (100 * anomalies) / count, unit: '%' },
    ];
  };
  yield* await measure('simulator, 8 h at 1 Hz', simulated(SIMULATED_READINGS));
  if (nab !== undefined) yield* await measure('NAB', filesOf(nab));
  for (const length of lengths)
    yield* await measure(`simulator, ${length} a series`, simulated(length, SHORT_DEVICES));
}

function simulated(length: number, devices = SIMULATED_DEVICES): Series[] {
  return Array.from({ length: devices * SIMULATED_TYPES.length }, (_, index) => {
    const type = SIMULATED_TYPES[index % SIMULATED_TYPES.length] ?? 'temperature';
    const device = `sim-${Math.floor(index / SIMULATED_TYPES.length)}`;
    const source = createSynthetic({ type, rng: createRng(`${device}/${type}`) });
    const value = Array.from({ length }, () => source.next().value);
    const tsUs = value.map((_reading, row) => FROM_US + row * 1e6);
    return { device, sensor: type, tsUs, value };
  });
}

/** @param dir with folders of `.csv.gz`, each with a stamp and a value in a row */
function filesOf(dir: string): Series[] {
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.csv.gz'))
    .sort()
    .map((name) => {
      const [, ...lines] = gunzipSync(readFileSync(join(dir, name)))
        .toString()
        .trim()
        .split('\n');
      const cells = lines.map((line) => line.split(','));
      const tsUs = cells.map(([stamp = '']) => parseTimestamp(stamp.trim()));
      const value = cells.map(([, reading = '']) => Number(reading));
      return { device: name.replaceAll(/\W+/g, '-'), sensor: 'value', tsUs, value };
    });
}

/** Sends everything to a fresh cloud, folds, packs, and asks a second one how much is in use. */
async function storedBytes(
  clock: Clock,
  dataDir: string,
  series: readonly Series[],
): Promise<{ readonly bytes: number; readonly anomalies: number }> {
  await withCloud(clock, dataDir, async (url) => {
    await send(url, series);
  });
  return withCloud(clock, dataDir, async (url) => {
    await runJob(url, 'fold');
    const { bytes } = await ask<{ bytes: number }>(`${url}/api/v1/storage`);
    return { bytes, anomalies: await countAnomalies(url) };
  });
}

async function withCloud<T>(
  clock: Clock,
  dataDir: string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const settings = { dataDir, port: 0, open: true, clock, rng: createRng('bytes'), log: silentLog };
  const cloud = await startCloud(settings);
  const stop = new AbortController();
  const running = cloud.run(stop.signal);
  try {
    return await use(cloud.url);
  } finally {
    stop.abort();
    await running;
  }
}

/** Sends series in the order of their lists, as many readings a request as it takes. */
async function send(url: string, series: readonly Series[]): Promise<void> {
  let columns: Series[] = [];
  let count = 0;
  const flush = async () => {
    await post(url, columns);
    columns = [];
    count = 0;
  };
  for (const { device, sensor, tsUs, value } of series) {
    for (let first = 0; first < tsUs.length; first += REQUEST_READINGS) {
      const end = Math.min(first + REQUEST_READINGS, tsUs.length);
      if (count + end - first > REQUEST_READINGS) await flush();
      columns.push({
        device,
        sensor,
        tsUs: tsUs.slice(first, end),
        value: value.slice(first, end),
      });
      count += end - first;
    }
  }
  await flush();
}

async function post(url: string, columns: readonly Series[]): Promise<void> {
  if (columns.length === 0) return;
  const response = await fetch(`${url}/api/v1/readings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ columns }),
  });
  if (!response.ok) throw new Error(`the cloud answered ${response.status}`);
}

/** Runs a job of the server to its end. @throws Error where it fails */
export async function runJob(url: string, job: string): Promise<void> {
  await fetch(`${url}/api/v1/jobs/${job}/run`, { method: 'POST' });
  for (;;) {
    const { jobs } = await ask<{ jobs: { name: string; running: boolean; failed: boolean }[] }>(
      `${url}/api/v1/jobs`,
    );
    const found = jobs.find(({ name }) => name === job);
    if (found === undefined || found.failed) throw new Error(`the job ${job} failed`);
    if (!found.running) return;
  }
}

/** @returns how many readings of the fleet were marked */
export async function countAnomalies(url: string): Promise<number> {
  let count = 0;
  let cursor = '';
  for (;;) {
    const page = await ask<{ devices: { anomalyCount: number }[]; next?: string }>(
      `${url}/api/v1/fleet?limit=1000${cursor}`,
    );
    count += page.devices.reduce((sum, { anomalyCount }) => sum + anomalyCount, 0);
    if (page.next === undefined) return count;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

async function ask<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}
