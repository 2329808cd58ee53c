/** What a machine may do to a cloud, on real files: a disk that cannot sync, a log whose end is damaged, a clock that steps. */
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRng, errorCode, ManualClock, silentLog, systemClock } from '@fernsight/base';
import type { FleetReply, ReadingsReply } from '@fernsight/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CloudTrial, NOW_US, openCloud, openThreaded } from './cloudTrial.ts';
import { openInlineCloud } from './inline.ts';
import { spoilRoot } from './store/sqlite/damageTrial.ts';
import { databasePathIn } from './store/sqlite/folder.ts';
import { SqliteReader } from './store/sqlite/sqliteReader.ts';
import { SqliteWriter } from './store/sqlite/sqliteWriter.ts';
import { plainParcel, START_US, WorkerTrial, waveAt } from './worker/workerTrial.ts';

const PARTS = 6;
const PART_ROWS = 60;
const FROM_US = NOW_US - PARTS * PART_ROWS * 1e6;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fernsight-faults-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** The n-th stretch of one series, or of one for each part. */
function part(index: number, device = 'd1') {
  const rows = Array.from({ length: PART_ROWS }, (_, row) => index * PART_ROWS + row);
  const tsUs = rows.map((row) => FROM_US + row * 1e6);
  return { columns: [{ device, sensor: 's1', tsUs, value: rows.map((row) => waveAt(row)) }] };
}

async function scores(trial: CloudTrial): Promise<unknown> {
  const span = `fromUs=${FROM_US}&toUs=${NOW_US}&points=5000`;
  const { body } = await trial.get(`/api/v1/history?device=d1&sensor=s1&${span}`);
  const { tsUs, count, worst } = body as Record<string, number[]>;
  return { tsUs, count, worst };
}

/** Puts a file that cannot be synced under the descriptor by which the store syncs its log: the next sync fails for real. */
function breakSync(folder: string): void {
  const log = join(folder, 'fernsight.db-wal');
  const open = readdirSync('/proc/self/fd').map(Number);
  const file = open.find((one) => targetOf(one) === log && !isSqlites(one)) ?? -1;
  closeSync(file);
  const spare: number[] = [];
  const openAny = () => openSync('/dev/null', 'r');
  for (let next = openAny(); next !== file; next = openAny()) spare.push(next);
  for (const one of spare) closeSync(one);
}

/** SQLite opens what is no link (O_NOFOLLOW); the store's own descriptor asks for no such thing. */
function isSqlites(file: number): boolean {
  const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${file}`, 'utf8'))?.[1];
  return (Number.parseInt(flags ?? '0', 8) & 0o400000) !== 0;
}

function targetOf(file: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${file}`);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

describe('a disk that cannot sync', () => {
  test('answers 503, and what is sent again is stored once, its verdicts those of a calm run', async () => {
    let trial = await openCloud({ dir });
    for (let index = 0; index < PARTS; index++) {
      if (index % 3 === 1) {
        breakSync(dir);
        const refused = await trial.post('/api/v1/readings', part(index));
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
        expect(refused.body).toMatchObject({ detail: expect.stringMatching(/synced/) });
      }
      const { status, body } = await trial.post('/api/v1/readings', part(index));
      const { accepted, duplicates, errors } = body as ReadingsReply;
      expect([status, accepted + duplicates, errors]).toEqual([202, PART_ROWS, []]);
    }
    const calm = await openCloud();
    for (let index = 0; index < PARTS; index++) await calm.post('/api/v1/readings', part(index));
    const undisturbed = await scores(calm);
    await calm.end();
    expect(await scores(trial)).toEqual(undisturbed);
    await trial.end();
    trial = await openCloud({ dir });
    expect(await scores(trial)).toEqual(undisturbed);
    await trial.end();
  });

  test('is told by readyz while it lasts, and no longer, though nobody sends', async () => {
    const trial = await openCloud({ dir });
    const ready = async () => (await trial.get('/readyz')).status;
    expect(await ready()).toBe(200);
    breakSync(dir);
    expect((await trial.post('/api/v1/readings', part(0))).status).toBe(503);
    breakSync(dir);
    expect(await ready()).toBe(503);
    expect(await ready()).toBe(200);
    await trial.end();
  });

  test('answers 503 where the writer is a thread of its own, too, and then goes on', async () => {
    const threaded = await openThreaded(dir);
    const send = (index: number) => threaded.client.call('pushReadings', { body: part(index) });
    expect((await send(0)).accepted).toBe(PART_ROWS);
    breakSync(dir);
    await expect(send(1)).rejects.toMatchObject({
      status: 503,
      body: { detail: expect.stringMatching(/synced/) },
    });
    const { accepted, duplicates, errors } = await send(1);
    expect([accepted + duplicates, errors]).toEqual([PART_ROWS, []]);
    await threaded.end();
    const again = await openCloud({ dir });
    const { totals } = (await again.get('/api/v1/fleet')).body as FleetReply;
    expect(totals.readingCount).toBe(2 * PART_ROWS);
    await again.end();
  });

  test('has all that it held in the file itself before the next reading is taken', async () => {
    const trial = await openCloud({ dir });
    expect((await trial.post('/api/v1/readings', part(0))).status).toBe(202);
    breakSync(dir);
    expect((await trial.post('/api/v1/readings', part(1))).status).toBe(503);
    const copy = join(dir, 'copy.db');
    cpSync(join(dir, 'fernsight.db'), copy);
    const store = new SqliteWriter(copy);
    expect(store.registry.find('d1')?.tail.rowsOf(0).tsUs).toHaveLength(2 * PART_ROWS);
    store.close();
    await trial.end();
  });

  test('takes nothing while its log cannot be written out, and goes on when it can', async () => {
    const trial = await openCloud({ dir });
    expect((await trial.post('/api/v1/readings', part(0))).status).toBe(202);
    const other = new DatabaseSync(join(dir, 'fernsight.db'), { readOnly: true });
    other.exec('BEGIN');
    other.prepare('SELECT count(*) FROM journal').get();
    breakSync(dir);
    for (let attempt = 0; attempt < 2; attempt++) {
      const refused = await trial.post('/api/v1/readings', part(1));
      expect(refused.status).toBe(503);
      expect(refused.body).toMatchObject({ hint: expect.stringMatching(/sent again/) });
    }
    other.close();
    const { status, body } = await trial.post('/api/v1/readings', part(1));
    const { accepted, duplicates } = body as ReadingsReply;
    expect([status, accepted + duplicates]).toEqual([202, PART_ROWS]);
    await trial.end();
  });

  test('refuses everything of that moment, whichever order it came in, and loses nothing that it took', async () => {
    const trial = await openCloud({ dir });
    const devices = Array.from({ length: 20 }, (_, index) => `d${index}`);
    const send = async (device: string, index: number): Promise<number> =>
      (await trial.post('/api/v1/readings', part(index, device))).status;
    expect(await Promise.all(devices.map((device) => send(device, 0)))).toEqual(
      devices.map(() => 202),
    );
    breakSync(dir);
    const statuses = await Promise.all(devices.map((device) => send(device, 1)));
    expect(statuses).toContain(503);
    for (const [index, device] of devices.entries())
      if (statuses[index] !== 202) expect(await send(device, 1)).toBe(202);
    const { totals } = (await trial.get('/api/v1/fleet')).body as FleetReply;
    await trial.end();
    const again = await openCloud({ dir });
    const reopened = (await again.get('/api/v1/fleet')).body as FleetReply;
    expect(reopened.totals.readingCount).toBe(devices.length * 2 * PART_ROWS);
    expect(totals.seriesCount).toBe(devices.length);
    await again.end();
  });
});

describe('a log whose end is damaged', () => {
  test('gives back a prefix of what was written, whole, and takes the rest again', async () => {
    const rng = createRng('damage');
    const trial = new WorkerTrial();
    const parcels = Array.from({ length: 8 }, (_, index) =>
      plainParcel(
        Array.from({ length: 50 }, (_, row) => ({
          tsUs: START_US + (index * 50 + row) * 1e6,
          value: waveAt(index * 50 + row),
        })),
      ),
    );
    const emptyBytes = readFileSync(`${trial.path}-wal`).length;
    for (const parcel of parcels) await trial.worker.commit([parcel]);
    const log = readFileSync(`${trial.path}-wal`);
    const held = new Set<number>();
    for (let round = 0; round < 12; round++) {
      const copy = join(dir, `copy${round}.db`);
      cpSync(trial.path, copy);
      writeFileSync(`${copy}-wal`, damage(log, emptyBytes, rng));
      const store = new SqliteWriter(copy);
      const tail = store.registry.find('d1')?.tail.rowsOf(0).tsUs ?? new Float64Array(0);
      expect(tail.length % 50).toBe(0);
      expect([...tail]).toEqual(Array.from(tail, (_, row) => START_US + row * 1e6));
      held.add(tail.length);
      store.close();
      const other = new WorkerTrial();
      other.worker.close();
      other.worker = other.open(() => new SqliteWriter(copy));
      for (const parcel of parcels) await other.worker.commit([parcel]);
      const reader = new SqliteReader(copy);
      const span = { fromUs: 0, toUs: 8e15, pointsMax: 1_000, device: 'd1', sensor: 's1' };
      const past = await reader.past({ ...span, tail: other.worker.tailOf('d1', 's1') });
      expect(past === 'moved' ? 0 : past.points.tsUs.length).toBe(400);
      reader.close();
      other.end();
    }
    expect(held.size).toBeGreaterThan(2);
    trial.end();
  });
});

/** Cut short, or with one bit changed, somewhere behind what an empty store has. */
function damage(log: Buffer, emptyBytes: number, rng: ReturnType<typeof createRng>): Buffer {
  const copy = Buffer.from(log);
  const at = emptyBytes + rng.below(copy.length - emptyBytes);
  if (rng.below(2) === 0) return copy.subarray(0, at);
  copy[at] = (copy[at] ?? 0) ^ (1 << rng.below(8));
  return copy;
}

describe('a restart', () => {
  test('remembers an Idempotency-Key, of its sender, for a day', async () => {
    const rows = { rows: [{ device: 'k', sensor: 's', value: 1 }] };
    const key = { 'idempotency-key': 'once' };
    let trial = await openCloud({ dir });
    const send = async (body: unknown, headers = {}) =>
      (await trial.post('/api/v1/readings', body, headers)).body;
    expect(await send(rows, key)).toMatchObject({ accepted: 1, duplicates: 0 });
    await trial.end();
    trial = await openCloud({ dir });
    trial.clock.step(3_600e6);
    expect(await send(rows, key)).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await send(rows, { 'idempotency-key': 'other' })).toMatchObject({ accepted: 1 });
    trial.clock.step(1e6);
    expect(await send(rows)).toMatchObject({ accepted: 1 });
    await trial.end();
    trial = await openCloud({ dir });
    trial.clock.step(25 * 3_600e6);
    expect(await send(rows, key)).toMatchObject({ accepted: 1, duplicates: 0 });
    await trial.end();
  });
});

describe('a clock that steps', () => {
  test.each([
    ['back', -3_600e6],
    ['forth', 3_600e6],
  ])('%s by an hour, keeps every reading, and silence is told by real time', async (_, stepUs) => {
    const trial = await openCloud({ dir });
    const send = (device: string) =>
      trial.post('/api/v1/readings', { rows: [{ device, sensor: 's', value: 1 }] });
    const online = async () =>
      ((await trial.get('/api/v1/fleet')).body as FleetReply).devices
        .filter(({ status }) => status === 'online')
        .map(({ device }) => device);
    await send('silent');
    await send('talks');
    await trial.clock.advance(30_000);
    trial.clock.step(stepUs);
    await trial.clock.advance(2_000);
    expect(await online()).toEqual(['silent', 'talks']);
    expect((await send('talks')).body).toMatchObject({ accepted: 1, errors: [] });
    await trial.clock.advance(31_000);
    expect(await online()).toEqual(['talks']);
    expect((await send('silent')).body).toMatchObject({ accepted: 1, errors: [] });
    expect(await online()).toEqual(['silent', 'talks']);
    await trial.end();
  });
});

/** So many readings that their device is packed at once. */
function longPart() {
  const rows = Array.from({ length: 2_000 }, (_, row) => row);
  const tsUs = rows.map((row) => FROM_US + row * 1e6);
  return { columns: [{ device: 'd2', sensor: 's1', tsUs, value: rows.map((row) => waveAt(row)) }] };
}

describe('a store whose file is damaged', () => {
  beforeEach(async () => {
    const trial = await openCloud({ dir });
    await trial.post('/api/v1/readings', part(0));
    await trial.end();
    spoilRoot(databasePathIn(dir), 'chunk');
  });

  test('ends the server, which says of what, where the writer on its thread fails of it', async () => {
    const threaded = await openThreaded(dir, new ManualClock(systemClock.nowUs()));
    // what it is told is a matter of which comes first
    await threaded.client.call('pushReadings', { body: longPart() }).catch((error: unknown) => {
      expect(error).toMatchObject({ status: 503 });
    });
    expect(await threaded.ended).toMatchObject({
      message: expect.stringMatching(/a part of the server failed: .*malformed/),
    });
    expect(threaded.errors).toMatchObject([
      {
        msg: 'a part of the server failed, and the server ends',
        reason: expect.stringMatching(/malformed/),
      },
    ]);
  });

  test('is told by livez and readyz until the server has ended', async () => {
    const machine = { clock: new ManualClock(NOW_US), rng: createRng(1), log: silentLog };
    const cloud = await openInlineCloud({ dataDir: dir, open: true, ...machine });
    expect((await cloud.call('livez', {})).status).toBe(200);
    const headers = { 'content-type': 'application/json' };
    const body = Buffer.from(JSON.stringify(longPart()));
    await cloud.call('pushReadings', { headers, body });
    expect((await cloud.call('pushReadings', { headers, body })).status).toBe(503);
    for (const route of ['livez', 'readyz'] as const) {
      const { status, body: problem } = await cloud.call(route, {});
      expect([status, problem]).toMatchObject([503, { hint: expect.stringMatching(/malformed/) }]);
    }
    const stop = new AbortController();
    stop.abort();
    await cloud.run(stop.signal);
  });
});
