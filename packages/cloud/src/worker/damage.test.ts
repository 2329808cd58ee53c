/** A chunk whose bytes are damaged costs its own readings, and nobody else anything. */
import { DatabaseSync } from 'node:sqlite';
import { US_PER_DAY } from '@fernsight/base';
import { UNREADABLE_MAX } from '@fernsight/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stageOf } from '../store/marks.ts';
import { joinStretches } from '../store/past.ts';
import { HOURS, MINUTES, RAW } from '../store/rollup.ts';
import { WriterClerk } from '../stream/writer.ts';
import { plainParcel, START_US, WorkerTrial, waveAt } from './workerTrial.ts';

/** Fewer than a chunk has at least: what follows is joined with them. */
const ROWS = 50;

let trial: WorkerTrial;
beforeEach(() => {
  trial = new WorkerTrial();
});
afterEach(() => trial.end());

/** The n-th stretch of a device. */
function part(device: string, index: number) {
  const rows = Array.from({ length: ROWS }, (_, row) => index * ROWS + row);
  return plainParcel(
    rows.map((row) => ({ device, tsUs: START_US + row * 1e6, value: waveAt(row) })),
  );
}

const seriesOf = (device: string): number =>
  trial.worker.store.registry.find(device)?.bySensor.get('s1')?.id ?? -1;

/** Cuts every chunk of a device's series short, or those of one level. */
function damage(device: string, level?: number): void {
  const database = new DatabaseSync(trial.path);
  const cut =
    'UPDATE chunk SET bytes = substr(bytes, 1, 20) WHERE series = ?1 AND level = coalesce(?2, level)';
  database.prepare(cut).run(seriesOf(device), level ?? null);
  database.close();
}

/** Cuts the chunk of a level short that begins at a stamp. */
function damageAt(firstUs: number, level: number): void {
  const database = new DatabaseSync(trial.path);
  const cut = 'UPDATE chunk SET bytes = substr(bytes, 1, 20) WHERE firstUs = ? AND level = ?';
  expect(database.prepare(cut).run(firstUs, level).changes).toBe(1);
  database.close();
}

/** As of another detector version: each device warms up again. */
function spoilSnapshots(): void {
  const database = new DatabaseSync(trial.path);
  database.exec("UPDATE snapshot SET bytes = x'00'");
  database.close();
}

/** @returns how many readings or points each chunk of a device's level has, and its bytes */
function chunksOf(device: string, level = RAW): { count: number; size: number }[] {
  const database = new DatabaseSync(trial.path, { readOnly: true });
  const rows = database
    .prepare(
      'SELECT count, length(bytes) AS size FROM chunk WHERE series = ? AND level = ? ORDER BY id',
    )
    .all(seriesOf(device), level);
  database.close();
  return rows.map(({ count, size }) => ({ count: Number(count), size: Number(size) }));
}

const errors = () =>
  trial.logged
    .filter(({ level }) => level === 50)
    .map(({ device, sensor, msg }) => ({ device, sensor, msg }));
const LEFT = 'a chunk cannot be read; it is left where it is';

test('packing leaves it where it is, says so once, and packs what follows and all other series', async () => {
  const clerk = new WriterClerk(trial.worker, { ...trial, release: () => undefined });
  await trial.worker.commit([part('d1', 0), part('d2', 0)]);
  await trial.worker.compactAll();
  damage('d1');
  await trial.clock.advance(7_200_000);
  for (const index of [1, 2]) {
    await trial.worker.commit([part('d1', index), part('d2', index)]);
    expect(await clerk.idle()).toBe(false);
    for (const device of ['d1', 'd2'])
      expect(trial.worker.tailOf(device, 's1').rows.tsUs).toHaveLength(0);
    damage('d1');
  }
  expect(chunksOf('d1')).toEqual([1, 2, 3].map(() => ({ count: ROWS, size: 20 })));
  expect(chunksOf('d2')).toMatchObject([{ count: 3 * ROWS }]);
  expect((await trial.past('d2', 's1')).points).toHaveLength(3 * ROWS);
  expect(errors()).toEqual([{ device: 'd1', sensor: 's1', msg: LEFT }]);
});

test('a repeat of what it held is late, as what is not known is, and what others send with it is stored', async () => {
  await trial.worker.commit([part('d1', 0), part('d2', 0)]);
  await trial.worker.compactAll();
  damage('d1');
  const store = trial.worker.store;
  const [again, other] = await trial.worker.commit([part('d1', 0), part('d2', 1)]);
  expect([again?.stored, other?.stored]).toEqual([ROWS, ROWS]);
  expect(new Set(Array.from(again?.marks ?? [], stageOf))).toEqual(new Set(['late']));
  expect(trial.worker.store).toBe(store);
  const [third] = await trial.worker.commit([part('d1', 0)]);
  expect(third).toMatchObject({ stored: 0, duplicates: ROWS });
  expect(errors()).toEqual([{ device: 'd1', sensor: 's1', msg: LEFT }]);
});

test('a device warms up again from its other chunks, and what others send with it is stored', async () => {
  await trial.worker.commit([part('d1', 0), part('d2', 0)]);
  await trial.worker.compactAll();
  damage('d1');
  spoilSnapshots();
  trial.restart();
  const outcomes = await trial.worker.commit([part('d1', 1), part('d2', 1)]);
  expect(outcomes.map(({ stored }) => stored)).toEqual([ROWS, ROWS]);
  expect(errors()).toEqual([{ device: 'd1', sensor: 's1', msg: LEFT }]);
});

/** Twenty-four hours of the day with a number, and a reading in each so often; packed. */
async function fillDay(day: number, stepUs: number): Promise<void> {
  const endUs = START_US + (day + 1) * US_PER_DAY;
  for (const device of ['d1', 'd2']) {
    const rows = Array.from({ length: US_PER_DAY / stepUs }, (_, row) => ({
      device,
      tsUs: START_US + day * US_PER_DAY + row * stepUs,
      value: waveAt(row),
    }));
    await trial.worker.commit([plainParcel(rows, endUs)]);
  }
  await trial.worker.compactAll();
}

/** Folds the days before the one with a number. */
function foldBefore(day: number): void {
  while (trial.worker.store.fold(START_US + (day + 1) * US_PER_DAY) > 0);
}

test.each([
  ['readings', RAW, 60e6],
  ['minutes', MINUTES, 20e6],
])(
  'the fold leaves damaged %s where they are, and folds what follows and all other series',
  async (...row) => {
    const [, level, stepUs] = row;
    await fillDay(0, stepUs);
    const damaged = chunksOf('d1', level).length;
    damage('d1', level);
    foldBefore(1);
    expect(chunksOf('d1', HOURS)).toEqual([]);
    await fillDay(1, stepUs);
    foldBefore(2);
    expect(chunksOf('d1', HOURS)).toMatchObject([{ count: 24 }]);
    expect(chunksOf('d2', HOURS)).toMatchObject([{ count: 48 }]);
    expect(chunksOf('d1', level).filter(({ size }) => size === 20)).toHaveLength(damaged);
    expect(errors()).toEqual([{ device: 'd1', sensor: 's1', msg: LEFT }]);
  },
);

test('the fold goes on beside damaged hours', async () => {
  await fillDay(0, 60e6);
  foldBefore(1);
  damage('d1', HOURS);
  await fillDay(1, 60e6);
  foldBefore(2);
  expect(chunksOf('d1', HOURS)).toMatchObject([{ count: 24, size: 20 }, { count: 24 }]);
  expect(errors()).toEqual([{ device: 'd1', sensor: 's1', msg: LEFT }]);
});

describe('who asks for the past of its series', () => {
  const stampOf = (row: number): number => START_US + row * 1e6;

  /** Chunks of three stretches, of which the one in the midst is damaged. */
  async function fillThree(): Promise<void> {
    for (const index of [0, 4, 8]) {
      const rows = Array.from({ length: 4 * ROWS }, (_, row) => index * ROWS + row);
      const readings = rows.map((row) => ({
        device: 'd1',
        tsUs: stampOf(row),
        value: waveAt(row),
      }));
      await trial.worker.commit([plainParcel(readings)]);
      await trial.worker.compactAll();
      const database = new DatabaseSync(trial.path);
      database.exec('UPDATE chunk SET count = 1000 WHERE level = 0');
      database.close();
    }
  }

  const hole = { fromUs: stampOf(4 * ROWS), toUs: stampOf(8 * ROWS - 1) };
  const isOutside = (tsUs: number): boolean => tsUs < hole.fromUs || tsUs > hole.toUs;

  test('gets all the rest, and hears from where to where there is nothing', async () => {
    await fillThree();
    const all = (await trial.past('d1', 's1')).points.map(({ tsUs }) => tsUs);
    expect(all).toHaveLength(12 * ROWS);
    damageAt(hole.fromUs, RAW);
    const { points, unreadable } = await trial.past('d1', 's1');
    expect(points.map(({ tsUs }) => tsUs)).toEqual(all.filter(isOutside));
    expect(unreadable).toEqual([hole]);
    const tail = trial.worker.tailOf('d1', 's1');
    const span = { device: 'd1', sensor: 's1', fromUs: START_US, toUs: hole.fromUs + 9e6, tail };
    const part = await trial.read((reader) => reader.rows(span));
    expect(part).toMatchObject({ unreadable: [{ fromUs: hole.fromUs, toUs: hole.fromUs + 9e6 }] });
    const first = await trial.read((reader) => reader.firstRows({ ...span, rowsMax: 5_000 }));
    expect(first).toMatchObject({ unreadable: [{ fromUs: hole.fromUs, toUs: hole.fromUs + 9e6 }] });
  });

  test('hears nothing of it where minutes hold what the readings did', async () => {
    await fillThree();
    const minutes = { points: 10 };
    const before = await trial.past('d1', 's1', minutes);
    damageAt(hole.fromUs, RAW);
    // a reading of another day makes it a question for minutes
    const wide = { ...minutes, fromUs: START_US, toUs: START_US + US_PER_DAY };
    const { points, unreadable } = await trial.past('d1', 's1', wide);
    expect([points.reduce((sum, { count }) => sum + count, 0), unreadable]).toEqual([
      before.points.reduce((sum, { count }) => sum + count, 0),
      [],
    ]);
  });

  test.each([MINUTES, HOURS])('gets the rest of level %s', async (level) => {
    await fillDay(0, 20e6);
    if (level === HOURS) foldBefore(1);
    damage('d1', level);
    await fillDay(1, 20e6);
    if (level === HOURS) foldBefore(2);
    const week = {
      fromUs: START_US,
      toUs: START_US + 2 * US_PER_DAY,
      points: level === HOURS ? 10 : 400,
    };
    const { points, unreadable } = await trial.past('d1', 's1', week);
    expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(US_PER_DAY / 20e6);
    expect(unreadable).toEqual([{ fromUs: START_US, toUs: START_US + US_PER_DAY - 1 }]);
  });
});

test('stretches are joined where they overlap, and no more of them than a reply may have', () => {
  const at = (fromUs: number, toUs: number) => ({ fromUs, toUs });
  expect(joinStretches([at(9, 10), at(1, 3), at(2, 5), at(6, 6)])).toEqual([
    at(1, 5),
    at(6, 6),
    at(9, 10),
  ]);
  const many = Array.from({ length: UNREADABLE_MAX + 5 }, (_, index) => at(index * 2, index * 2));
  const joined = joinStretches(many);
  expect(joined).toHaveLength(UNREADABLE_MAX);
  expect(joined.at(-1)).toEqual(at(2 * UNREADABLE_MAX - 2, 2 * UNREADABLE_MAX + 8));
});
