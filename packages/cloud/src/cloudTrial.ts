/**
 * What the tests over HTTP share: a cloud on a free port with a folder of its own, on a clock that is moved by hand, or as
 * in production on the machine's clock with its threads.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Clock,
  createLog,
  createRng,
  ManualClock,
  silentLog,
  systemClock,
} from '@fernsight/base';
import { type Client, createClient } from '@fernsight/wire/client';
import { CHEAP } from './access/accessTrial.ts';
import type { Cloud } from './embedded.ts';
import type { Settings } from './settings.ts';
import { startCloud } from './start.ts';

export interface CloudTrial {
  readonly cloud: Cloud;
  readonly clock: ManualClock;
  readonly dir: string;
  /** @returns status and body, JSON where it is */
  get(path: string, headers?: Record<string, string>): Promise<Heard>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Heard>;
  end(): Promise<void>;
}

export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** 2026-03-01T01:00:00Z */
export const NOW_US = 1_772_326_800_000_000;

export async function openCloud(
  options: {
    readonly open?: boolean;
    readonly dir?: string;
    readonly nowUs?: number;
    readonly settings?: Partial<Settings>;
  } = {},
): Promise<CloudTrial> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'fernsight-cloud-'));
  const clock = new ManualClock(options.nowUs ?? NOW_US);
  const machine = { clock, rng: createRng(1), log: silentLog };
  const cloud = await startCloud({
    dataDir: dir,
    port: 0,
    open: options.open ?? true,
    threads: false,
    passwordCost: CHEAP,
    ...(options.settings === undefined ? {} : { settings: options.settings }),
    ...machine,
  });
  const stop = new AbortController();
  const running = cloud.run(stop.signal);
  return {
    cloud,
    clock,
    dir,
    get: (path, headers = {}) => hear(fetch(cloud.url + path, { headers })),
    post: (path, body, headers = {}) => {
      const text =
        body instanceof Uint8Array
          ? new Uint8Array(body)
          : typeof body === 'string'
            ? body
            : JSON.stringify(body);
      const type = { 'content-type': 'application/json' };
      return hear(
        fetch(cloud.url + path, { method: 'POST', body: text, headers: { ...type, ...headers } }),
      );
    },
    end: async () => {
      stop.abort();
      await running;
      if (options.dir === undefined) rmSync(dir, { recursive: true });
    },
  };
}

export interface ThreadedCloud {
  readonly client: Client;
  /** what was logged as an error */
  readonly errors: Readonly<Record<string, unknown>>[];
  /** resolves when it has ended, with what it failed of where it ended by itself */
  readonly ended: Promise<unknown>;
  end(): Promise<void>;
}

/**
 * @param dataDir stays when it ends: another may be opened on it
 * @param clock of all but the threads, which are on the machine's; one that stands still lets no job begin by itself
 */
export async function openThreaded(
  dataDir: string,
  clock: Clock = systemClock,
): Promise<ThreadedCloud> {
  const errors: ThreadedCloud['errors'] = [];
  const log = createLog('error', { write: (line) => void errors.push(JSON.parse(line)) });
  const machine = { clock, rng: createRng(1), log };
  const cloud = await startCloud({ dataDir, port: 0, open: true, ...machine });
  const stop = new AbortController();
  const ended = cloud.run(stop.signal).catch((error: unknown) => error);
  return {
    client: createClient({ baseUrl: cloud.url }),
    errors,
    ended,
    end: async () => {
      stop.abort();
      const failure = await ended;
      if (failure !== undefined) throw failure;
    },
  };
}

async function hear(response: Promise<Response>): Promise<Heard> {
  const got = await response;
  const text = await got.text();
  const isJson = /json/.test(got.headers.get('content-type') ?? '');
  return {
    status: got.status,
    headers: got.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
}
