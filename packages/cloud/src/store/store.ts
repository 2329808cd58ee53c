/**
 * The seam of the store: what the worker and the queries ask of it. SQLite on one machine, PostgreSQL on many.
 *
 * A writer appends groups (durable when the promise resolves) and packs what it appended; a reader answers questions
 * about the past. The registry is the writer's memory of every device.
 */
import type { AnomaliesQuery, AnomaliesReply } from '@fernsight/wire';
import type { Static } from 'typebox';
import type { RawRows } from './chunk.ts';
import type { Group, WindowRow } from './group.ts';
import type { Past } from './past.ts';
import type { DeviceRecord, Registry, SeriesRecord } from './registry.ts';

/** Snapshots of a device's judges by sensor; the joint one under JOINT_SENSOR. */
export type Snapshots = ReadonlyMap<string, Uint8Array>;

export interface StoreWriter {
  readonly registry: Registry;
  /** the journal's row that the next group becomes */
  readonly nextJournalId: number;
  /**
   * Makes a group durable. Its entries are in the registry already; when this fails, the registry is ahead of the
   * store, and both must be opened again.
   * @throws StorageFault
   */
  append(group: Group): Promise<void>;
  /** @returns the value that a series has at a stamp, or undefined */
  valueAt(series: SeriesRecord, tsUs: number): Promise<number | undefined>;
  /** @returns the number of a window record of the same content, or undefined */
  findWindow(window: Omit<WindowRow, 'id'>): Promise<number | undefined>;
  /** @returns a fresh number for a window record */
  nextWindowId(): number;
  /** @returns the snapshots that the device's tail goes on from */
  snapshotsOf(device: DeviceRecord): Promise<Snapshots>;
  /** @returns the devices whose tails should be packed next, at most so many */
  due(nowUs: number, countMax: number): DeviceRecord[];
  /** Packs the tails of these devices; a tail and its judges' snapshots go together. @throws StorageFault */
  pack(devices: ReadonlyMap<DeviceRecord, Snapshots>): Promise<void>;
  setting(name: string): string | undefined;
  set(name: string, value: string): void;
  close(): void;
}

/** What the writer holds of a series that no reader can see yet. */
export interface TailPart {
  /** the tail goes on from this state of the chunks */
  readonly packedTo: number;
  readonly rows: RawRows;
}

export interface PastQuery {
  readonly device: string;
  readonly sensor: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly pointsMax: number;
  readonly tail: TailPart;
}

export interface AnomalyMinute {
  readonly minuteUs: number;
  readonly anomalies: number;
  readonly alarms: number;
}

export type AnomalyFilter = Static<typeof AnomaliesQuery>;

export interface StoreReader {
  /** @returns the past, or `moved` where the tail was packed meanwhile: ask for the tail again */
  past(query: PastQuery): Promise<Past | 'moved'>;
  anomalies(query: AnomalyFilter): Promise<AnomaliesReply>;
  /** @returns how many there were, by the minute of their stamps */
  anomalyMinutes(sinceUs: number): Promise<AnomalyMinute[]>;
  close(): void;
}
