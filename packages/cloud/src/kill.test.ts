/**
 * kill -9 under load, at a moment that a seed draws, again and again on one folder, while past days are folded and past
 * anomalies move into blocks. Afterwards: everything that was answered 202 is stored once, nothing that was not sent is
 * there, and scores and anomalies are those of an undisturbed run that never folded.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRng } from '@fernsight/base';
import type { Anomaly } from '@fernsight/wire';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { SqliteReader } from './store/sqlite/sqliteReader.ts';
import { SqliteWriter } from './store/sqlite/sqliteWriter.ts';
import type { StoreReader } from './store/store.ts';
import { plainParcel, START_US, WorkerTrial, waveAt } from './worker/workerTrial.ts';

const KILLS = inject('torture') ? 100 : 10;
/** A start and its load are half a minute where much other work shares the machine. */
const LIMIT_MS = 60_000 + KILLS * 60_000;
const DEVICES = ['d0', 'd1', 'd2', 'd3'];
const READINGS_PER_POST = 10;
/** The first device asks for a fold after so many of its posts: one is under way at most moments. */
const POSTS_PER_FOLD = 3;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'fernsight-kill-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

interface Server {
  readonly url: string;
  readonly child: ChildProcess;
}

async function start(): Promise<Server> {
  const main = new URL('./killMain.ts', import.meta.url).pathname;
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, main, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // sources are compiled once, not at every start
    env: { PATH: '/usr/bin:/bin', NODE_COMPILE_CACHE: join(dir, 'compiled') },
  });
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: text.toString().trim(), child };
}

async function kill({ child }: Server): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

const stampOf = (index: number): number => START_US + index * 1e6;
/** Once the wave is known, a burst a minute: a tenth of what comes is marked. */
const valueAt = (index: number, phase: number): number =>
  waveAt(index, phase) + (index > 300 && index % 60 < 8 ? 40 : 0);

/** One device's client: it repeats a request until it is answered, as every client must. */
class Client {
  readonly device: string;
  readonly phase: number;
  acknowledged = 0;
  #awaited: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(device: string, phase: number) {
    this.device = device;
    this.phase = phase;
  }

  /** Resolves when so many readings more are acknowledged. */
  more(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = { count: this.acknowledged + count, resolve };
    });
  }

  /** Sends until the server is gone. */
  async run(url: string): Promise<void> {
    for (;;) {
      const rows = Array.from(
        { length: READINGS_PER_POST },
        (_, offset) => this.acknowledged + offset,
      );
      const column = {
        device: this.device,
        sensor: 's1',
        tsUs: rows.map(stampOf),
        value: rows.map((index) => valueAt(index, this.phase)),
      };
      const status = await post(`${url}/api/v1/readings`, { columns: [column] });
      if (status === undefined) return;
      expect(status).toBe(202);
      this.acknowledged += READINGS_PER_POST;
      const posts = this.acknowledged / READINGS_PER_POST;
      if (this.phase === 0 && posts % POSTS_PER_FOLD === 0)
        await post(`${url}/api/v1/jobs/fold/run`, {});
      if (this.acknowledged >= (this.#awaited?.count ?? Infinity)) this.#awaited?.resolve();
    }
  }
}

/** @returns the status, or undefined where no answer came */
async function post(url: string, body: unknown): Promise<number | undefined> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

test(
  `kill -9 at ${KILLS} moments loses nothing that was answered, doubles nothing, changes no verdict`,
  async () => {
    const rng = createRng('kill');
    const clients = DEVICES.map((device, phase) => new Client(device, phase));
    for (let round = 0; round < KILLS; round++) {
      const server = await start();
      const running = clients.map((client) => client.run(server.url));
      await clients[0]?.more(20 + rng.below(200));
      await kill(server);
      await Promise.all(running);
    }
    const { past: stored, anomalies } = await readAll();
    expect(await foldedRows()).toBeGreaterThan(KILLS);
    const calm = new WorkerTrial();
    for (const { device, phase, acknowledged } of clients) {
      const rows = stored.get(device) ?? { tsUs: [], score: [] };
      expect(rows.tsUs.length).toBeGreaterThanOrEqual(acknowledged);
      expect(rows.tsUs.length).toBeLessThanOrEqual(acknowledged + READINGS_PER_POST);
      const readings = rows.tsUs.map((_, index) => ({
        device,
        tsUs: stampOf(index),
        value: valueAt(index, phase),
      }));
      expect(rows.tsUs).toEqual(readings.map(({ tsUs }) => tsUs));
      for (let first = 0; first < readings.length; first += 500) {
        await calm.worker.commit([plainParcel(readings.slice(first, first + 500), 2e15)]);
      }
      const { points } = await calm.past(device, 's1');
      expect(rows.score).toEqual(points.map(({ worst }) => worst));
    }
    calm.worker.store.settle();
    expect(anomalies).toEqual(await calm.read(readAnomalies));
    calm.end();
  },
  LIMIT_MS,
);

interface Stored {
  readonly past: Map<string, { tsUs: number[]; score: number[] }>;
  readonly anomalies: Anomaly[];
}

/** What the folder holds, read as the next server would. */
async function readAll(): Promise<Stored> {
  const path = join(dir, 'fernsight.db');
  const writer = new SqliteWriter(path);
  writer.settle();
  const reader = new SqliteReader(path);
  const past: Stored['past'] = new Map();
  for (const device of writer.registry.devices()) {
    const series = device.bySensor.get('s1');
    if (series === undefined) continue;
    const tail = { packedTo: device.packedTo, rows: device.tail.rowsOf(series.index) };
    const asked = {
      device: device.name,
      sensor: 's1',
      fromUs: 0,
      toUs: 8e15,
      pointsMax: 10_000_000,
      tail,
    };
    const found = await reader.past(asked);
    if (found === 'moved') throw new Error('nobody packs');
    past.set(device.name, {
      tsUs: found.points.tsUs,
      score: found.points.worst,
    });
  }
  const anomalies = await readAnomalies(reader);
  reader.close();
  writer.close();
  return { past, anomalies };
}

/** @returns all of them by device and time, without what packing may round: the edges of the band, and what is told of them */
async function readAnomalies(reader: StoreReader): Promise<Anomaly[]> {
  const all: Anomaly[] = [];
  for (let cursor = {}; ; ) {
    const page = await reader.anomalies({ limit: 1_000, ...cursor });
    all.push(...page.anomalies);
    if (page.next === undefined) break;
    cursor = { cursor: page.next };
  }
  return all
    .map((one) => ({ ...one, expected: null, lower: null, upper: null, sentence: '' }))
    .sort((a, b) => (a.device < b.device ? -1 : a.device > b.device ? 1 : a.tsUs - b.tsUs));
}

async function foldedRows(): Promise<number> {
  const database = new DatabaseSync(join(dir, 'fernsight.db'), { readOnly: true });
  const row = database.prepare('SELECT sum(count) AS count FROM pastAnomaly').get();
  database.close();
  return Number(row?.count ?? 0);
}
