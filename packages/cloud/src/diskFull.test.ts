/** A disk that is full, on a real file whose size SQLite is made to bound: 503, nothing lost, and on again with room. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StorageFault } from './store/sqlite/database.ts';
import { SqliteWriter } from './store/sqlite/sqliteWriter.ts';
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
  expect(refused).toBe(2);
  const { points } = await trial.past('d1', 's1');
  const stamps = Array.from({ length: 12_000 }, (_, row) => START_US + row * 1e6);
  expect(points.map(({ tsUs }) => tsUs)).toEqual(stamps);
});
