/** A server on a folder, and loads against it; each is over in its time, or the benchmark says that it was not. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@fernsight/base';
import { runLoad } from './apart.ts';
import { countAnomalies, runJob } from './cloudBytes.ts';
import type { Load, LoadResult } from './cloudLoad.ts';

export const DEVICES = 10_000;
const READINGS = '/api/v1/readings';
const FILL_READINGS = 1_000;
/** A fill of ten million is over in two minutes on a quiet machine. */
const FILL_SECONDS_MAX = 900;
/** 2026-01-01T00:00:00Z: stamps of the measured readings, back-dated and all different */
const FROM_US = 1_767_225_600_000_000;
/** where the year of one device ends, and the hour of another begins */
export const PAST_US = FROM_US - 30 * 86_400e6;
const YEAR_MINUTES = 365 * 1_440;
export const YEAR_US = YEAR_MINUTES * 60e6;
const HOUR_SECONDS = 3_600;
/** The server has so long to start, and to end. */
const START_MS_MAX = 120_000;
const STOP_MS_MAX = 60_000;

export class Run {
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

  /** Starts the program itself, as people do. */
  async start(): Promise<void> {
    const dataDir = join(this.#dir, 'data');
    const program = fileURLToPath(new URL('../../packages/cli/bin/fernsight.js', import.meta.url));
    const flags = ['--open', '--port', '0', '--data-dir', dataDir, '--log-level', 'warn'];
    const server = spawn(process.execPath, [program, 'up', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#server = server;
    server.stdout.setEncoding('utf8');
    const line = once(server.stdout, 'data').then(([text]) => String(text));
    const text = await within(
      { clock: this.clock, ms: START_MS_MAX },
      line,
      'the server did not start',
    );
    this.#port = Number(/:(\d+) /.exec(text)?.[1]);
  }

  kill(): void {
    this.#server?.kill('SIGKILL');
    this.#server = undefined;
  }

  async stop(): Promise<void> {
    if (this.#server === undefined) return;
    const exit = once(this.#server, 'exit');
    this.#server.kill('SIGTERM');
    await within({ clock: this.clock, ms: STOP_MS_MAX }, exit, 'the server did not stop');
    this.#server = undefined;
  }

  /**
   * Readings of the measured devices, which go on from there; before the first, a device with a year of minutes and one
   * with an hour of seconds, from agents, folded as they are in a server that has run for longer than an hour.
   */
  async fill(readings: number): Promise<void> {
    if (this.#nextUs === FROM_US) await this.#fillYear();
    const perRequest = Math.min(FILL_READINGS, 2 * Math.ceil(readings / DEVICES / 2));
    const requestsMax = Math.ceil(readings / perRequest);
    await this.#fillWith({ kind: 'columns', readings: perRequest, requestsMax, connections: 4 });
  }

  async #fillYear(): Promise<void> {
    const perBatch = 8_760;
    const one = { kind: 'batch', devices: 1, connections: 1 } as const;
    await this.#fillWith({
      ...one,
      prefix: 'year',
      readings: perBatch,
      requestsMax: (YEAR_MINUTES * 2) / perBatch,
      stepSeconds: 60,
      fromUs: PAST_US - YEAR_US,
    });
    const hour = { prefix: 'hour', readings: HOUR_SECONDS * 2, requestsMax: 1, fromUs: PAST_US };
    await this.#fillWith({ ...one, ...hour });
    for (const job of ['pack', 'fold']) await runJob(`http://127.0.0.1:${this.#port}`, job);
  }

  /** @throws Error where not everything was taken in time: nothing that is measured after it would be what it says */
  async #fillWith(
    given: Partial<Load> & Pick<Load, 'kind'> & { readonly requestsMax: number },
  ): Promise<void> {
    const result = await this.load({ seconds: FILL_SECONDS_MAX, ...given });
    if (result.failures > 0 || result.requests < given.requestsMax)
      throw new Error(`the store was not filled: ${JSON.stringify(result)}`);
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
      first: 0,
      stepSeconds: 1,
      seconds: this.#seconds,
      rate: 0,
      fromUs: this.#nextUs,
      ...given,
    };
    const result = await runLoad(load);
    if (given.fromUs === undefined) {
      this.#nextUs += spanUs(load, result);
      this.#sent += result.readings;
    }
    return result;
  }

  /** Sends one reading, from this process: a load's own start would count. @returns once it is answered. @throws Error where it is not taken */
  async send(device: string, value: number): Promise<void> {
    const columns = [{ device, sensor: 'temperature', tsUs: [this.#nextUs], value: [value] }];
    const response = await fetch(`http://127.0.0.1:${this.#port}${READINGS}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ columns }),
    });
    if (response.status !== 202) throw new Error(`the reading was answered ${response.status}`);
    this.#nextUs += 1e6;
    this.#sent++;
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

/** @throws Error with `message` where the work takes longer */
async function within<T>(
  { clock, ms }: { readonly clock: Clock; readonly ms: number },
  work: Promise<T>,
  message: string,
): Promise<T> {
  const over = new AbortController();
  const late = clock.sleep(ms, over.signal).then(() => {
    throw new Error(`${message} in ${ms / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
