/**
 * The seam of the store: what the worker and the queries ask of it. SQLite on one machine, PostgreSQL on many.
 *
 * A writer appends groups (durable once `durable` resolves) and packs what it appended; a reader answers questions
 * about the past. The registry is the writer's memory of every device.
 */
import type { AnomaliesQuery, AnomaliesReply, Anomaly } from '@fernsight/wire';
import type { Static } from 'typebox';
import type { RawRows } from './chunk.ts';
import type { Group, WindowRow } from './group.ts';
import type { Past, Stretch } from './past.ts';
import type { DeviceRecord, Registry, SeriesRecord } from './registry.ts';

/** Snapshots of a device's judges by sensor; the joint one under JOINT_SENSOR. */
export type Snapshots = ReadonlyMap<string, Uint8Array>;

/** By series and stamp, where there is one. */
export type ValuesAt = ReadonlyMap<SeriesRecord, ReadonlyMap<number, number>>;

export interface StoreWriter {
  readonly registry: Registry;
  /** the journal's row that the next group becomes */
  readonly nextJournalId: number;
  /**
   * Writes a group, all of it or nothing. Its entries are in the registry already; when this fails, the registry is
   * ahead of the store, and both must be opened again.
   * @throws StorageFault
   */
  append(group: Group): Promise<void>;
  /** Resolves when everything that was appended before the call is durable; more may be appended meanwhile. @throws StorageFault */
  durable(): Promise<void>;
  /** Puts what was appended and is read by itself where readers see it. @throws StorageFault */
  settle(): void;
  /** @returns the first receipt of a request by the hash of its Idempotency-Key, or undefined */
  receiptOf(key: string): Promise<number | undefined>;
  /**
   * @param wanted ascending stamps of series of this device
   * @returns the values that stand there and can be read. O(the device's tail + readings of the chunks around the stamps)
   */
  valuesAt(
    device: DeviceRecord,
    wanted: ReadonlyMap<SeriesRecord, readonly number[]>,
  ): Promise<ValuesAt>;
  /** @returns the number of a window record of the same content, or undefined */
  findWindow(window: Omit<WindowRow, 'id'>): Promise<number | undefined>;
  /** @returns a fresh number for a window record */
  nextWindowId(): number;
  /** @returns the newest packed readings of a series that can be read, in time order */
  recent(series: SeriesRecord, countMax: number): Promise<RawRows>;
  /** @returns the snapshots that the device's tail goes on from */
  snapshotsOf(device: DeviceRecord): Promise<Snapshots>;
  /** @returns the devices whose tails should be packed next, at most so many */
  due(nowUs: number, countMax: number): DeviceRecord[];
  /** Packs the tails of these devices; a tail and its judges' snapshots go together. @throws StorageFault */
  pack(devices: ReadonlyMap<DeviceRecord, Snapshots>): Promise<void>;
  /**
   * Deletes the history of a device. What remains is its tombstone: ledger, ranges and high-water marks. What an agent sent
   * before is still told apart, by its ranges; what a plain device sends again only once it is older than single readings are
   * kept: until then it is late, and stored anew. @throws StorageFault
   */
  bury(device: DeviceRecord): void;
  /** Puts past days into hours, a little at a time. @returns how many chunks; 0: nothing is left to do */
  fold(nowUs: number): number;
  /** Deletes what is older or more than is kept, a little at a time. @returns how many rows; 0: nothing is left to do */
  retain(keep: Keep, nowUs: number): number;
  usage(): Usage;
  setting(name: string): string | undefined;
  set(name: string, value: string): void;
  close(): void;
}

export interface Keep {
  readonly rawDays: number;
  readonly minuteDays: number;
  readonly hourDays: number;
  /** silent for so long, and a device's history is deleted; undefined: never */
  readonly silentMs?: number;
  readonly bytesMax: number;
}

export interface Usage {
  /** bytes in use */
  readonly bytes: number;
  /** receipt of the oldest single readings */
  readonly oldestUs: number | undefined;
  /** what went for want of room since the store was opened */
  readonly evicted: Evicted;
  readonly damaged: Damaged;
}

/** What may go for want of room: readings, points of minutes and hours, anomalies, window summaries. */
export const EVICTED = ['readings', 'minutes', 'hours', 'anomalies', 'windows'] as const;
export type Evicted = Readonly<Record<(typeof EVICTED)[number], number>>;

/** Rows of the journal that are set aside; series a chunk of which could not be read since the store was opened. */
export const DAMAGED = ['journalRows', 'series'] as const;
export type Damaged = Readonly<Record<(typeof DAMAGED)[number], number>>;

/** What the writer holds of a series that no reader can see yet. */
export interface TailPart {
  /** the tail goes on from this state of the chunks */
  readonly packedTo: number;
  readonly rows: RawRows;
}

/** A stretch of one series, with the tail that the chunks go with. */
export interface SpanQuery {
  readonly device: string;
  readonly sensor: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly tail: TailPart;
}

export interface FirstQuery extends SpanQuery {
  readonly rowsMax: number;
}

export interface PastQuery extends SpanQuery {
  readonly pointsMax: number;
}

/** Which chunks of a stretch to try: those that begin from `startUs` on. */
export interface CheckQuery extends Omit<SpanQuery, 'tail'> {
  readonly startUs: number;
}

/** Where what is stored is damaged, and from which start on there may be more chunks, if anywhere. */
export interface CheckedPart {
  readonly unreadable: readonly Stretch[];
  readonly nextUs: number | undefined;
}

/** Single readings, and from where on there may be more, if anywhere; `unreadable`: where what is stored is damaged. */
export interface RowsPart {
  readonly rows: RawRows;
  readonly nextUs: number | undefined;
  readonly unreadable: readonly Stretch[];
}

export interface AnomalyMinute {
  readonly minuteUs: number;
  readonly anomalies: number;
  readonly alarms: number;
}

export interface EventQuery {
  readonly device: string;
  readonly sensor: string;
  readonly tsUs: number;
}

/** A verdict, and what the readings of its event showed: empty where nobody told. */
export interface StoredEvent {
  readonly anomaly: Anomaly;
  readonly shown: readonly {
    readonly tsUs: number;
    readonly evidence: readonly number[];
    /** of a joint verdict: the sensors that the evidence is of */
    readonly among: readonly string[];
  }[];
}

/** What a suppression region kept quiet. */
export interface Quieted {
  readonly region: number;
  readonly count: number;
  readonly lastUs: number;
}

export type AnomalyFilter = Static<typeof AnomaliesQuery>;

export interface StoreReader {
  /** @returns the past, or `moved` where the tail was packed meanwhile: ask for the tail again */
  past(query: PastQuery): Promise<Past | 'moved'>;
  /** @returns the single readings of a stretch of at most a few days, or `moved` */
  rows(query: SpanQuery): Promise<RowsPart | 'moved'>;
  /** @returns the first readings of a stretch of any length, few or none where chunks overlap, those of one stamp together; or `moved` */
  firstRows(query: FirstQuery): Promise<RowsPart | 'moved'>;
  /** Tries whether the single readings of a stretch can be read, some milliseconds of work at a time. */
  check(query: CheckQuery): Promise<CheckedPart>;
  anomalies(query: AnomalyFilter): Promise<AnomaliesReply>;
  /** @returns the verdict on a reading with its event, or undefined where none is stored */
  event(query: EventQuery): Promise<StoredEvent | undefined>;
  quieted(regions: readonly number[]): Promise<Quieted[]>;
  /** @returns how many there were, by the minute of their stamps */
  anomalyMinutes(sinceUs: number): Promise<AnomalyMinute[]>;
  close(): void;
}
