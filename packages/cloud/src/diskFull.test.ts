/** A disk that is full, on a real file whose size SQLite is made to bound: 503, nothing lost, and on again with room. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StorageFault } from './store/sqlite/database.ts';
import { SqliteWriter } from './store/sqlite/sqliteWriter.ts';
import { InlineDesk } from './stream/inlineDesk.ts';
import { type UpkeepJob, type WriterCalls, WriterClerk } from './stream/writer.ts';
import type { Worker } from './worker/worker.ts';
import { plainParcel, START_US, WorkerTrial, waveAt } from './worker/workerTrial.ts';

let trial: WorkerTrial;
beforeEach(() => {
  trial = new WorkerTrial();
});
afterEach(() => trial.end());

const part = (index: number) => {
  const rows = Array.from({ length: 200 }, (_, row) => index * 200 + row);
  return plainParcel(rows.map((row) => ({ tsUs: START_US + row * 1e6, value: waveAt(row) })));
};

test('a commit that finds no room is refused whole and may be tried again; with room everything is stored once', async () => {
  let pagesMax = 60;
  trial.worker.close();
  trial.worker = trial.open(() => new SqliteWriter(trial.path, { pagesMax }));
  let refused = 0;
  for (let index = 0; index < 60; ) {
    try {
      await trial.worker.commit([part(index)]);
      index++;
    } catch (error) {
      expect(error).toBeInstanceOf(StorageFault);
      expect(error).toMatchObject({ retryable: true });
      refused++;
      pagesMax = 100_000;
    }
  }
  // Where the store could be opened afresh before there was room, it refused once more.
  expect([1, 2]).toContain(refused);
  const { points } = await trial.past('d1', 's1');
  const stamps = Array.from({ length: 12_000 }, (_, row) => START_US + row * 1e6);
  expect(points.map(({ tsUs }) => tsUs)).toEqual(stamps);
});

test('a store that cannot be opened again while the disk is full is opened once there is room', async () => {
  let pagesMax = 60;
  trial.worker.close();
  let failures = 0;
  trial.worker = trial.open(() => {
    if (pagesMax === 60 && failures > 0)
      throw new StorageFault('full', { op: 'store.open', retryable: true });
    return new SqliteWriter(trial.path, { pagesMax });
  });
  let index = 0;
  for (; failures < 3; ) {
    try {
      await trial.worker.commit([part(index)]);
      index++;
    } catch (error) {
      expect(error).toBeInstanceOf(StorageFault);
      failures++;
    }
  }
  pagesMax = 100_000;
  await trial.worker.commit([part(index)]);
  const { points } = await trial.past('d1', 's1');
  expect(points.length).toBe((index + 1) * 200);
});

test('while the store cannot be opened again, all that needs it is refused alike; with room it is served', async () => {
  let pagesMax = 60;
  let opened = 0;
  trial.worker.close();
  trial.worker = trial.open(() => {
    if (pagesMax === 60 && opened++ > 0)
      throw new StorageFault('full', { op: 'store.open', retryable: true, hint: 'make room' });
    return new SqliteWriter(trial.path, { pagesMax });
  });
  const clerk = new WriterClerk(trial.worker, { ...trial, release: () => undefined });
  const desk = new InlineDesk<WriterCalls>(clerk);
  const fill = async () => {
    for (let index = 0; ; index++) await desk.ask('publish', part(index));
  };
  await expect(fill()).rejects.toBeInstanceOf(StorageFault);
  const keep = { rawDays: 30, minuteDays: 60, hourDays: 90, bytesMax: 1e9, silentMs: 1 };
  const upkeep = (job: UpkeepJob) => () =>
    desk.ask('upkeep', { job, nowUs: START_US + 86_400e6, keep });
  const calls: (() => Promise<unknown>)[] = [
    () => desk.ask('receipt', { key: 'k' }),
    () => desk.ask('usage', null),
    () => desk.ask('setting', { name: 'n' }),
    () => desk.ask('setting', { name: 'n', value: 'v' }),
    () => desk.ask('settle', null),
    ...(['pack', 'fold', 'retention', 'prune'] as const).map(upkeep),
    () => desk.ask('publish', part(0)),
  ];
  const refusal = { name: 'StorageFault', retryable: true, hint: 'make room' };
  for (const call of calls) await expect(call()).rejects.toMatchObject(refusal);
  pagesMax = 100_000;
  for (const call of calls) await call();
  expect(await desk.ask('setting', { name: 'n' })).toBe('v');
  await desk.close();
});

test('a server that ends while its store cannot be opened again lets go of its folder', async () => {
  let isFull = false;
  trial.worker.close();
  trial.worker = trial.open(() => {
    if (isFull) throw new StorageFault('full', { op: 'store.open', retryable: true });
    return new SqliteWriter(trial.path, { pagesMax: 60 });
  });
  let released = 0;
  const release = () => released++;
  const clerk = new WriterClerk(trial.worker, { ...trial, release });
  const desk = new InlineDesk<WriterCalls>(clerk);
  isFull = true;
  const fill = async () => {
    for (let index = 0; ; index++) await desk.ask('publish', part(index));
  };
  await expect(fill()).rejects.toBeInstanceOf(StorageFault);
  await desk.close();
  expect(released).toBe(1);
});

test('a setting that finds no room is refused as readings are, and chosen with room', async () => {
  trial.worker.close();
  const pagesMax = pages();
  const value = 'v'.repeat(100_000);
  const openDesk = (worker: Worker) => {
    trial.worker = worker;
    return new InlineDesk<WriterCalls>(
      new WriterClerk(worker, { ...trial, release: () => undefined }),
    );
  };
  const full = openDesk(trial.open(() => new SqliteWriter(trial.path, { pagesMax })));
  const choice = { name: 'n', value };
  const refusal = { name: 'StorageFault', retryable: true, hint: expect.stringMatching(/room/) };
  await expect(full.ask('setting', choice)).rejects.toMatchObject(refusal);
  expect(await full.ask('setting', { name: 'n' })).toBe(null);
  await full.close();
  const roomy = openDesk(trial.open());
  expect(await roomy.ask('setting', choice)).toBe(value);
  await roomy.close();
});

test('a fold that finds no room leaves everything as it was, and is done once there is room', async () => {
  const rows = Array.from({ length: 3_000 }, (_, row) => row);
  const burst = (row: number) => (row > 300 && row % 60 < 8 ? 40 : 0);
  const readings = rows.map((row) => ({
    tsUs: START_US + row * 1e6,
    value: waveAt(row) + burst(row),
  }));
  await trial.worker.commit([plainParcel(readings)]);
  await trial.worker.compactAll();
  trial.worker.store.settle();
  const ask = () =>
    trial.read(async (reader) => {
      const { anomalies } = await reader.anomalies({ limit: 1_000 });
      return anomalies.map(({ tsUs, value, score, kind, channels }) => [
        tsUs,
        value,
        score,
        kind,
        channels,
      ]);
    });
  const before = await ask();
  expect(before.length).toBeGreaterThan(100);
  trial.worker.close();
  const nowUs = START_US + 30 * 86_400e6;
  let done = 0;
  for (let spare = 0; ; spare++) {
    trial.worker = trial.open(
      () => new SqliteWriter(trial.path, { pagesMax: pages() + spare, blockRows: 64 }),
    );
    const { store } = trial.worker;
    try {
      for (let count = 1; count > 0; done += count) count = store.fold(nowUs);
      break;
    } catch (error) {
      expect(error).toBeInstanceOf(StorageFault);
      expect(await ask()).toEqual(before);
    }
    trial.worker.close();
  }
  expect(done).toBeGreaterThan(before.length / 2);
  expect(await ask()).toEqual(before);
});

/** how large the file is */
function pages(): number {
  const database = new DatabaseSync(trial.path, { readOnly: true });
  const count = Number(database.prepare('PRAGMA page_count').get()?.page_count);
  database.close();
  return count;
}
