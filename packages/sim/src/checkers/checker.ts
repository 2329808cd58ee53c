/**
 * What a checker may hear of, and what it looks at. Each promise has a checker in a file of its own, named after it; a
 * checker says what is broken and changes nothing.
 */
import type { AgentView } from '@fernsight/edge';
import type { Batch } from '@fernsight/wire';
import type { Kernel } from '../clock/kernel.ts';
import type { Flaw } from '../flaws/flaw.ts';
import type { AgentNode } from '../node/agentNode.ts';
import type { CloudNode } from '../node/cloudNode.ts';
import type { PlainNode } from '../node/plainNode.ts';
import type { SimConfig } from '../plan/config.ts';
import type { Happening } from '../plan/happening.ts';
import type { Silences } from '../truth/silences.ts';
import type { Marked, Truth } from '../truth/truth.ts';
import type { Windows } from '../truth/windows.ts';

export interface World {
  readonly config: SimConfig;
  readonly kernel: Kernel;
  readonly truth: Truth;
  readonly silences: Silences;
  readonly windows: Windows;
  readonly agents: readonly AgentNode[];
  readonly plains: readonly PlainNode[];
  readonly cloud: CloudNode;
  /** whether every fault is over, everything should have arrived, and the store is read for the last time */
  readonly isHealed: boolean;
  /** a bug that this history is to find */
  readonly flaw: Flaw | undefined;
  /** Something came of a fault, or of a job. */
  happened(what: Happening): void;
  /** A promise is broken. */
  fail(property: string, detail: string): void;
}

/** An agent came up again with the readings that its files held. */
export interface Restart {
  readonly agent: AgentNode;
  readonly hadPower: boolean;
  readonly crashedMs: number;
  /** taken before and not there any more */
  readonly lost: readonly Marked[];
}

/** A row of the store whose value is that of a reading. */
export interface StoredRow extends Marked {
  readonly tsUs: number;
  readonly steps: number;
  readonly mark: number;
  /** whether this reading of the store met it before */
  readonly isRepeated: boolean;
}

/** What the store says that a marked reading showed. */
export interface ShownRow extends Marked {
  readonly evidence: string;
}

/** What the store shows across the sensors of a device. */
export interface StoredJoint {
  readonly device: string;
  readonly tsUs: number;
  readonly steps: number;
  readonly mark: number;
}

/** One reading of the whole store. */
export interface ScanMark {
  /** counted from 1 */
  readonly number: number;
  readonly startMs: number;
}

/** A device's ledger, as the store has it. */
export interface LedgerView {
  readonly stored: number;
  readonly thinned: number;
  readonly expired: number;
  readonly gone: Readonly<Record<string, number>>;
  readonly epochs: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

export type Views = ReadonlyMap<AgentNode, AgentView>;

export interface Checker {
  /** a batch leaves an agent */
  sent?(agent: AgentNode, batch: Batch): void;
  /** the cloud answers for a batch */
  answered?(batch: Batch): void;
  restarted?(restart: Restart): void;
  /** a source was told that so many of its rows are durable */
  acknowledged?(agent: AgentNode, rowCount: number): void;
  row?(row: StoredRow): void;
  joint?(row: StoredJoint): void;
  shown?(row: ShownRow): void;
  /** after the rows of one device were read */
  device?(device: string, ledger: LedgerView, scan: ScanMark): void;
  /** from time to time, with how each agent that is up says that it is */
  looked?(views: Views): void;
  /** every fault is over, and what waited has had its time */
  healed?(): void;
  /** the store was read for the last time */
  ended?(): void;
}
