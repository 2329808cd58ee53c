import { StatementSync } from 'node:sqlite';
import { formatTimestamp } from '@fernsight/base';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readJson } from '../ingest/json.ts';
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
  expect(late).toMatchObject({ stored: 0, duplicates: 0, expired: 1 });
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

describe('readings without a stamp', () => {
  const RECEIVED_US = START_US + 3_600e6;
  const send = async (values: readonly number[], key?: string) => {
    const rows = values.map((value) => ({ device: 'd1', sensor: 's1', value }));
    const { parcel } = readJson(Buffer.from(JSON.stringify({ rows })), RECEIVED_US);
    const receipt = key === undefined ? {} : { receipt: { key, receivedUs: RECEIVED_US } };
    const [outcome] = await trial.worker.commit([{ ...parcel, ...receipt }]);
    return [outcome?.stored, outcome?.duplicates, outcome?.refusals.length];
  };
  const stored = async () => {
    const { points } = await trial.past('d1', 's1');
    return points.map(({ tsUs, mean }) => [tsUs - RECEIVED_US, mean]);
  };

  test('that come in one moment are all kept, packed or not', async () => {
    expect(await send([1])).toEqual([1, 0, 0]);
    expect(await send([1])).toEqual([1, 0, 0]);
    expect(await send([2, 1, 3])).toEqual([3, 0, 0]);
    await trial.worker.compactAll();
    expect(await send([3])).toEqual([1, 0, 0]);
    expect(await stored()).toEqual([1, 1, 2, 1, 3, 3].map((value, index) => [index, value]));
  });

  test('are repeats where they come again with their key, wherever they were stored, after a restart too', async () => {
    expect(await send([1, 2], 'a')).toEqual([2, 0, 0]);
    expect(await send([2, 2, 1], 'b')).toEqual([3, 0, 0]);
    expect(await send([2, 2, 1], 'b')).toEqual([0, 3, 0]);
    trial.restart();
    expect(await send([2, 2, 1], 'b')).toEqual([0, 3, 0]);
    await trial.worker.compactAll();
    trial.restart();
    for (const _ of [1, 2]) expect(await send([1, 2], 'a')).toEqual([0, 2, 0]);
    expect(await send([2, 2, 1], 'b')).toEqual([0, 3, 0]);
    expect(await send([2, 2, 1], 'c')).toEqual([3, 0, 0]);
    expect(await stored()).toEqual([1, 2, 2, 2, 1, 2, 2, 1].map((value, index) => [index, value]));
  });

  test('leave the stamps that stand beside them in the request as they are', async () => {
    await send([0, 0, 0]);
    const row = { device: 'd1', sensor: 's1' };
    const stamped = { ...row, value: 7, time: formatTimestamp(RECEIVED_US + 3) };
    const rows = [{ ...row, value: 5 }, stamped, { ...row, value: 6 }];
    const { parcel } = readJson(Buffer.from(JSON.stringify({ rows })), RECEIVED_US);
    expect(await trial.worker.commit([parcel])).toMatchObject([{ stored: 3, duplicates: 0 }]);
    expect(await stored()).toEqual([0, 0, 0, 7, 5, 6].map((value, index) => [index, value]));
  });
});
