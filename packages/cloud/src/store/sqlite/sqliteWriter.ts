/**
 * The store's writing side on SQLite: one connection, one owner (a thread of its own in the server).
 *
 * A commit is one row of the journal with everything of the group, plus the few anomalies and windows that are read by
 * themselves: one fsync. Packing moves tails from the journal into chunks, with the snapshots of the judges as of the
 * same reading, and then cuts the journal. A restart reads devices, series and what is left of the journal; nothing
 * else, so that it does not depend on how much is stored.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Probe, US_PER_DAY, US_PER_HOUR } from '@fernsight/base';
import { JOURNAL_BYTES_MAX, TAIL_AGE_US_MAX } from '../../limits.ts';
import { applyEntry } from '../apply.ts';
import type { RawRows } from '../chunk.ts';
import { decodeEntries, encodeEntries } from '../entry.ts';
import type { AnomalyRow, Group, WindowRow } from '../group.ts';
import { type DeviceRecord, Registry, type SeriesRecord } from '../registry.ts';
import { floorTo, MINUTES } from '../rollup.ts';
import type { Keep, Snapshots, StoreWriter, Usage } from '../store.ts';
import { ChunkRows } from './chunkRows.ts';
import {
  allRows,
  asBytes,
  asNumber,
  asText,
  oneRow,
  openDatabase,
  orNull,
  transact,
} from './database.ts';
import { DeviceRows, loadRegistry } from './deviceRows.ts';
import { Fold } from './fold.ts';
import { Retention } from './retention.ts';

const READ_JOURNAL = 'SELECT id, bytes FROM journal ORDER BY id';
const APPEND_JOURNAL = 'INSERT INTO journal (id, bytes) VALUES (?, ?)';
const CUT_JOURNAL = 'DELETE FROM journal WHERE id < ?';
const LAST_PACKED = 'SELECT max(packedTo) AS id FROM device';
const INSERT_ANOMALY = `INSERT INTO anomaly (device, series, tsUs, value, steps, threshold, mark, began, expected, lower,
  upper, channels, backfilled, onsetUs, region, evidence)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INSERT_WINDOW = `INSERT INTO window (id, device, startUs, endUs, samples, anomalies, avgScore, maxScore, minScore,
  receivedUs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const FIND_WINDOW = `SELECT id FROM window WHERE device = ? AND startUs = ? AND endUs = ? AND samples = ?
  AND anomalies = ? AND avgScore = ? AND maxScore = ? AND minScore = ?`;
const LAST_WINDOW = 'SELECT max(id) AS id FROM window';
const READ_SNAPSHOTS = 'SELECT sensor, bytes FROM snapshot WHERE device = ?';
const WRITE_SNAPSHOT = `INSERT INTO snapshot (device, sensor, bytes) VALUES (?1, ?2, ?3)
  ON CONFLICT (device, sensor) DO UPDATE SET bytes = ?3`;
const READ_SETTING = 'SELECT value FROM setting WHERE name = ?';
const WRITE_SETTING = `INSERT INTO setting (name, value) VALUES (?1, ?2)
  ON CONFLICT (name) DO UPDATE SET value = ?2`;

/** Rows of the journal cut at a time, unless these are all: a cut is a transaction. */
const JOURNAL_CUT_MIN = 32;
/** A day is folded when it has been over for so long: what comes late is folded by itself. */
const FOLD_GRACE_US = 2 * US_PER_HOUR;

export class SqliteWriter implements StoreWriter {
  readonly registry = new Registry();
  readonly #database: DatabaseSync;
  readonly #probe: Probe | undefined;
  readonly #devices: DeviceRows;
  readonly #chunks: ChunkRows;
  readonly #fold: Fold;
  readonly #retention: Retention;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** rows of the journal that are there, oldest first, with their sizes */
  readonly #journal: { readonly id: number; readonly bytes: number }[] = [];
  #journalBytes = 0;
  #journalId = 0;
  #windowId = 0;

  /**
   * @param options `pagesMax`: beyond so many pages SQLite answers that the disk is full; none: the disk itself says so
   * @throws StorageFault, UsageFault
   */
  constructor(
    path: string,
    { pagesMax, probe }: { readonly pagesMax?: number; readonly probe?: Probe | undefined } = {},
  ) {
    this.#database = openDatabase(path, 'write');
    this.#probe = probe;
    probe?.opened(path, this.#database);
    if (pagesMax !== undefined) this.#database.exec(`PRAGMA max_page_count = ${pagesMax}`);
    this.#devices = new DeviceRows(this.#database);
    this.#chunks = new ChunkRows(this.#database);
    this.#fold = new Fold(this.#database, this.#chunks);
    this.#retention = new Retention(this.#database);
    this.#statements = prepareStatements(this.#database);
    loadRegistry(this.#database, this.registry);
    this.#replay();
    this.#windowId = asNumber(oneRow(this.#database.prepare(LAST_WINDOW))?.id) || 0;
    probe?.at('store.replayed');
  }

  get nextJournalId(): number {
    return this.#journalId + 1;
  }

  async append(group: Group): Promise<void> {
    const bytes = encodeEntries(group.entries);
    const id = this.nextJournalId;
    const receivedUs = group.entries[0]?.receivedUs ?? 0;
    transact(this.#database, () => {
      for (const device of group.devices) this.#devices.writeDevice(device);
      for (const series of group.series) this.#devices.writeSeries(series);
      this.#statements.appendJournal.run(id, bytes);
      for (const anomaly of group.anomalies) this.#insertAnomaly(anomaly);
      for (const window of group.windows) this.#insertWindow(window);
      for (const { series, points } of group.minutes) {
        this.#chunks.writePoints(series.id, points, { level: MINUTES, storedUs: receivedUs });
      }
      this.#probe?.at('journal.written');
    });
    this.#journalId = id;
    this.#journal.push({ id, bytes: bytes.length });
    this.#journalBytes += bytes.length;
    this.#probe?.at('journal.committed');
  }

  async valueAt(series: SeriesRecord, tsUs: number): Promise<number | undefined> {
    return series.device.tail.valueAt(series.index, tsUs) ?? this.#chunks.valueAt(series.id, tsUs);
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
    const rows = allRows(this.#statements.readSnapshots, device.id);
    return new Map(rows.map((row) => [asText(row.sensor), asBytes(row.bytes)]));
  }

  due(nowUs: number, countMax: number): DeviceRecord[] {
    const isLong = this.#journalBytes > JOURNAL_BYTES_MAX;
    return this.registry.due({ countMax, sinceUs: isLong ? nowUs : nowUs - TAIL_AGE_US_MAX });
  }

  /** Without an fsync of its own: until the next commit's, the journal still holds what this moves. */
  async pack(devices: ReadonlyMap<DeviceRecord, Snapshots>): Promise<void> {
    this.#database.exec('PRAGMA synchronous = NORMAL');
    transact(this.#database, () => {
      for (const [device, snapshots] of devices) this.#packDevice(device, snapshots);
      this.#probe?.at('compaction.written');
    });
    this.#probe?.at('compaction.committed');
    for (const device of devices.keys()) this.registry.packed(device, this.#journalId);
    this.#cutJournal();
    this.#probe?.at('journal.cut');
    this.#database.exec('PRAGMA synchronous = FULL');
  }

  fold(nowUs: number): number {
    const count = this.#fold.step(floorTo(nowUs - FOLD_GRACE_US, US_PER_DAY), nowUs);
    if (count > 0) this.#probe?.at('store.folded');
    return count;
  }

  retain(keep: Keep, nowUs: number): number {
    const count = this.#retention.step(keep, nowUs);
    if (count > 0) this.#probe?.at('store.pruned');
    return count;
  }

  usage(): Usage {
    return this.#retention.usage();
  }

  setting(name: string): string | undefined {
    const row = oneRow(this.#statements.readSetting, name);
    return row === undefined ? undefined : asText(row.value);
  }

  set(name: string, value: string): void {
    this.#statements.writeSetting.run(name, value);
  }

  close(): void {
    this.#database.close();
  }

  #replay(): void {
    this.#journalId = asNumber(oneRow(this.#database.prepare(LAST_PACKED))?.id) || 0;
    for (const row of this.#database.prepare(READ_JOURNAL).iterate()) {
      const id = asNumber(row.id as number);
      const bytes = asBytes(row.bytes as Uint8Array);
      for (const entry of decodeEntries(bytes)) applyEntry(this.registry, entry, id);
      this.#journal.push({ id, bytes: bytes.length });
      this.#journalBytes += bytes.length;
      this.#journalId = Math.max(this.#journalId, id);
    }
  }

  #packDevice(device: DeviceRecord, snapshots: Snapshots): void {
    for (const series of device.series) {
      const rows = device.tail.rowsOf(series.index);
      if (rows.tsUs.length > 0) this.#chunks.writeRaw(series.id, rows, device.seenUs);
    }
    for (const [sensor, bytes] of snapshots) {
      this.#statements.writeSnapshot.run(device.id, sensor, bytes);
    }
    this.#devices.writeState(device, this.#journalId);
  }

  /** Drops the journal's rows of which everything is packed. */
  #cutJournal(): void {
    const keepFrom = this.registry.firstPending()?.pendingFrom ?? this.#journalId + 1;
    let cut = 0;
    while ((this.#journal[cut]?.id ?? keepFrom) < keepFrom) cut++;
    if (cut < JOURNAL_CUT_MIN && cut < this.#journal.length) return;
    for (const { bytes } of this.#journal.splice(0, cut)) this.#journalBytes -= bytes;
    this.#statements.cutJournal.run(keepFrom);
  }

  #insertAnomaly(anomaly: AnomalyRow): void {
    const { series, tsUs, value, steps, threshold, mark, began, channels, backfilled } = anomaly;
    const { shown } = anomaly;
    this.#statements.insertAnomaly.run(
      series.device.id,
      series.id,
      tsUs,
      value,
      steps,
      threshold,
      mark,
      began ? 1 : 0,
      orNull(anomaly.expected),
      orNull(anomaly.lower),
      orNull(anomaly.upper),
      JSON.stringify(channels),
      backfilled ? 1 : 0,
      shown?.onsetUs ?? null,
      shown === undefined || shown.suppressedBy === 0 ? null : shown.suppressedBy,
      shown === undefined ? null : JSON.stringify(shown.evidence),
    );
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

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    appendJournal: prepare(APPEND_JOURNAL),
    cutJournal: prepare(CUT_JOURNAL),
    insertAnomaly: prepare(INSERT_ANOMALY),
    insertWindow: prepare(INSERT_WINDOW),
    findWindow: prepare(FIND_WINDOW),
    readSnapshots: prepare(READ_SNAPSHOTS),
    writeSnapshot: prepare(WRITE_SNAPSHOT),
    readSetting: prepare(READ_SETTING),
    writeSetting: prepare(WRITE_SETTING),
  };
}
