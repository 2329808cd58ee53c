/** Packing works in slices between commits: what it costs is in proportion to the tails, and it stops in time. */
import { silentLog } from '@fernsight/base';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SqliteWriter } from '../store/sqlite/sqliteWriter.ts';
import { Blocks } from '../store/tail.ts';
import { Worker } from './worker.ts';
import { plainParcel, START_US, WorkerTrial } from './workerTrial.ts';

let trial: WorkerTrial;

beforeEach(() => {
  trial = new WorkerTrial();
});
afterEach(() => trial.end());

test('a tail is gone through once when it is packed, however many series are in it', async () => {
  const readings = Array.from({ length: 1_000 }, (_, row) => ({
    sensor: `s${row % 100}`,
    tsUs: START_US + Math.floor(row / 100) * 1e6,
    value: row,
  }));
  await trial.worker.commit([plainParcel(readings)]);
  const { count } = trial.worker.store.registry.find('d1')?.tail ?? { count: 0 };
  const visits = vi.spyOn(Blocks.prototype, 'slabOf');
  try {
    await trial.worker.compactAll();
    expect(visits.mock.calls.length).toBe(count);
  } finally {
    vi.restoreAllMocks();
  }
  const { points } = await trial.past('d1', 's42');
  expect(points.map(({ mean }) => mean)).toEqual(
    Array.from({ length: 10 }, (_, row) => row * 100 + 42),
  );
});

test('the time of a slice is looked at after each device', async () => {
  let readMs = 0;
  const clock = {
    nowUs: () => trial.clock.nowUs(),
    sleep: async () => {},
    // each look takes longer than a slice
    monotonicMs: () => {
      readMs += 1_000;
      return readMs;
    },
  };
  trial.worker.close();
  const openStore = () => new SqliteWriter(trial.path);
  trial.worker = new Worker({ openStore, clock, log: silentLog, rawRetentionUs: 86_400e6 });
  const devices = Array.from({ length: 20 }, (_, index) => `d${index}`);
  await trial.worker.commit([
    plainParcel(devices.map((device) => ({ device, tsUs: START_US, value: 1 }))),
  ]);
  const { registry } = trial.worker.store;
  const waiting = () => devices.filter((name) => registry.find(name)?.tail.count !== 0).length;
  expect(await trial.worker.compact(START_US + 86_400e6)).toBe(true);
  expect(waiting()).toBe(19);
});
