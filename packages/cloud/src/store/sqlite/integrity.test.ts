/** What a check finds, in a store of every kind of row, and what it leaves alone meanwhile. */
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { silentLog } from '@fernsight/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { plainParcel, START_US, WorkerTrial, waveAt } from '../../worker/workerTrial.ts';
import { changeStore, flipBit } from './damageTrial.ts';
import { inspect } from './inspector.ts';
import { checkSteps, type Whole } from './integrity.ts';

const DAY_US = 86_400e6;
/** So many series that their chunks are more than a page. */
const SERIES = 70;

let trial: WorkerTrial;
beforeEach(async () => {
  trial = new WorkerTrial();
  await fill();
});
afterEach(() => trial.end());

/** Raw chunks, minutes, hours, blocks of anomalies, and a journal that is not packed. */
async function fill(): Promise<void> {
  const { worker } = trial;
  const wave = Array.from({ length: 2_000 }, (_, row) => ({
    tsUs: START_US + row * 1e6,
    value: waveAt(row) + (row > 600 && row % 60 < 8 ? 40 : 0),
  }));
  for (const sensor of ['a', 'b', 'c'])
    await worker.commit([plainParcel(wave.map((reading) => ({ ...reading, sensor })))]);
  for (let series = 0; series < SERIES; series++)
    await worker.commit([plainParcel([{ sensor: `s${series}`, tsUs: START_US, value: 1 }])]);
  await worker.compactAll();
  for (let count = 1; count > 0; ) count = worker.store.fold(START_US + 2 * DAY_US);
  const late = wave
    .slice(0, 500)
    .map(({ value }, row) => ({ tsUs: START_US + DAY_US + row, value }));
  for (let part = 0; part < 20; part++)
    await worker.commit([plainParcel(late.slice(part * 25, part * 25 + 25))]);
  worker.store.settle();
}

const change = <T>(work: (database: DatabaseSync) => T): T => changeStore(trial.path, work);

const countOf = (table: string): number =>
  change((database) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n));

/** @returns what was found whole on the calling thread. @param between runs after each step */
function check({ isServed = true, between = () => {} } = {}): Whole {
  const steps = checkSteps({ dir: trial.dir, isServed });
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    between();
  }
}

test('a whole store is whole, to the last row, on a thread as on the calling one', async () => {
  const rows = {
    databases: 1,
    chunk: countOf('chunk'),
    journal: countOf('journal'),
    pastAnomaly: countOf('pastAnomaly'),
  };
  expect(rows.chunk).toBeGreaterThan(128);
  expect(rows.journal).toBeGreaterThan(16);
  expect(rows.pastAnomaly).toBeGreaterThan(4);
  expect(check()).toEqual(rows);
  const onThread = await inspect({ dir: trial.dir, isServed: true }, { log: silentLog });
  expect(onThread).toEqual(rows);
});

test.each([
  ['chunk', 60],
  ['journal', 4],
  ['pastAnomaly', 40],
])('a bit that is flipped in the bytes of a %s is found, and its row is named', (table, at) => {
  const id = flipBit(trial.path, { table, at });
  const told = new RegExp(`^fernsight.db is damaged: row ${id} of the table ${table}: `);
  expect(() => check()).toThrow(told);
});

test.each([
  { table: 'chunk', set: 'count = count + 1', where: 'level = 0', why: 'its count is \\d+, and' },
  { table: 'chunk', set: 'firstUs = firstUs - 1', where: 'level = 1', why: 'its firstUs is' },
  { table: 'chunk', set: 'lastUs = lastUs + 1', where: 'level = 2', why: 'its lastUs is' },
  { table: 'journal', set: `anomalies = '[['`, where: 'true', why: 'its checksum is' },
  { table: 'journal', set: `anomalies = '[[', checksum = NULL`, where: 'true', why: 'JSON' },
  { table: 'pastAnomaly', set: 'lastUs = lastUs + 1', where: 'true', why: 'its lastUs is' },
  { table: 'pastAnomaly', set: `series = x'63'`, where: 'true', why: 'its series is 99, and' },
])('a row of $table that says something else ($set) than it holds is found', (told) => {
  const { table, set, where, why } = told;
  const id = change((database) => {
    const newest = `SELECT max(id) AS id FROM ${table} WHERE ${where}`;
    const found = Number(database.prepare(newest).get()?.id);
    database.prepare(`UPDATE ${table} SET ${set} WHERE id = ?`).run(found);
    return found;
  });
  expect(() => check()).toThrow(new RegExp(`row ${id} of the table ${table}: .*${why}`));
});

test.each([true, false])('what SQLite finds by itself is told, isServed %s', (isServed) => {
  const root = change((database) => {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const index = `SELECT rootpage FROM sqlite_schema WHERE name = 'chunkByAge'`;
    return Number(database.prepare(index).get()?.rootpage);
  });
  const file = openSync(trial.path, 'r+');
  writeSync(file, Buffer.alloc(64, 0x55), 0, 64, (root - 1) * 4_096 + 4_000);
  closeSync(file);
  expect(() => check({ isServed })).toThrow(/^fernsight.db (is damaged|cannot be read): /);
});

test('rows that go, and rows that come, while a store is read are no fault, and it ends', () => {
  let steps = 0;
  const whole = check({
    between: () => {
      expect(++steps).toBeLessThan(1_000);
      change((database) => {
        database.exec('DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE id > 64 LIMIT 1)');
        database.exec(`INSERT INTO chunk (series, level, folded, firstUs, lastUs, count, storedUs, bytes)
          SELECT series, level, folded, firstUs, lastUs, count, storedUs, bytes FROM chunk LIMIT 99`);
      });
    },
  });
  expect(steps).toBeGreaterThan(20);
  expect(whole.chunk).toBeLessThan(countOf('chunk'));
});

test('between two steps of it, the write-ahead log can begin anew', () => {
  const log = `${trial.path}-wal`;
  const sizes: number[] = [];
  change((database) => {
    check({
      between: () => {
        database.exec(`INSERT OR REPLACE INTO setting VALUES ('n', ${sizes.length})`);
        const busy = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy;
        sizes.push(Number(busy), statSync(log).size);
      },
    });
  });
  expect(sizes.length).toBeGreaterThan(20);
  expect(new Set(sizes)).toEqual(new Set([0]));
});

test('a check that is told to stop asks for no further step', async () => {
  const stop = new AbortController();
  let pauses = 0;
  const probe = {
    at: () => {},
    opened: () => {},
    datasync: async () => {},
    pause: async () => {
      if (++pauses === 5) stop.abort();
    },
  };
  const options = { log: silentLog, threads: false, probe, signal: stop.signal };
  expect(await inspect({ dir: trial.dir, isServed: true }, options)).toBeUndefined();
  expect(pauses).toBeLessThan(7);
  expect(
    change((database) => database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy),
  ).toBe(0);
});
