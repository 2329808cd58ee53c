/** Packing between commits, on a disk without room for it. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteWriter } from '../store/sqlite/sqliteWriter.ts';
import { plainParcel, START_US, WorkerTrial, waveAt } from '../worker/workerTrial.ts';
import { WriterClerk } from './writer.ts';

const ROWS = 3_000;

let trial: WorkerTrial;
beforeEach(() => {
  trial = new WorkerTrial();
});
afterEach(() => trial.end());

test('packing that finds no room is put off, ends nothing, and is made up for with room', async () => {
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  const readings = rows.map((row) => ({ tsUs: START_US + row * 1e6, value: waveAt(row) }));
  await trial.worker.commit([plainParcel(readings)]);
  await trial.worker.durable();
  trial.worker.close();
  const full = new DatabaseSync(trial.path);
  let pagesMax = Number(full.prepare('PRAGMA page_count').get()?.page_count);
  full.close();
  trial.worker = trial.open(() => new SqliteWriter(trial.path, { pagesMax }));
  await trial.clock.advance(3_600_000);
  const logged = (): unknown[] =>
    trial.logged.splice(0).map(({ msg, after, reason }) => ({ msg, after, reason }));
  const reason = expect.stringMatching(/full/);
  const afresh = { msg: 'the store is opened afresh after a failure', after: 'pack', reason };
  const clerk = new WriterClerk(trial.worker, { ...trial, release: () => undefined });
  expect(await clerk.idle()).toBe(false);
  expect(logged()).toEqual([afresh, { msg: 'packing is put off', reason }]);
  expect(trial.worker.tailOf('d1', 's1').rows.tsUs).toHaveLength(ROWS);
  pagesMax = 100_000;
  // the store that is open does not know of the room yet: it fails once more, and is opened afresh
  expect(await clerk.idle()).toBe(false);
  await clerk.idle();
  expect(logged()).toEqual([afresh]);
  expect(trial.worker.tailOf('d1', 's1').rows.tsUs).toHaveLength(0);
  const { points } = await trial.past('d1', 's1');
  expect(points.map(({ tsUs }) => tsUs)).toEqual(readings.map(({ tsUs }) => tsUs));
});
