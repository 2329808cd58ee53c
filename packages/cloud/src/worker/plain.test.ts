import { StatementSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Blocks } from '../store/tail.ts';
import { plainParcel, START_US, WorkerTrial, waveAt } from './workerTrial.ts';

const DAY_US = 86_400e6;
let trial: WorkerTrial;

beforeEach(() => {
  trial = new WorkerTrial();
});
afterEach(() => trial.end());

test('a device whose clock is months behind is stored in order, though one of its stamps was ahead', async () => {
  const receivedUs = START_US + 90 * DAY_US;
  const first = { tsUs: START_US, value: 1 };
  const ahead = { tsUs: receivedUs + DAY_US, value: 2 };
  const next = { tsUs: START_US + 1e6, value: 3 };
  for (const reading of [first, ahead, next])
    await trial.worker.commit([plainParcel([reading], receivedUs)]);
  const { points } = await trial.past('d1', 's1');
  expect(points.map(({ tsUs }) => tsUs)).toEqual([first.tsUs, next.tsUs, ahead.tsUs]);
  // what is at or behind the newest may have been there, and gone
  const [late] = await trial.worker.commit([
    plainParcel([{ tsUs: START_US + 1, value: 4 }], receivedUs),
  ]);
  expect(late).toMatchObject({ stored: 0, duplicates: 1 });
});

test('repeats are looked up once a request: each chunk is read once, the tail gone through once', async () => {
  const readings = Array.from({ length: 1_000 }, (_, row) => ({
    tsUs: START_US + row * 1e6,
    value: waveAt(row),
  }));
  await trial.worker.commit([plainParcel(readings.slice(0, 500))]);
  await trial.worker.compactAll();
  await trial.worker.commit([plainParcel(readings.slice(500))]);
  const looks = vi.spyOn(StatementSync.prototype, 'iterate');
  const reads = vi.spyOn(StatementSync.prototype, 'get');
  const visits = vi.spyOn(Blocks.prototype, 'slabOf');
  try {
    const changed = { tsUs: START_US, value: -1 };
    const parcel = plainParcel([changed, ...readings.slice(1)]);
    expect(await trial.worker.commit([parcel])).toMatchObject([{ stored: 0, duplicates: 999 }]);
    expect(looks.mock.calls.length + reads.mock.calls.length).toBeLessThan(10);
    expect(visits.mock.calls.length).toBe(500);
  } finally {
    vi.restoreAllMocks();
  }
});
