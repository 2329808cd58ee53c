/**
 * A stage for the tests of the page: the real cloud in this process on a clock that is moved by hand, a small plant
 * whose readings go in through the public route, and a real browser that looks at it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock, silentLog } from '@fernsight/base';
import { type Cloud, startCloud } from '@fernsight/cloud';
import type { Column } from '@fernsight/wire';
import { type Client, createClient } from '@fernsight/wire/client';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../browser.ts';

const SECOND_US = 1_000_000;
/** 2026-11-03 12:00:00 UTC: no daylight saving changes near, and the middle of a day */
const START_US = 1_793_707_200 * SECOND_US;
/** How long a page may take for one thing: a bound for what never comes, far beyond what a busy machine takes. */
const PATIENCE_MS = 60_000;
/** One sign-in else costs as much as a whole test. */
const PASSWORD_COST = { logN: 8, r: 8, p: 1 };

export class Stage {
  readonly clock: ManualClock;
  readonly browser: Browser;
  readonly #dataDir: string;
  readonly #rng = createRng('stage');
  readonly #isOpen: boolean;
  #port = 0;
  #running: { readonly cloud: Cloud; readonly stop: () => Promise<void> } | undefined;

  private constructor(browser: Browser, dataDir: string, isOpen: boolean) {
    this.clock = new ManualClock(START_US);
    this.browser = browser;
    this.#dataDir = dataDir;
    this.#isOpen = isOpen;
  }

  /** @param access `open` serves without credentials; `closed` waits for its first administrator */
  static async open(access: 'open' | 'closed' = 'open'): Promise<Stage> {
    const dataDir = await mkdtemp(join(tmpdir(), 'fernsight-page-'));
    const stage = new Stage(await openBrowser(), dataDir, access === 'open');
    await stage.startServer();
    return stage;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  get client(): Client {
    return createClient({ baseUrl: this.url.slice(0, -1) });
  }

  /** the one-time token, while nobody is set up */
  get setupToken(): string {
    return this.#running?.cloud.setupToken ?? '';
  }

  /** Lets so many seconds pass, each with its frame. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) await this.clock.advance(1000);
  }

  /** At the port it had before, if it ran before. */
  async startServer(): Promise<void> {
    const cloud = await startCloud({
      dataDir: this.#dataDir,
      port: this.#port,
      open: this.#isOpen,
      clock: this.clock,
      rng: this.#rng.fork('cloud'),
      log: silentLog,
      threads: false,
      passwordCost: PASSWORD_COST,
    });
    const end = new AbortController();
    const running = cloud.run(end.signal);
    this.#port = cloud.address.port;
    const stop = async () => {
      end.abort();
      await running;
    };
    this.#running = { cloud, stop };
  }

  async stopServer(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  /** A page with a storage of its own; what it throws or logs as an error goes to `faults`. */
  async newPage(faults: string[], options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    return page;
  }

  push(columns: Column[]): Promise<unknown> {
    return this.client.call('pushReadings', { body: { columns } });
  }

  /** An hour of quiet readings, one a second, up to now. */
  async pushHour(device: string, sensors: readonly Sensor[]): Promise<void> {
    const endUs = this.clock.nowUs();
    const columns = sensors.map((sensor) => {
      const tsUs = Array.from({ length: 3600 }, (_, second) => endUs - (3599 - second) * SECOND_US);
      return { device, ...head(sensor), tsUs, value: tsUs.map((at) => this.#calm(sensor, at)) };
    });
    await this.push(columns);
  }

  /** One reading of each sensor at the present second; those given by name have the given value. */
  async pushNow(
    device: string,
    sensors: readonly Sensor[],
    values: Readonly<Record<string, number>> = {},
  ): Promise<void> {
    const tsUs = this.clock.nowUs();
    const value = (sensor: Sensor) => values[sensor.sensor] ?? this.#calm(sensor, tsUs);
    await this.push(
      sensors.map((sensor) => ({ device, ...head(sensor), tsUs: [tsUs], value: [value(sensor)] })),
    );
  }

  #calm({ level, swing }: Sensor, tsUs: number): number {
    const wave = Math.sin((tsUs / SECOND_US / 1800) * Math.PI);
    return level + swing * wave + swing * 0.08 * this.#rng.normal();
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.stopServer();
    await rm(this.#dataDir, { recursive: true });
  }
}

export interface Sensor {
  readonly sensor: string;
  readonly unit: string;
  readonly level: number;
  readonly swing: number;
}

function head({ sensor, unit }: Sensor) {
  return { sensor, unit, type: sensor };
}

export const TEMPERATURE: Sensor = { sensor: 'temperature', unit: '°C', level: 21, swing: 3 };
export const PRESSURE: Sensor = { sensor: 'pressure', unit: 'hPa', level: 1013, swing: 2 };
