/** A row of the journal that is damaged costs its own readings, and nobody else anything: the start goes on without it. */
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { plainParcel, START_US, WorkerTrial, waveAt } from '../../worker/workerTrial.ts';
import { changeStore, flipBit } from './damageTrial.ts';
import { checkSteps } from './integrity.ts';

const ROWS = 40;
const DAY_US = 86_400e6;
const KEEP = { rawDays: 30, minuteDays: 365, hourDays: 1_825, bytesMax: 1e12 };

let trial: WorkerTrial;
beforeEach(() => {
  trial = new WorkerTrial();
});
afterEach(() => trial.end());

/** The n-th stretch of two devices. */
const part = (index: number, devices = ['d1', 'd2']) =>
  plainParcel(
    devices.flatMap((device) =>
      stampsOf(index).map((tsUs, row) => ({ device, tsUs, value: waveAt(row) })),
    ),
  );
const stampsOf = (...parts: number[]): number[] =>
  parts.flatMap((index) =>
    Array.from({ length: ROWS }, (_, row) => START_US + (index * ROWS + row) * 1e6),
  );

async function stored(device = 'd1'): Promise<number[]> {
  return (await trial.past(device, 's1')).points.map(({ tsUs }) => tsUs);
}

const told = () =>
  trial.logged.filter(({ level }) => level === 50).map(({ msg, row }) => [msg, row]);
const SET_ASIDE = 'a row of the journal is damaged; it is set aside';

const change = <T>(work: (database: DatabaseSync) => T): T => changeStore(trial.path, work);

/** As after a kill, in which a row of the journal became another. */
function restartDamaged(damage: () => void): void {
  trial.worker.close();
  damage();
  trial.worker = trial.open();
}

const sizeOf = (id: number): number =>
  change((database) =>
    Number(database.prepare('SELECT length(bytes) AS n FROM journal WHERE id = ?').get(id)?.n),
  );

test.each([
  ['its length', () => 0],
  ['its head', () => 9],
  ["the number of a reading's series", () => sizeOf(2) - 300],
  ['a mark', () => sizeOf(2) - 9],
])('a flipped bit in %s: the rows before and behind it are there', async (_, at) => {
  for (const index of [0, 1, 2]) await trial.worker.commit([part(index)]);
  restartDamaged(() => flipBit(trial.path, { table: 'journal', id: 2, at: at() }));
  for (const device of ['d1', 'd2']) expect(await stored(device)).toEqual(stampsOf(0, 2));
  expect(told()).toEqual([[SET_ASIDE, 2]]);
  expect(trial.worker.store.usage().damaged).toEqual({ journalRows: 1, series: 0 });
});

test('so do its anomalies: a text that is no longer what it was', async () => {
  for (const index of [0, 1, 2]) await trial.worker.commit([part(index)]);
  restartDamaged(() =>
    change((database) => database.exec(`UPDATE journal SET anomalies = '[[' WHERE id = 2`)),
  );
  expect(await stored()).toEqual(stampsOf(0, 2));
  expect(told()).toEqual([[SET_ASIDE, 2]]);
});

test('what is sent again is stored, the row is kept as it was found, and a check finds the store whole', async () => {
  for (const index of [0, 1, 2]) await trial.worker.commit([part(index)]);
  let damaged: unknown;
  restartDamaged(() => {
    flipBit(trial.path, { table: 'journal', id: 2, at: 4 });
    damaged = change((database) => database.prepare('SELECT * FROM journal WHERE id = 2').get());
  });
  const [outcome] = await trial.worker.commit([part(1)]);
  expect(outcome).toMatchObject({ stored: 2 * ROWS, duplicates: 0 });
  await trial.worker.compactAll();
  trial.restart();
  expect(await stored()).toEqual(stampsOf(0, 1, 2));
  expect(told()).toEqual([[SET_ASIDE, 2]]);
  const kept = change((database) => database.prepare('SELECT * FROM damagedJournal').all());
  expect(kept).toMatchObject([damaged]);
  const steps = checkSteps({ dir: trial.dir, isServed: true });
  while (steps.next().done !== true);
});

test('the number of a last row that was damaged is not given again', async () => {
  for (const index of [0, 1]) await trial.worker.commit([part(index)]);
  restartDamaged(() => flipBit(trial.path, { table: 'journal', id: 2, at: 4 }));
  trial.restart();
  expect(trial.worker.store.nextJournalId).toBe(3);
});

test('it is kept as long as its readings would have been', async () => {
  for (const index of [0, 1]) await trial.worker.commit([part(index)]);
  restartDamaged(() => flipBit(trial.path, { table: 'journal', id: 2, at: 4 }));
  const { store } = trial.worker;
  const damagedRows = (days: number): number => {
    while (store.retain(KEEP, START_US + days * DAY_US) > 0);
    return store.usage().damaged.journalRows;
  };
  expect([29, 31].map(damagedRows)).toEqual([1, 0]);
});

test('a row from before there were checksums is read', async () => {
  await trial.worker.commit([part(0)]);
  restartDamaged(() => change((database) => database.exec('UPDATE journal SET checksum = NULL')));
  expect(await stored()).toEqual(stampsOf(0));
});
