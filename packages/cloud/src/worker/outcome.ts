/** What became of a parcel, once it is durable: the answer to its sender, and what the live view needs of it. */
import type { Anomaly, KindName } from '@fernsight/wire';

/** In place of a mark: the row was not stored. */
export const NOT_STORED = 0xffff;

export interface Refusal {
  /** row of the parcel */
  readonly row: number;
  readonly code: 'conflict' | 'limit' | 'invalid';
  readonly message: string;
}

/** An alarm began or ended with a reading. */
export interface AlarmEdge {
  readonly device: string;
  /** `@joint` for the device's sensors together */
  readonly sensor: string;
  /** true: it began */
  readonly on: boolean;
  readonly tsUs: number;
  readonly kind: KindName;
  readonly sensorFault: boolean;
  /** the reason; empty where it ended */
  readonly sentence: string;
  readonly backfilled: boolean;
}

/** Anomalies of a device in a minute; beside them, what began an alarm and is none. */
export interface AnomalyTally {
  readonly device: string;
  readonly minuteUs: number;
  told: number;
  anomalies: number;
}

export interface Outcome {
  /** readings that were new */
  stored: number;
  duplicates: number;
  /** readings too old to be kept, of a series that has newer ones: acknowledged, and not stored */
  expired: number;
  /** an agent's batch whose whole range had been applied before */
  isRepeat: boolean;
  readonly refusals: Refusal[];
  /** rows that came without a stamp and are stored at another than the parcel's */
  readonly moved: { readonly row: number; readonly tsUs: number }[];
  /** the whole parcel was refused */
  problem?: { readonly status: number; readonly detail: string; readonly hint: string };
  /** by row of the parcel: the verdict on it; NaN where unknown */
  readonly steps: Uint16Array;
  readonly marks: Uint16Array;
  readonly expected: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** the first FRAME_ANOMALIES_MAX, to be shown, and how many there were of all */
  readonly anomalies: Anomaly[];
  readonly tallies: AnomalyTally[];
  readonly edges: AlarmEdge[];
  /** by window of the parcel: its record's number */
  readonly windowIds: number[];
}

/** Bytes of a row: three edges, two columns of 16 bits. */
const ROW_BYTES = 28;

/** The columns stand in one buffer, which passes to another thread in one piece. */
export function createOutcome(rows: number): Outcome {
  const buffer = new ArrayBuffer(rows * ROW_BYTES);
  return {
    stored: 0,
    duplicates: 0,
    expired: 0,
    isRepeat: false,
    refusals: [],
    moved: [],
    steps: new Uint16Array(buffer, rows * 24, rows),
    marks: new Uint16Array(buffer, rows * 26, rows).fill(NOT_STORED),
    expected: new Float64Array(buffer, 0, rows).fill(Number.NaN),
    lower: new Float64Array(buffer, rows * 8, rows).fill(Number.NaN),
    upper: new Float64Array(buffer, rows * 16, rows).fill(Number.NaN),
    anomalies: [],
    tallies: [],
    edges: [],
    windowIds: [],
  };
}
