import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ByteWriter, silentLog, UsageFault } from '@fernsight/base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MODELS_KEY } from '../../worker/deviceModels.ts';
import {
  agentBatch,
  agentParcel,
  plainParcel,
  START_US,
  WorkerTrial,
  waveAt,
} from '../../worker/workerTrial.ts';
import { readPages } from '../anomalyTrial.ts';
import { type DeviceRecord, JOINT_SENSOR } from '../registry.ts';
import { describeStore } from '../store.contract.ts';
import { packDetail } from './anomalyDetail.ts';
import { backupFolder, pruneBackups, restoreFolder } from './backup.ts';
import { spoilRoot } from './damageTrial.ts';
import { StorageFault } from './database.ts';
import { openFolder } from './folder.ts';
import { SnapshotRows } from './snapshotRows.ts';
import { SqliteWriter } from './sqliteWriter.ts';

const DAY_US = 86_400e6;

const COLUMNS = `id INTEGER PRIMARY KEY, device INTEGER NOT NULL, series INTEGER NOT NULL, tsUs INTEGER NOT NULL,
  value REAL NOT NULL, steps INTEGER NOT NULL, mark INTEGER NOT NULL, began INTEGER NOT NULL, backfilled INTEGER NOT NULL`;
const NAMES = 'id, device, series, tsUs, value, steps, mark, began, backfilled';
/** What the first two held of an anomaly beside its reading, and what the second added. */
const IN_COLUMNS =
  'threshold REAL NOT NULL, expected REAL, lower REAL, upper REAL, channels TEXT NOT NULL';
const SHOWN = 'onsetUs INTEGER, region INTEGER';
/** The table of anomalies by schema, with one detail in all of them. */
const TABLES: Readonly<Record<number, string>> = {
  1: `CREATE TABLE old (${COLUMNS}, ${IN_COLUMNS}) STRICT;
    INSERT INTO old SELECT ${NAMES}, 0.5, NULL, 1, 2, '[["residual",0.5]]' FROM anomaly`,
  2: `CREATE TABLE old (${COLUMNS}, ${IN_COLUMNS}, ${SHOWN}, evidence TEXT) STRICT;
    INSERT INTO old SELECT ${NAMES}, 0.5, NULL, 1, 2, '[["residual",0.5]]', onsetUs, NULL, '[1,2]' FROM anomaly`,
  3: `CREATE TABLE old (${COLUMNS}, ${SHOWN}, evidence ANY, detail ANY NOT NULL) STRICT;
    INSERT INTO old SELECT ${NAMES}, onsetUs, NULL, NULL, x'${thirdDetail()}' FROM anomaly`,
  4: `CREATE TABLE old (${COLUMNS}, ${SHOWN}, evidence ANY, detail ANY NOT NULL, told BLOB) STRICT;
    INSERT INTO old SELECT ${NAMES}, onsetUs, NULL, NULL, 0, x'${fourthDetail()}' FROM anomaly`,
};

/** Four doubles and the channels. */
function thirdDetail(): string {
  const out = new ByteWriter(64);
  for (const number of [0.5, Number.NaN, 1, 2]) out.float64(number);
  out.varint(1);
  out.byte(255);
  out.text('residual');
  out.byte(125);
  return hexOf(out.finish());
}

function fourthDetail(): string {
  const edges = { threshold: 0.5, expected: Number.NaN, lower: 1, upper: 2 };
  const lists = { channels: [['residual', 0.5] as const], evidence: [], among: [] };
  return hexOf(packDetail({ ...edges, ...lists }));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Makes of a store what an earlier schema had written: its anomalies, its indexes, its snapshots one a sensor. */
function toSchema(version: number, path: string): void {
  const database = new DatabaseSync(path);
  const snapshots = new SnapshotRows(database).read({ id: 1 } as DeviceRecord);
  database.exec(`${TABLES[version]}; DROP TABLE anomaly; ALTER TABLE old RENAME TO anomaly;
    DROP TABLE pastAnomaly; ALTER TABLE journal DROP COLUMN checksum; DROP TABLE damagedJournal; DELETE FROM setting; PRAGMA user_version = ${version};
    CREATE INDEX alarmByTime ON anomaly (tsUs); CREATE INDEX anomalyByTime ON anomaly (tsUs);
    CREATE INDEX anomalyByDevice ON anomaly (device, tsUs)`);
  if (version < 3) {
    database.exec(
      'ALTER TABLE journal DROP COLUMN anomalies; DROP TABLE receipt; DELETE FROM snapshot',
    );
    const insert = database.prepare('INSERT INTO snapshot VALUES (1, ?, ?)');
    for (const [sensor, bytes] of snapshots) insert.run(sensor, bytes);
  }
  database.close();
}

describeStore('SQLite', () => new WorkerTrial());

describe('on disk', () => {
  let trial: WorkerTrial;
  let place: string;
  beforeEach(() => {
    trial = new WorkerTrial();
    place = mkdtempSync(join(tmpdir(), 'fernsight-backup-'));
  });
  afterEach(() => {
    trial.end();
    rmSync(place, { recursive: true });
  });

  const fill = (count: number) => {
    const readings = Array.from({ length: count }, (_, index) => ({
      tsUs: START_US + index * 1e6,
      value: waveAt(index),
    }));
    return trial.worker.commit([plainParcel(readings)]);
  };

  test('a reading of two decimals, its score and its share of the rollups take at most 12 bytes', async () => {
    const count = 60_000;
    for (let first = 0; first < count; first += 1_000) {
      const rows = Array.from({ length: 1_000 }, (_, index) => first + index);
      const readings = rows.map((row) => ({ tsUs: START_US + row * 1e6, value: waveAt(row) }));
      await trial.worker.commit([plainParcel(readings, START_US + row(count))]);
      await trial.worker.compact(START_US);
    }
    await trial.worker.compactAll();
    expect(trial.worker.store.usage().bytes / count).toBeLessThan(12);
  });
  const row = (index: number): number => index * 1e6;

  test('a page of what is rare ends after some blocks of past anomalies, and its cursor goes on behind them', async () => {
    trial.worker.close();
    trial.worker = trial.open(() => new SqliteWriter(trial.path, { blockRows: 8 }));
    const spikesFrom = (fromUs: number) =>
      Array.from({ length: 3_000 }, (_, row) => ({
        device: `d${fromUs}`,
        tsUs: fromUs + row * 1e6,
        value: waveAt(row) + (row > 600 && row % 30 < 8 ? 40 : 0),
      }));
    // the second comes late: its blocks lie among those of the first
    for (const fromUs of [START_US, START_US + 500e6, START_US - 500e6])
      await trial.worker.commit([plainParcel(spikesFrom(fromUs), START_US + DAY_US)]);
    await trial.worker.compactAll();
    while (trial.worker.store.fold(START_US + 30 * DAY_US) > 0);
    await trial.read(async (reader) => {
      const all = await readPages(reader, { limit: 1_000 });
      const kinds = new Set(all.map(({ kind }) => kind));
      expect(all.length).toBeGreaterThan(200);
      const isNewestFirst = all.every(({ tsUs }, row) => tsUs <= (all[row - 1]?.tsUs ?? tsUs));
      expect([isNewestFirst, kinds.has('dropout')]).toEqual([true, false]);
      const first = await reader.anomalies({ kind: 'dropout' });
      expect(first.anomalies).toEqual([]);
      expect(first.next).toBeDefined();
      expect(await readPages(reader, { kind: 'dropout' })).toEqual([]);
      for (const kind of kinds) {
        const ofKind = all.filter((one) => one.kind === kind);
        expect(await readPages(reader, { kind, limit: 1_000 })).toEqual(ofKind);
        expect(await readPages(reader, { kind, limit: 5 })).toEqual(ofKind);
      }
    });
  });

  test('anomalies wait for their table in a bounded number, though nobody asks for them', async () => {
    const unknown = { expected: null, lower: null, upper: null, channels: [] };
    const verdict = { anomaly: true, alarm: false, sensorFault: false, threshold: 0.5 };
    const send = async (first: number, end: number) => {
      const values = new Array<number>(end - first).fill(5);
      const batch = agentBatch(first, values);
      const explained = values.map((_, row) => {
        return { row, kind: 'spike' as const, ...verdict, ...unknown };
      });
      const series = batch.series.map((one) => ({ ...one, explained }));
      await trial.worker.commit([agentParcel({ ...batch, series })]);
      return (await trial.read((reader) => reader.anomalies({ limit: 1 }))).anomalies;
    };
    expect(await send(0, 2_000)).toHaveLength(0);
    expect(await send(2_000, 2_001)).toHaveLength(1);
  });

  test('a backup that is made while readings come holds a moment of the store, and restores', async () => {
    await fill(1_000);
    const to = join(place, 'copy');
    await backupFolder({ dataDir: trial.dir, to, log: silentLog });
    await trial.worker.commit([plainParcel([{ tsUs: START_US + 5_000e6, value: 1 }])]);
    const restored = new WorkerTrial();
    restored.worker.close();
    rmSync(restored.path);
    for (const name of readdirSync(restored.dir)) rmSync(join(restored.dir, name));
    await restoreFolder({ from: to, dataDir: restored.dir, log: silentLog });
    restored.worker = restored.open();
    expect((await restored.past('d1', 's1')).points.length).toBe(1_000);
    const again = restoreFolder({ from: to, dataDir: restored.dir, log: silentLog });
    await expect(again).rejects.toThrow(/holds fernsight.db already/);
    restored.end();
    await expect(backupFolder({ dataDir: trial.dir, to, log: silentLog })).rejects.toThrow(
      UsageFault,
    );
    await expect(backupFolder({ dataDir: place, to: `${to}2`, log: silentLog })).rejects.toThrow(
      /holds no store/,
    );
  });

  test('a backup that was damaged is not restored', async () => {
    await fill(3_000);
    await trial.worker.compactAll();
    const to = join(place, 'copy');
    await backupFolder({ dataDir: trial.dir, to, log: silentLog });
    const bytes = readFileSync(join(to, 'fernsight.db'));
    bytes.fill(0x55, 8_192, 20_000);
    writeFileSync(join(to, 'fernsight.db'), bytes);
    const dataDir = join(place, 'new');
    await expect(restoreFolder({ from: to, dataDir, log: silentLog })).rejects.toThrow(
      /^fernsight.db (is damaged|cannot be read): /,
    );
  });

  test('old backups are pruned, other files stay', () => {
    for (const day of ['20260101T000000Z', '20260102T000000Z', '20260103T000000Z']) {
      writeFileSync(join(place, `fernsight-${day}`), '');
    }
    writeFileSync(join(place, 'notes'), '');
    expect(pruneBackups(place, 2)).toEqual(['fernsight-20260101T000000Z']);
    expect(readdirSync(place)).toContain('notes');
  });

  test('a log of SQLite that ends in garbage loses none of what was committed before', async () => {
    await fill(200);
    const copy = join(place, 'fernsight.db');
    writeFileSync(copy, readFileSync(trial.path));
    const log = readFileSync(`${trial.path}-wal`);
    writeFileSync(`${copy}-wal`, Buffer.concat([log, Buffer.alloc(6_000, 0xa7)]));
    const torn = new WorkerTrial();
    torn.worker.close();
    for (const name of readdirSync(torn.dir)) rmSync(join(torn.dir, name));
    for (const name of ['fernsight.db', 'fernsight.db-wal']) {
      writeFileSync(join(torn.dir, name), readFileSync(join(place, name)));
    }
    torn.worker = torn.open();
    expect((await torn.past('d1', 's1')).points.length).toBe(200);
    torn.end();
  });

  test('judges go on from their snapshots, not from stored readings', async () => {
    const undisturbed = new WorkerTrial();
    const next = plainParcel([{ tsUs: START_US + 3_000e6, value: waveAt(3_000) + 0.7 }]);
    const outcomes = [];
    for (const each of [undisturbed, trial]) {
      for (let first = 0; first < 3_000; first += 1_000) {
        const readings = Array.from({ length: 1_000 }, (_, index) => ({
          tsUs: START_US + (first + index) * 1e6,
          value: waveAt(first + index),
        }));
        await each.worker.commit([plainParcel(readings)]);
      }
      if (each === trial) {
        await each.worker.compactAll();
        each.restart();
        const device = each.worker.store.registry.find('d1');
        expect(device?.tail.count).toBe(0);
        const snapshots = device && (await each.worker.store.snapshotsOf(device));
        expect([...(snapshots?.keys() ?? [])]).toEqual(['s1', JOINT_SENSOR, MODELS_KEY]);
        expect([...(snapshots?.values() ?? [])].some(Buffer.isBuffer)).toBe(false);
      }
      outcomes.push(...(await each.worker.commit([next])));
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
    undisturbed.end();
  });

  test.each([1, 2, 3, 4])(
    'a store of schema %d opens, with its anomalies and its judges',
    async (version) => {
      const readings = Array.from({ length: 300 }, (_, row) => ({
        tsUs: START_US + row * 1e6,
        value: waveAt(row),
      }));
      const past = plainParcel([...readings, { tsUs: START_US + 300e6, value: 1e4 }]);
      const next = plainParcel([{ tsUs: START_US + 301e6, value: waveAt(301) }]);
      const undisturbed = new WorkerTrial();
      await undisturbed.worker.commit([past]);
      await trial.worker.commit([past]);
      await trial.worker.compactAll();
      trial.worker.close();
      toSchema(version, trial.path);
      trial.worker = trial.open();
      const ask = async () => trial.read(async (reader) => (await reader.anomalies({})).anomalies);
      const [anomaly] = await ask();
      expect(anomaly).toMatchObject({ tsUs: START_US + 300e6, value: 1e4, threshold: 0.5 });
      expect(anomaly?.channels).toEqual([['residual', 0.5]]);
      expect([anomaly?.lower, anomaly?.upper]).toEqual([1, 2]);
      while (trial.worker.store.fold(START_US + DAY_US) > 0);
      expect(await ask()).toEqual([anomaly]);
      const [restored] = await trial.worker.commit([next]);
      const [expected] = await undisturbed.worker.commit([next]);
      expect(restored).toEqual(expected);
      undisturbed.end();
    },
  );

  test('a folder is held by one, and free again when that one is gone', () => {
    const first = openFolder(place);
    expect(() => openFolder(place)).toThrow(/is in use by process/);
    first.release();
    openFolder(place).release();
  });
});

test('a store whose devices cannot be read is not opened, and the fault says what helps', () => {
  const dir = mkdtempSync(join(tmpdir(), 'fernsight-store-'));
  const path = join(dir, 'fernsight.db');
  new SqliteWriter(path).close();
  spoilRoot(path, 'device');
  const open = () => new SqliteWriter(path);
  expect(open).toThrow(StorageFault);
  expect(open).toThrow(expect.objectContaining({ hint: expect.stringMatching(/backup/) }));
  rmSync(dir, { recursive: true });
});
