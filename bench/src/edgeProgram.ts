/**
 * The agent as its user runs it: `fernsight edge` from compiled packages in a process of its own. What npm would publish
 * is laid out as npm would install it; only the libraries of others are found in this clone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Clock, createRng, silentLog } from '@fernsight/base';
import { type Cloud, startCloud } from '@fernsight/cloud';
import { compilePackages, ROOT } from './compiled.ts';
import type { BenchRow } from './measure.ts';

const PACKAGES = ['base', 'detect', 'wire', 'edge', 'cloud'] as const;
const PUBLISHED = ['package.json', 'bin', 'dist'];
/** four sensors every 40 ms: 100 readings a second */
const INTERVAL = '40ms';
/** of a kernel's count of processor time */
const TICK_MS = 10;
const SAMPLE_MS = 500;

export interface ProgramOptions {
  readonly clock: Clock;
  /** how long it is watched once it is warm, and before */
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly backlog: number;
  /** fills the outbox at `path` with the backlog of `device` */
  readonly fill: (path: string, device: string) => void;
}

/** @param folder for the outboxes and the cloud's store */
export async function* benchProgram(
  options: ProgramOptions,
  folder: string,
): AsyncGenerator<readonly BenchRow[]> {
  const { clock, backlog } = options;
  compilePackages([...PACKAGES, 'cli']);
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const installed = mkdtempSync(join(cache, 'bench-edge-'));
  const stop = new AbortController();
  const cloud = await openCloud(clock, join(folder, 'program-cloud'));
  const serving = cloud.run(stop.signal);
  try {
    const bin = install(installed);
    const watched = { ...options, cloudUrl: cloud.url };
    const usual = await watch(bin, join(folder, 'usual'), watched);
    yield [
      row('compiled agent, start', usual.startMs, 'ms'),
      row('compiled agent, 100 readings/s, RSS', usual.rssMb, 'MB'),
      row('compiled agent, 100 readings/s, CPU', usual.cpuPercent, '% of a core'),
    ];
    const full = join(folder, 'full');
    mkdirSync(full);
    options.fill(join(full, 'outbox.db'), 'full');
    const behind = await watch(bin, full, watched);
    yield [
      row(`compiled agent, ${backlog} waiting, start`, behind.startMs, 'ms'),
      row(`compiled agent, ${backlog} waiting, draining, RSS`, behind.rssMb, 'MB'),
    ];
  } finally {
    stop.abort();
    await serving;
    rmSync(installed, { recursive: true });
  }
}

function openCloud(clock: Clock, dataDir: string): Promise<Cloud> {
  const rng = createRng('program');
  return startCloud({ dataDir, port: 0, open: true, clock, rng, log: silentLog });
}

/** @returns path of the program */
function install(folder: string): string {
  const copy = (name: string, to: string) => {
    for (const part of PUBLISHED) {
      if (part === 'bin' && name !== 'cli') continue;
      cpSync(join(ROOT, 'packages', name, part), join(to, part), { recursive: true });
    }
  };
  for (const name of PACKAGES) copy(name, join(folder, 'node_modules/@fernsight', name));
  copy('cli', join(folder, 'node_modules/fernsight'));
  return join(folder, 'node_modules/fernsight/bin/fernsight.js');
}

interface Watched {
  /** from the start of the process until its outbox is open */
  readonly startMs: number;
  /** the most that was seen */
  readonly rssMb: number;
  readonly cpuPercent: number;
}

async function watch(
  bin: string,
  dataDir: string,
  { clock, seconds, warmSeconds, cloudUrl }: ProgramOptions & { readonly cloudUrl: string },
): Promise<Watched> {
  const device = dataDir.slice(dirname(dataDir).length + 1);
  const args = ['edge', '--device-id', device, '--data-dir', dataDir, '--cloud-url', cloudUrl];
  const startMs = clock.monotonicMs();
  const child = spawn(
    process.execPath,
    [bin, ...args, '--interval', INTERVAL, '--outbox-max', '4GB'],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: '/usr/bin:/bin' } },
  );
  const exited = once(child, 'exit');
  try {
    await logged(child, /outbox open/);
    const openedMs = clock.monotonicMs();
    await clock.sleep(warmSeconds * 1_000);
    const pid = child.pid ?? 0;
    const fromMs = clock.monotonicMs();
    const before = processorMs(pid);
    let rssMb = 0;
    while (clock.monotonicMs() - fromMs < seconds * 1_000) {
      await clock.sleep(SAMPLE_MS);
      rssMb = Math.max(rssMb, residentMb(pid));
    }
    const cpuPercent = (100 * (processorMs(pid) - before)) / (clock.monotonicMs() - fromMs);
    return { startMs: openedMs - startMs, rssMb, cpuPercent };
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

/** Resolves when standard error matches. @throws Error when the program ends before */
function logged(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (pattern.test(text)) resolve();
    });
    child.once('exit', (code) =>
      reject(new Error(`ended with ${code} before ${pattern}: ${text}`)),
    );
  });
}

function residentMb(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) * 1_024) / 1e6;
}

function processorMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function row(metric: string, value: number, unit: string): BenchRow {
  return { bench: 'edge', metric, value, unit, baseline: null, ratio: null };
}
