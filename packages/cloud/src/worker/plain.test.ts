import { afterEach, beforeEach, expect, test } from 'vitest';
import { plainParcel, START_US, WorkerTrial } from './workerTrial.ts';

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
