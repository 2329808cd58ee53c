/**
 * The page under load, in a real browser against a real server, each in a process of its own, all on this machine:
 * weight, time until it is usable with 10,000 devices, frames a second while 20,000 readings a second go in beside those
 * of an idle page, memory over the run, what 50 viewers cost the server, how long a zoom from a year to a second takes:
 * the server's answer, and on the page from the key to the drawn chart.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Clock } from '@fernsight/base';
import { type Client, createClient } from '@fernsight/wire/client';
import { openBrowser } from '../../tools/src/browser.ts';
import { runLoad } from './apart.ts';
import type { Load } from './cloudLoad.ts';
import type { BenchRow } from './measure.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEVICES = 10_000;
const READINGS_PER_SECOND = 20_000;
const VIEWERS = 50;
/** Requests until each device was heard twice. */
const FILLING = (DEVICES * 2 * 2) / 1_000;
/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

type Browser = Awaited<ReturnType<typeof openBrowser>>;
type Page = Awaited<ReturnType<Browser['newPage']>>;

interface Server {
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** @param loadSeconds how long the page is watched under load; 600 shows its memory over ten minutes */
export async function benchDashboard(clock: Clock, loadSeconds: number): Promise<BenchRow[]> {
  const server = await startServer();
  const browser = await openBrowser();
  try {
    const rows = [weight()];
    await runLoad({ ...fleetLoad(server, clock), rate: 0, requestsMax: FILLING, seconds: 60 });
    rows.push(...(await measurePage({ clock, browser, server, loadSeconds })));
    rows.push(...(await measureZoom({ clock, browser, server })));
    rows.push(await measureViewers(clock, server));
    return rows;
  } finally {
    await browser.close();
    await server.stop();
  }
}

function row(metric: string, value: number, unit: string): BenchRow {
  return { bench: 'dashboard', metric, value, unit, baseline: null, ratio: null };
}

function weight(): BenchRow {
  const folder = join(ROOT, 'packages', 'dashboard', 'dist', 'assets');
  const files = readdirSync(folder).filter((name) => /\.(js|css)$/.test(name));
  const bytes = files.map((name) => gzipSync(readFileSync(join(folder, name))).length);
  return row('script and style, gzip', bytes.reduce((sum, size) => sum + size, 0) / 1024, 'kB');
}

async function startServer(): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fernsight-bench-'));
  const bin = join(ROOT, 'packages', 'cli', 'bin', 'fernsight.js');
  const child = spawn(process.execPath, [
    bin,
    'up',
    '--open',
    '--port',
    '0',
    '--data-dir',
    dataDir,
  ]);
  const ended = new Promise((end) => child.once('close', end));
  const url = await new Promise<string>((found, fail) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const match = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
      if (match !== null) found(match[0]);
    });
    child.once('close', () => fail(new Error(`the server ended: ${text}`)));
  });
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    await rm(dataDir, { recursive: true });
  };
  return { url, process: child, stop };
}

/** Two sensors of each device once a second. */
function fleetLoad({ url }: Server, clock: Clock): Load {
  return {
    host: '127.0.0.1',
    port: Number(new URL(url).port),
    kind: 'fleet',
    path: '/api/v1/readings',
    readings: 1_000,
    devices: DEVICES,
    connections: 4,
    seconds: 10,
    rate: READINGS_PER_SECOND / 1_000,
    requestsMax: 0,
    first: 0,
    prefix: 'd',
    stepSeconds: 1,
    fromUs: clock.nowUs(),
  };
}

interface Scene {
  readonly clock: Clock;
  readonly browser: Browser;
  readonly server: Server;
  readonly loadSeconds: number;
}

async function measurePage({ clock, browser, server, loadSeconds }: Scene): Promise<BenchRow[]> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const startMs = clock.monotonicMs();
  await page.goto(server.url);
  await page.locator('.card').first().waitFor();
  const usableMs = clock.monotonicMs() - startMs;
  await clock.sleep(3000);
  const idle = await countFrames(page, 5);
  const load = runLoad({ ...fleetLoad(server, clock), seconds: loadSeconds + 10 });
  await clock.sleep(5000);
  const heaps = [await heapMegabytes(page)];
  const frames: number[] = [];
  for (let part = 0; part < PARTS; part++) {
    frames.push(await countFrames(page, loadSeconds / PARTS));
    heaps.push(await heapMegabytes(page));
  }
  const sent = await load;
  await page.close();
  const [first = 0] = heaps;
  return [
    row('usable, 10,000 devices', usableMs, 'ms'),
    row('frames, idle', idle, '1/s'),
    { ...row('frames under load', mean(frames), '1/s'), ...over(mean(frames), idle) },
    {
      ...row('frames, worst tenth', Math.min(...frames), '1/s'),
      ...over(Math.min(...frames), idle),
    },
    row('readings taken meanwhile', sent.readings / sent.seconds, '1/s'),
    row('heap after 5 s of load', first, 'MB'),
    ...[PARTS / 2, PARTS].map((part) => {
      const heap = heaps[part] ?? 0;
      const metric = `heap after ${Math.round((loadSeconds * part) / PARTS)} s more`;
      return { ...row(metric, heap, 'MB'), baseline: 'that after 5 s', ratio: heap / first };
    }),
  ];
}

/** The page is watched in so many stretches, between which its memory is measured. */
const PARTS = 10;

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function over(frames: number, idle: number): Pick<BenchRow, 'baseline' | 'ratio'> {
  return { baseline: 'idle', ratio: frames / idle };
}

/** @returns the page's frames a second over so many seconds */
async function countFrames(page: Page, seconds: number): Promise<number> {
  const script = `new Promise((done) => {
    let frames = 0;
    let end = 0;
    const frame = (now) => {
      end ||= now + ${seconds * 1000};
      if (now >= end) return done(frames);
      frames++;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })`;
  return Number(await page.evaluate(script)) / seconds;
}

/** What is alive: garbage is collected first. */
async function heapMegabytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1e6;
}

/** A series with a year behind it, a reading a minute, and ten a second in its last hour. */
const LONG = { device: 'long', sensor: 'temperature' };
const YEAR_US = 365 * 86_400e6;
const HOUR_US = 3_600e6;

async function fillYear(clock: Clock, { url }: Server): Promise<number> {
  const client = createClient({ baseUrl: url });
  const endUs = Math.floor(clock.nowUs() / 1e6) * 1e6;
  const send = async (fromUs: number, toUs: number, stepUs: number) => {
    for (let startUs = fromUs; startUs < toUs; startUs += COLUMN_ROWS * stepUs) {
      const count = Math.min(COLUMN_ROWS, Math.floor((toUs - startUs) / stepUs));
      const tsUs = Array.from({ length: count }, (_, row) => startUs + row * stepUs);
      const value = tsUs.map((ts) => 20 + 5 * Math.sin(ts / 13_751e6) + ((ts / 1e5) % 97) / 97);
      await client.call('pushReadings', { body: { columns: [{ ...LONG, tsUs, value }] } });
    }
  };
  await send(endUs - YEAR_US, endUs - HOUR_US, 60e6);
  await send(endUs - HOUR_US, endUs, 1e5);
  await fold(clock, client);
  return endUs;
}

/** What the server does every hour, so that a year that came within a minute lies as one that took a year. */
async function fold(clock: Clock, client: Client): Promise<void> {
  const params = { job: 'fold' };
  await client.call('runJob', { params });
  for (let waitedMs = 0; waitedMs < FOLD_MS_MAX; waitedMs += 250) {
    await clock.sleep(250);
    const { jobs } = await client.call('jobs', {});
    const job = jobs.find(({ name }) => name === params.job);
    if (job?.running === false && job.lastEndUs !== undefined) return;
  }
  throw new Error(`the job ${params.job} did not end within ${FOLD_MS_MAX} ms`);
}

const FOLD_MS_MAX = 120_000;

const COLUMN_ROWS = 5_000;

/** From a year down to a second, each step half of the one before: the slowest answer, and the slowest on the page. */
async function measureZoom({
  clock,
  browser,
  server,
}: Omit<Scene, 'loadSeconds'>): Promise<BenchRow[]> {
  const endUs = await fillYear(clock, server);
  const client = createClient({ baseUrl: server.url });
  const answersMs: number[] = [];
  for (let spanUs = YEAR_US; spanUs >= 1e6; spanUs /= 2) {
    const startMs = clock.monotonicMs();
    const query = { ...LONG, fromUs: Math.round(endUs - spanUs), toUs: endUs, points: 1_000 };
    await client.call('history', { query });
    answersMs.push(clock.monotonicMs() - startMs);
  }
  const pageMs = await zoomOnPage({ clock, browser, server }, endUs);
  const metric = (words: string) => `zoom, year to second, ${words}`;
  return [
    row(metric('slowest answer'), Math.max(...answersMs), 'ms'),
    row(metric('slowest on the page'), Math.max(...pageMs), 'ms'),
    row(metric('median on the page'), median(pageMs), 'ms'),
  ];
}

/** @returns from the key that zooms in to the frame after the answer is drawn, each step */
async function zoomOnPage(
  { clock, browser, server }: Omit<Scene, 'loadSeconds'>,
  endUs: number,
): Promise<number[]> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const isHistory = (response: { url(): string }) => response.url().includes('sensor=temperature');
  const first = page.waitForResponse(isHistory);
  await page.goto(`${server.url}/#/devices/${LONG.device}?from=${endUs - YEAR_US}&to=${endUs}`);
  await first;
  await page.locator('.u-over').first().waitFor();
  await clock.sleep(1000);
  const times: number[] = [];
  for (let spanUs = YEAR_US; spanUs > 2e6; spanUs /= 2) {
    const startMs = clock.monotonicMs();
    const answer = page.waitForResponse(isHistory);
    await page.keyboard.press('+');
    await (await answer).finished();
    await page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
    );
    times.push(clock.monotonicMs() - startMs);
  }
  await page.close();
  return times;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The server's processor time with viewers less that without, while 1,000 devices send once a second. */
async function measureViewers(clock: Clock, server: Server): Promise<BenchRow> {
  const load = { ...fleetLoad(server, clock), devices: 1_000, readings: 500, rate: 4, seconds: 34 };
  const loading = runLoad(load);
  await clock.sleep(2000);
  const alone = await processorShare(clock, server, 12);
  const stop = new AbortController();
  const viewers = Array.from({ length: VIEWERS }, () => watch(server, stop.signal));
  await clock.sleep(4000);
  const watched = await processorShare(clock, server, 12);
  stop.abort();
  await Promise.all(viewers);
  await loading;
  return row(`${VIEWERS} viewers, 1,000 devices/s`, (watched - alone) * 100, '% of a core');
}

/** @returns processor seconds a second, over so many seconds */
async function processorShare(clock: Clock, server: Server, seconds: number): Promise<number> {
  const before = processorSeconds(server);
  const startMs = clock.monotonicMs();
  await clock.sleep(seconds * 1000);
  const elapsed = (clock.monotonicMs() - startMs) / 1000;
  return (processorSeconds(server) - before) / elapsed;
}

function processorSeconds({ process: { pid } }: Server): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

async function watch({ url }: Server, signal: AbortSignal): Promise<void> {
  try {
    const response = await fetch(`${url}/api/v1/live`, { signal });
    if (response.body === null) return;
    for await (const _piece of response.body) if (signal.aborted) return;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
