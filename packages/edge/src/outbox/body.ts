/**
 * The readings of one outbox row, decoded: what the tail fills, the row's bytes hold, and the uplink turns into a batch.
 *
 * A row covers a run of sequence numbers. Each is there as a reading of a series, inside a thinned minute, or in a gone
 * count (I2), so `numbersOf(body)` is the row's count at every moment of its life.
 */
import type { Gone, StageName, ThinnedMinute } from '@fernsight/wire/agent';

/** The code of a stage is its index here. The order is the code on disk: append only. */
export const STAGE_NAMES = [
  'rules',
  'warming',
  'ready',
  'unscored',
  'foreign',
  'late',
  'future',
] as const satisfies readonly StageName[];

/** A bit beside the stage: the reading was taken in maintenance, judged and not learnt. A replay passes it over. */
export const UNLEARNT = 8;

/** @returns the index in STAGE_NAMES */
export function stageIndex(stage: number): number {
  return stage & ~UNLEARNT;
}

/** What a verdict said beyond its score. Numbers that were unknown are NaN. */
export interface Explained {
  readonly row: number;
  readonly anomaly: boolean;
  readonly alarm: boolean;
  readonly sensorFault: boolean;
  /** index in detect's KINDS */
  readonly kind: number;
  /** in steps of 1/65535, rounded */
  readonly thresholdSteps: number;
  /** kept in 24 bits: five digits are more than a chart shows */
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** indexes in detect's CHANNELS and their shares in 1/255, heaviest first */
  readonly channels: readonly (readonly [channel: number, share: number])[];
  /** of a marked reading, else undefined */
  readonly shown: Shown | undefined;
}

/** What a marked reading showed. */
export interface Shown {
  /** detect's Verdict.evidence */
  readonly evidence: readonly number[];
  /** stamp at which its event began */
  readonly onsetUs: number;
  /** the suppression region that it fell into, 0 for none */
  readonly suppressedBy: number;
}

/** The expected value and band at one row, for the chart. */
export interface Band {
  readonly row: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/** The readings of one series, in sequence order; all columns have one length. */
export interface SeriesRun {
  readonly device: string;
  readonly sensor: string;
  /** stamped by the agent's clock, not by the source: such a series' detector time is shifted with its epoch */
  readonly ownClock: boolean;
  /** offset of each row from the outbox row's first number, ascending */
  readonly offset: ArrayLike<number>;
  readonly tsUs: ArrayLike<number>;
  readonly value: ArrayLike<number>;
  readonly scoreSteps: ArrayLike<number>;
  /** indexes in STAGE_NAMES, and UNLEARNT where nothing was learnt */
  readonly stage: ArrayLike<number>;
  readonly explained: readonly Explained[];
  readonly bands: readonly Band[];
}

/** Verdicts over the sensors of one device, each of the row that closed at its stamp. */
export interface JointRun {
  readonly device: string;
  readonly tsUs: ArrayLike<number>;
  readonly scoreSteps: ArrayLike<number>;
  readonly explained: readonly JointExplained[];
}

export interface JointExplained {
  readonly row: number;
  readonly anomaly: boolean;
  readonly alarm: boolean;
  readonly thresholdSteps: number;
  /** the sensors that weighed most and their shares in 1/255, heaviest first */
  readonly sensors: readonly (readonly [sensor: string, share: number])[];
  /** of a marked row, else undefined */
  readonly shown: JointShown | undefined;
}

/** What a marked row showed: two numbers for each sensor. */
export interface JointShown extends Shown {
  readonly among: readonly string[];
}

export interface Body {
  readonly series: readonly SeriesRun[];
  readonly joint: readonly JointRun[];
  readonly thinned: readonly ThinnedMinute[];
  readonly gone: readonly Gone[];
}

/** @returns the sequence numbers that a body accounts for */
export function numbersOf(body: Body): number {
  let count = 0;
  for (const run of body.series) count += run.offset.length;
  for (const minute of body.thinned) count += minute.count;
  for (const gone of body.gone) count += gone.count;
  return count;
}

/** @returns the readings that a body still holds as readings */
export function readingsOf(body: Body): number {
  let count = 0;
  for (const run of body.series) count += run.offset.length;
  return count;
}

/** @returns a body that accounts for the same numbers and holds none of the readings, by device */
export function goneBody(body: Body, reason: Gone['reason']): Body {
  const counts = new Map<string, number>();
  const add = (device: string, count: number) =>
    counts.set(device, (counts.get(device) ?? 0) + count);
  for (const run of body.series) add(run.device, run.offset.length);
  for (const minute of body.thinned) add(minute.device, minute.count);
  const gone = [...counts].map(([device, count]) => ({ device, reason, count }));
  return { series: [], joint: [], thinned: [], gone: [...body.gone, ...gone] };
}

/** @returns a body of readings that are lost, whatever they were */
export function lostBody(device: string, count: number): Body {
  return { series: [], joint: [], thinned: [], gone: [{ device, reason: 'lost', count }] };
}
