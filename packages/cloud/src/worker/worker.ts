/**
 * The worker: takes groups of parcels off the stream, de-duplicates and judges them, and makes them durable together.
 * It is the only one that writes; whoever calls it waits for one call before the next.
 *
 * While a group is made the registry runs ahead of the store. When the commit fails, what is in memory can no longer be
 * trusted: the worker opens the store afresh, as after a crash, and nobody is told that their parcel arrived.
 */
import { type Clock, errorMessage, type Log, type Probe } from '@fernsight/base';
import type { MaintenanceWindow, SeriesRegions } from '@fernsight/wire';
import type { Parcel } from '../ingest/parcel.ts';
import { COMPACT_SLICE_MS } from '../limits.ts';
import { applyEntry } from '../store/apply.ts';
import { createGroup, type Group } from '../store/group.ts';
import type { DeviceRecord } from '../store/registry.ts';
import { StorageFault } from '../store/sqlite/database.ts';
import { SYNC } from '../store/sqlite/walSync.ts';
import type { Snapshots, StoreWriter, TailPart } from '../store/store.ts';
import { Tail } from '../store/tail.ts';
import { takeAgent } from './agent.ts';
import type { JudgeModels } from './deviceModels.ts';
import { Judges } from './judges.ts';
import { modelUse, type TypeUse } from './modelUse.ts';
import type { Outcome } from './outcome.ts';
import { takePlain } from './plain.ts';

export interface WorkerOptions {
  /** opens the store; called again after a failure, with whether it was a sync that failed */
  readonly openStore: (state: { readonly isUnsynced: boolean }) => StoreWriter;
  readonly clock: Clock;
  readonly log: Log;
  readonly budgetPerWeek?: number | undefined;
  /** devices whose judges stay in memory; default JUDGED_DEVICES_MAX */
  readonly devicesMax?: number | undefined;
  readonly rawRetentionUs: number;
  /** the models that are chosen; absent: everything is judged by what ships */
  readonly models?: JudgeModels | undefined;
  readonly probe?: Probe | undefined;
}

/** Devices packed in one transaction where nobody waits for them to be done. */
const PACK_DEVICES = 16;

export class Worker {
  readonly #options: WorkerOptions;
  #rawRetentionUs: number;
  #store: StoreWriter;
  #judges: Judges;
  #windows: readonly MaintenanceWindow[] = [];
  /** whether the store was closed and could not be opened again yet */
  #isClosed = false;
  /** whether a sync failed since the store was opened */
  #isUnsynced = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#rawRetentionUs = options.rawRetentionUs;
    this.#store = options.openStore({ isUnsynced: false });
    this.#judges = this.#createJudges();
  }

  get store(): StoreWriter {
    return this.#store;
  }

  /** @returns the store, opened again where a failure left it closed. @throws StorageFault */
  opened(): StoreWriter {
    if (this.#isClosed) this.#open();
    return this.#store;
  }

  /**
   * Judges and writes a group of parcels. What came of them may be told once `durable` resolves.
   * @throws StorageFault; then the group is refused. Nothing of it is stored, or, where what follows its commit failed, all
   *   of it: a sender that repeats it is told apart
   */
  async commit(parcels: readonly Parcel[]): Promise<Outcome[]> {
    this.opened();
    const group = createGroup();
    const outcomes: Outcome[] = [];
    try {
      for (const parcel of parcels) outcomes.push(await this.#take(parcel, group));
      this.#options.probe?.at('ingest.judged');
      await this.#store.append(group);
    } catch (error) {
      this.#reopen('commit', error);
      throw error;
    }
    return outcomes;
  }

  /**
   * Puts suppression regions of series in place. Regions are part of a judge's snapshot, and a snapshot is of the moment at
   * which its device's tail is packed: so they hold from a recorded position, and no reading is ever replayed across it.
   * @throws StorageFault
   */
  async suppress(all: readonly SeriesRegions[]): Promise<void> {
    this.opened();
    const changed = new Set<DeviceRecord>();
    for (const { device, sensor, regions } of all) {
      const series = this.#store.registry.find(device)?.bySensor.get(sensor);
      if (series?.judge !== 'cloud') continue;
      if (await this.#judges.suppress(series, regions)) changed.add(series.device);
    }
    if (changed.size > 0) await this.#pack([...changed]);
  }

  /**
   * From the next reading on, these are the times from which nothing is learnt. Whether a reading was is written beside it,
   * so that a replay learns from the same ones, whatever the windows are by then.
   */
  maintain(windows: readonly MaintenanceWindow[]): void {
    this.#windows = windows;
  }

  /** Retention was changed: a stamp from before it may have been there and gone. */
  keepRaw(rawRetentionUs: number): void {
    this.#rawRetentionUs = rawRetentionUs;
  }

  /**
   * Resolves when every group so far is durable; the next may be judged meanwhile.
   * @throws StorageFault; then nobody knows what of them is stored, and their senders send it again
   */
  async durable(): Promise<void> {
    const store = this.#store;
    try {
      await store.durable();
    } catch (error) {
      if (store === this.#store) this.#reopen('sync', error);
      throw error;
    }
  }

  /** Puts what was written where readers see it. @throws StorageFault */
  settle(): void {
    const store = this.opened();
    try {
      store.settle();
    } catch (error) {
      this.#reopen('settle', error);
      throw error;
    }
  }

  /** Durable when it returns. @throws StorageFault */
  set(name: string, value: string): void {
    const store = this.opened();
    try {
      store.set(name, value);
    } catch (error) {
      if (isUnsynced(error)) this.#reopen('setting', error);
      throw error;
    }
  }

  /** Packs tails that are long or old, for one slice of time. @returns whether there is more to pack */
  async compact(nowUs: number): Promise<boolean> {
    const { clock } = this.#options;
    const endMs = clock.monotonicMs() + COMPACT_SLICE_MS;
    this.settle();
    for (;;) {
      // one at a time: a device of a thousand sensors takes as long as hundreds of others
      const due = this.#store.due(nowUs, 1);
      if (due.length === 0) return false;
      await this.#pack(due);
      if (clock.monotonicMs() >= endMs) return true;
    }
  }

  /**
   * Deletes the history of one device that was not heard since a time.
   * @returns how many: 0 where there is none left
   * @throws StorageFault
   */
  bury(seenBeforeUs: number): number {
    const store = this.opened();
    for (const device of store.registry.devices()) {
      // one that was only announced has nothing to delete
      if (device.isBuried || !Number.isFinite(device.seenUs)) continue;
      if (device.seenUs >= seenBeforeUs) continue;
      try {
        store.bury(device);
      } catch (error) {
        this.#reopen('bury', error);
        throw error;
      }
      this.#judges.forget(device);
      return 1;
    }
    return 0;
  }

  /** Packs every tail: the end of a clean run, so that the next one starts with an empty journal. @throws StorageFault */
  async compactAll(): Promise<void> {
    for (;;) {
      const due = this.opened().due(Number.POSITIVE_INFINITY, PACK_DEVICES);
      if (due.length === 0) return;
      await this.#pack(due);
    }
  }

  /** @returns what is not packed yet of a series */
  tailOf(device: string, sensor: string): TailPart {
    const record = this.#store.registry.find(device);
    const series = record?.bySensor.get(sensor);
    if (record === undefined || series === undefined)
      return { packedTo: 0, rows: new Tail().rowsOf(0) };
    return { packedTo: record.packedTo, rows: record.tail.rowsOf(series.index) };
  }

  /** @returns every sensor type with the models that judge it here */
  modelUse(): TypeUse[] {
    return modelUse(this.#store.registry, (series) => this.#judges.modelOf(series));
  }

  close(): void {
    if (!this.#isClosed) this.#store.close();
    this.#isClosed = true;
  }

  async #take(parcel: Parcel, group: Group): Promise<Outcome> {
    const before = group.entries.length;
    const rawRetentionUs = this.#rawRetentionUs;
    const windowsOf = (name: string) =>
      this.#windows.filter(({ device }) => device === null || device === name);
    const bench = { store: this.#store, judges: this.#judges, group, rawRetentionUs, windowsOf };
    const outcome =
      parcel.kind === 'plain' ? await takePlain(parcel, bench) : await takeAgent(parcel, bench);
    for (const entry of group.entries.slice(before)) {
      applyEntry(this.#store.registry, entry, this.#store.nextJournalId);
    }
    return outcome;
  }

  async #pack(devices: readonly DeviceRecord[]): Promise<void> {
    const snapshots = new Map<DeviceRecord, Snapshots>();
    for (const device of devices) snapshots.set(device, await this.#judges.snapshots(device));
    this.#options.probe?.at('snapshot.taken');
    try {
      await this.#store.pack(snapshots);
      this.#judges.letGo(devices);
    } catch (error) {
      this.#reopen('pack', error);
      throw error;
    }
  }

  /** Where the store cannot be opened, as on a full disk, the next call tries again. */
  #reopen(after: string, error: unknown): void {
    if (!this.#isClosed) {
      const reason = errorMessage(error);
      this.#options.log.warn('the store is opened afresh after a failure', { after, reason });
      this.#store.close();
      this.#isClosed = true;
      this.#isUnsynced = isUnsynced(error);
    }
    this.#open();
  }

  #open(): void {
    this.#store = this.#options.openStore({ isUnsynced: this.#isUnsynced });
    this.#isClosed = false;
    this.#isUnsynced = false;
    this.#judges = this.#createJudges();
  }

  #createJudges(): Judges {
    return new Judges(this.#store, this.#options.log, this.#options);
  }
}

/** A sync that failed leaves everybody in doubt; what was only not written was rolled back. */
function isUnsynced(error: unknown): boolean {
  return error instanceof StorageFault && error.op === SYNC;
}
