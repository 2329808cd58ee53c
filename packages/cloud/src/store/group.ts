/** What one commit makes durable, all of it or nothing. */
import type { Entry } from './entry.ts';
import type { Point } from './points.ts';
import type { DeviceRecord, SeriesRecord } from './registry.ts';

export interface Group {
  readonly entries: Entry[];
  readonly anomalies: AnomalyRow[];
  readonly windows: WindowRow[];
  /** minutes of which an agent kept no more than this */
  readonly minutes: { readonly series: SeriesRecord; readonly point: Point }[];
  /** first receipts of requests without stamps, by the hash of their Idempotency-Key */
  readonly receipts: Map<string, number>;
  /** new, or changed by a card */
  readonly devices: Set<DeviceRecord>;
  readonly series: Set<SeriesRecord>;
}

/** A verdict in full: of an anomaly, of a marked reading while an alarm stands, or of one that a region kept quiet. */
export interface AnomalyRow {
  readonly series: SeriesRecord;
  readonly tsUs: number;
  readonly value: number;
  readonly steps: number;
  readonly threshold: number;
  readonly mark: number;
  /** an alarm began with this reading */
  readonly began: boolean;
  /** NaN where unknown */
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** channels, or for a joint verdict sensors, with their shares */
  readonly channels: readonly (readonly [string, number])[];
  readonly backfilled: boolean;
  /** what the reading, or the row of a device, showed */
  readonly shown?: ShownRow | undefined;
}

export interface ShownRow {
  /** by channel, as Verdict.evidence; of a device's row two for each of `among` */
  readonly evidence: readonly number[];
  readonly among?: readonly string[];
  /** stamp at which its event began */
  readonly onsetUs: number;
  /** the suppression region that it fell into, 0 for none */
  readonly suppressedBy: number;
}

/** @returns whether a marked reading is kept in full although it is no anomaly: a region kept it quiet, or an alarm stands */
export function isOfEvent(shown: ShownRow | undefined, alarm: boolean): boolean {
  return shown !== undefined && (shown.suppressedBy > 0 || alarm);
}

export interface WindowRow {
  readonly id: number;
  readonly device: DeviceRecord;
  readonly startUs: number;
  readonly endUs: number;
  readonly samples: number;
  readonly anomalies: number;
  readonly avgScore: number;
  readonly maxScore: number;
  readonly minScore: number;
  readonly receivedUs: number;
}

export function createGroup(): Group {
  return {
    entries: [],
    anomalies: [],
    windows: [],
    minutes: [],
    receipts: new Map(),
    devices: new Set(),
    series: new Set(),
  };
}
