/**
 * The store's writing side on SQLite: one connection, one owner (a thread of its own in the server).
 *
 * A commit is one row of the journal with everything of the group: one fsync (walSync.ts). What of it is read by itself
 * goes into its table with others (anomalyQueue.ts). Packing moves tails from the journal into chunks, with the snapshots of the judges as of the
 * same reading, and then cuts the journal. A restart reads devices, series and what is left of the journal; nothing
 * else, so that it does not depend on how much is stored.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type Log,
  must,
  type PackFault,
  type Probe,
  silentLog,
  US_PER_DAY,
  US_PER_HOUR,
} from '@fernsight/base';
import { JOURNAL_BYTES_MAX, TAIL_AGE_US_MAX } from '../../limits.ts';
import { applyEntry } from '../apply.ts';
import type { RawRows } from '../chunk.ts';
import type { Entry } from '../entry.ts';
import type { Group, WindowRow } from '../group.ts';
import { pointsOf } from '../points.ts';
import { type DeviceRecord, Registry, type SeriesRecord } from '../registry.ts';
import { floorTo, MINUTES } from '../rollup.ts';
import type { Keep, Snapshots, StoreWriter, Usage, ValuesAt } from '../store.ts';
import { AnomalyFold } from './anomalyFold.ts';
import { AnomalyQueue, journalText } from './anomalyQueue.ts';
import { ChunkRows } from './chunkRows.ts';
import {
  asNumber,
  asText,
  emptyLog,
  oneRow,
  openDatabase,
  orNull,
  StorageFault,
  storageFault,
  transact,
} from './database.ts';
import { DeviceRows, loadRegistry } from './deviceRows.ts';
import { Fold } from './fold.ts';
import { Journal } from './journal.ts';
import { Retention } from './retention.ts';
import { SnapshotRows } from './snapshotRows.ts';
import { type SyncMode, WalSync } from './walSync.ts';

const INSERT_WINDOW = `INSERT INTO window (id, device, startUs, endUs, samples, anomalies, avgScore, maxScore, minScore,
  receivedUs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const FIND_WINDOW = `SELECT id FROM window WHERE device = ? AND startUs = ? AND endUs = ? AND samples = ?
  AND anomalies = ? AND avgScore = ? AND maxScore = ? AND minScore = ?`;
const LAST_WINDOW = 'SELECT max(id) AS id FROM window';
const INSERT_RECEIPT = 'INSERT OR IGNORE INTO receipt (key, receivedUs) VALUES (?, ?)';
const FIND_RECEIPT = 'SELECT receivedUs FROM receipt WHERE key = ?';
const DELETE_CHUNKS = 'DELETE FROM chunk WHERE series = ?';
const DELETE_OF_DEVICE = [
  'DELETE FROM anomaly WHERE device = ?',
  'DELETE FROM window WHERE device = ?',
  'DELETE FROM snapshot WHERE device = ?',
];
const READ_SETTING = 'SELECT value FROM setting WHERE name = ?';
const WRITE_SETTING = `INSERT INTO setting (name, value) VALUES (?1, ?2)
  ON CONFLICT (name) DO UPDATE SET value = ?2`;

/** Anomalies that wait for their table at most, at some 10 µs each; beyond it the commit that brings more puts them there. */
const ANOMALIES_WAITING_MAX = 2_000;
/** A day is folded when it has been over for so long: what comes late is folded by itself. */
const FOLD_GRACE_US = 2 * US_PER_HOUR;

export class SqliteWriter implements StoreWriter {
  readonly registry = new Registry();
  readonly #database: DatabaseSync;
  readonly #probe: Probe | undefined;
  readonly #words: Log;
  /** series of which it was said that a chunk of theirs is damaged */
  readonly #damaged = new Set<number>();
  readonly #devices: DeviceRows;
  readonly #chunks: ChunkRows;
  readonly #fold: Fold;
  readonly #retention: Retention;
  readonly #snapshots: SnapshotRows;
  readonly #anomalies: AnomalyQueue;
  readonly #anomalyFold: AnomalyFold;
  readonly #journal: Journal;
  readonly #log: WalSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #windowId = 0;

  /**
   * @param options `pagesMax`: beyond so many pages SQLite answers that the disk is full; none: the disk itself says so;
   *   `blockRows`: past anomalies in one block, a test's are short; `isUnsynced`: a sync of what was written before failed
   * @throws StorageFault, UsageFault
   */
  constructor(
    path: string,
    {
      pagesMax,
      blockRows,
      probe,
      sync = 'inline',
      log = silentLog,
      isUnsynced = false,
    }: {
      readonly pagesMax?: number;
      readonly blockRows?: number;
      readonly probe?: Probe | undefined;
      readonly sync?: SyncMode;
      readonly log?: Log;
      readonly isUnsynced?: boolean;
    } = {},
  ) {
    this.#database = openDatabase(path, 'write');
    this.#probe = probe;
    this.#words = log;
    probe?.opened(path, this.#database);
    try {
      if (isUnsynced) emptyLog(this.#database);
      this.#beginLog();
      if (pagesMax !== undefined) this.#database.exec(`PRAGMA max_page_count = ${pagesMax}`);
      this.#devices = new DeviceRows(this.#database);
      this.#chunks = new ChunkRows(this.#database, (...damaged) => this.#tellDamage(...damaged));
      this.#fold = new Fold(this.#database, this.#chunks);
      this.#retention = new Retention(this.#database);
      this.#snapshots = new SnapshotRows(this.#database);
      this.#anomalyFold = new AnomalyFold(this.#database, blockRows);
      this.#anomalies = new AnomalyQueue(this.#database, this.#anomalyFold.doneTo);
      this.#journal = new Journal(this.#database, log);
      this.#statements = prepareStatements(this.#database);
      loadRegistry(this.#database, this.registry);
      this.#replay();
      this.#windowId = asNumber(oneRow(this.#database.prepare(LAST_WINDOW))?.id) || 0;
      this.settle();
      this.#log = new WalSync(path, sync);
    } catch (error) {
      const fault = storageFault('store.open', error);
      if (fault instanceof StorageFault) this.#database.close();
      throw fault;
    }
    probe?.at('store.replayed');
  }

  get nextJournalId(): number {
    return this.#journal.newestId + 1;
  }

  async append(group: Group): Promise<void> {
    const { entries } = group;
    const id = this.nextJournalId;
    const receivedUs = receivedWith(entries);
    const committed = transact(this.#database, () => {
      for (const device of group.devices) this.#devices.writeDevice(device);
      for (const series of group.series) this.#devices.writeSeries(series);
      const written = this.#journal.write({ entries, anomalies: journalText(group.anomalies) });
      for (const [key, firstUs] of group.receipts) this.#statements.insertReceipt.run(key, firstUs);
      for (const window of group.windows) this.#insertWindow(window);
      for (const { series, point } of group.minutes) {
        const points = pointsOf([point]);
        this.#chunks.writePoints(series.id, points, { level: MINUTES, storedUs: receivedUs });
      }
      this.#probe?.at('journal.written');
      return written;
    });
    committed();
    this.#anomalies.add(id, group.anomalies, receivedUs);
    this.#probe?.at('journal.committed');
    if (this.#anomalies.length > ANOMALIES_WAITING_MAX) this.settle();
  }

  async durable(): Promise<void> {
    await this.#log.sync();
    this.#probe?.at('journal.synced');
  }

  settle(): void {
    if (this.#anomalies.length === 0) return;
    transact(this.#database, () => this.#anomalies.insertAll());
  }

  async receiptOf(key: string): Promise<number | undefined> {
    const row = oneRow(this.#statements.findReceipt, key);
    return row === undefined ? undefined : asNumber(row.receivedUs);
  }

  async valuesAt(
    device: DeviceRecord,
    wanted: ReadonlyMap<SeriesRecord, readonly number[]>,
  ): Promise<ValuesAt> {
    const found = valuesInTail(device, wanted);
    for (const [series, stamps] of wanted) {
      const ofSeries = found.get(series) ?? new Map<number, number>();
      const packed = stamps.filter((tsUs) => !ofSeries.has(tsUs));
      this.#chunks.valuesAt(series.id, packed, ofSeries);
      found.set(series, ofSeries);
    }
    return found;
  }

  async findWindow(window: Omit<WindowRow, 'id'>): Promise<number | undefined> {
    const { device, startUs, endUs, samples, anomalies, avgScore, maxScore, minScore } = window;
    const key = [device.id, startUs, endUs, samples, anomalies, avgScore, maxScore, minScore];
    const row = oneRow(this.#statements.findWindow, ...key);
    return row === undefined ? undefined : asNumber(row.id);
  }

  nextWindowId(): number {
    return ++this.#windowId;
  }

  async recent(series: SeriesRecord, countMax: number): Promise<RawRows> {
    return this.#chunks.recent(series.id, countMax);
  }

  async snapshotsOf(device: DeviceRecord): Promise<Snapshots> {
    return this.#snapshots.read(device);
  }

  due(nowUs: number, countMax: number): DeviceRecord[] {
    const isLong = this.#journal.bytes > JOURNAL_BYTES_MAX;
    return this.registry.due({ countMax, sinceUs: isLong ? nowUs : nowUs - TAIL_AGE_US_MAX });
  }

  /** Without an fsync of its own: until the next commit's, the journal still holds what this moves. */
  async pack(devices: ReadonlyMap<DeviceRecord, Snapshots>): Promise<void> {
    transact(this.#database, () => {
      this.#anomalies.insertAll();
      for (const [device, snapshots] of devices) this.#packDevice(device, snapshots);
      this.#probe?.at('compaction.written');
    });
    this.#probe?.at('compaction.committed');
    for (const device of devices.keys()) this.registry.packed(device, this.#journal.newestId);
    // the rows of which everything is packed
    this.#journal.cut(this.registry.firstPending()?.pendingFrom ?? this.nextJournalId);
    this.#probe?.at('journal.cut');
  }

  bury(device: DeviceRecord): void {
    for (const series of device.series) series.latest = undefined;
    device.window = undefined;
    this.registry.bury(device);
    transact(this.#database, () => {
      this.#anomalies.insertAll();
      for (const { id } of device.series) this.#statements.deleteChunks.run(id);
      for (const statement of this.#statements.deleteOf) statement.run(device.id);
      this.#anomalyFold.remove(new Set(device.series.map(({ id }) => id)));
      this.#devices.writeState(device, this.#journal.newestId);
    });
    this.registry.packed(device, this.#journal.newestId);
    this.#probe?.at('store.buried');
  }

  fold(nowUs: number): number {
    const beforeUs = floorTo(nowUs - FOLD_GRACE_US, US_PER_DAY);
    const count = this.#fold.step(beforeUs, nowUs) || this.#anomalyFold.step();
    if (count > 0) this.#probe?.at('store.folded');
    return count;
  }

  retain(keep: Keep, nowUs: number): number {
    const count = this.#retention.step(keep, nowUs);
    if (count > 0) this.#probe?.at('store.pruned');
    return count;
  }

  usage(): Usage {
    const damaged = { journalRows: this.#journal.damagedCount(), series: this.#damaged.size };
    return { ...this.#retention.usage(), damaged };
  }

  setting(name: string): string | undefined {
    const row = oneRow(this.#statements.readSetting, name);
    return row === undefined ? undefined : asText(row.value);
  }

  set(name: string, value: string): void {
    transact(this.#database, () => this.#statements.writeSetting.run(name, value));
    this.#log.syncNow();
  }

  close(): void {
    this.#log.close();
    this.#database.close();
  }

  /** The first commit of a log is SQLite's to make durable: it syncs the folder too, in which the log is new. */
  #beginLog(): void {
    this.#database.prepare(WRITE_SETTING).run('openedBy', 'fernsight');
    this.#database.exec('PRAGMA synchronous = NORMAL');
  }

  /** Once a series: what is damaged is met again and again. */
  #tellDamage(id: number, { message: reason }: PackFault): void {
    if (this.#damaged.has(id)) return;
    this.#damaged.add(id);
    const { device, sensor } = this.registry.series(id);
    const about = { device: device.name, sensor, reason };
    this.#words.error('a chunk cannot be read; it is left where it is', about);
  }

  #replay(): void {
    const damaged = this.#journal.replay((id, { entries, anomalies }) => {
      for (const entry of entries) applyEntry(this.registry, entry, id);
      if (anomalies === null) return;
      const from = { journalId: id, storedUs: receivedWith(entries) };
      this.#anomalies.restore(anomalies, this.registry, from);
    });
    let heardUs = Number.NEGATIVE_INFINITY;
    for (const { seenUs } of this.registry.devices()) heardUs = Math.max(heardUs, seenUs);
    this.#journal.setAside(damaged, orNull(heardUs));
  }

  #packDevice(device: DeviceRecord, snapshots: Snapshots): void {
    for (const [index, rows] of device.tail.bySeries()) {
      const { id } = must(device.series[index], 'a series that the tail names');
      this.#chunks.writeRaw(id, rows, device.seenUs);
    }
    if (snapshots.size > 0) this.#snapshots.write(device, snapshots);
    this.#devices.writeState(device, this.#journal.newestId);
  }

  #insertWindow(window: WindowRow): void {
    const { id, device, startUs, endUs, samples, anomalies, receivedUs } = window;
    const scores = [window.avgScore, window.maxScore, window.minScore];
    this.#statements.insertWindow.run(
      id,
      device.id,
      startUs,
      endUs,
      samples,
      anomalies,
      ...scores,
      receivedUs,
    );
  }
}

/** The tail is gone through once for all series. */
function valuesInTail(
  { tail, series }: DeviceRecord,
  wanted: ReadonlyMap<SeriesRecord, readonly number[]>,
): Map<SeriesRecord, Map<number, number>> {
  const found = new Map<SeriesRecord, Map<number, number>>();
  const stampsBy = Array.from(series, (one) => new Set(wanted.get(one)));
  tail.each(({ series: index, tsUs, value }) => {
    const one = series[index];
    if (one === undefined || stampsBy[index]?.has(tsUs) !== true) return;
    const ofSeries = found.get(one) ?? new Map<number, number>();
    found.set(one, ofSeries.set(tsUs, value));
  });
  return found;
}

/** @returns when the entries of one commit came */
function receivedWith(entries: readonly Entry[]): number {
  return entries[0]?.receivedUs ?? 0;
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    insertWindow: prepare(INSERT_WINDOW),
    findWindow: prepare(FIND_WINDOW),
    deleteChunks: prepare(DELETE_CHUNKS),
    deleteOf: DELETE_OF_DEVICE.map(prepare),
    insertReceipt: prepare(INSERT_RECEIPT),
    findReceipt: prepare(FIND_RECEIPT),
    readSetting: prepare(READ_SETTING),
    writeSetting: prepare(WRITE_SETTING),
  };
}
