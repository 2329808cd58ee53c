/**
 * What ingest hands to the stream: the readings of one request, checked, in flat columns that pass to another thread
 * as they are. Rows of one series stand together as a run, in the order in which they were sent.
 */
import type {
  AgentStatus,
  DeviceCard,
  Gone,
  JointColumns,
  SeriesColumns,
  ThinnedMinute,
  WindowSummary,
} from '@fernsight/wire';

/** When a request first came, by the hash of its Idempotency-Key and who sent it. */
export interface Receipt {
  readonly key: string;
  readonly receivedUs: number;
}

/** Rows [first, first + count) of the columns belong to one series. */
export interface Run {
  readonly device: string;
  readonly sensor: string;
  readonly type?: string | undefined;
  readonly unit?: string | undefined;
  readonly first: number;
  readonly count: number;
}

/** Readings of plain devices: nobody has judged them. */
export interface PlainParcel {
  readonly kind: 'plain';
  /** wall time of receipt, microseconds UTC */
  readonly receivedUs: number;
  readonly runs: readonly Run[];
  /** no stamp twice within a series */
  readonly tsUs: Float64Array;
  readonly value: Float64Array;
  /** by row: 1 where it has its receipt for a stamp; absent where none has. Such stamps ascend within a series */
  readonly unstamped?: Uint8Array;
  /** refused before they got here, by device: the ledger counts them */
  readonly rejected: readonly { readonly device: string; readonly count: number }[];
  /** where a reading has its receipt for a stamp, and the request an Idempotency-Key */
  readonly receipt?: Receipt;
  /** of the first original's agents, which send these and no readings */
  readonly windows: readonly WindowSummary[];
}

/** A run of an agent's batch: judged already. */
export interface AgentRun extends Run {
  readonly explained: SeriesColumns['explained'];
  readonly bands: SeriesColumns['bands'];
}

/** A batch of an agent, whose sums were checked. */
export interface AgentParcel {
  readonly kind: 'agent';
  readonly receivedUs: number;
  readonly agent: string;
  readonly epoch: string;
  readonly backfill: boolean;
  readonly seqFirst: number;
  readonly seqCount: number;
  readonly cards: readonly DeviceCard[];
  readonly runs: readonly AgentRun[];
  readonly tsUs: Float64Array;
  readonly value: Float64Array;
  /** offset of each row from seqFirst */
  readonly seq: Uint32Array;
  readonly steps: Uint16Array;
  /** marks (store/marks.ts) with the stage alone; kind and anomaly come from `explained` */
  readonly marks: Uint16Array;
  readonly joint: readonly JointColumns[];
  readonly thinned: readonly ThinnedMinute[];
  readonly gone: readonly Gone[];
  readonly windows: readonly WindowSummary[];
  readonly status: AgentStatus;
}

export type Parcel = PlainParcel | AgentParcel;
