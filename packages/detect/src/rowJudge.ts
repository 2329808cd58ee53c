/**
 * The judge of whole rows: what evaluation, training and the cloud's joint scoring see of a detector.
 *
 * A row holds every sensor of one device at one stamp. A judge is causal: it scores a row before it learns from it
 * (invariant I6) and never sees a later one. Factories build judges by name, so that every detector, and every control
 * it is compared with, walks the same path.
 */
import type { Verdict } from './verdict.ts';

/** Rows in time order, row-major. A NaN is a missing value. */
export interface RowBlock {
  /** sensors a row */
  readonly width: number;
  /** rows */
  readonly count: number;
  /** stamps, integer microseconds UTC, not decreasing, length count */
  readonly tsUs: Float64Array;
  /** length count * width; sensor j of row i stands at i * width + j */
  readonly values: Float64Array;
}

export interface RowJudge {
  readonly width: number;
  /**
   * Judges one row, then learns from it.
   * @param tsUs stamp, microseconds UTC, not before the previous row's
   * @param row length width; a NaN is a missing value; the caller may reuse it
   * @param out overwritten with the verdict on the row
   */
  judge(tsUs: number, row: Float64Array, out: Verdict): void;
}

export interface RowJudgeOptions {
  readonly width: number;
  /** rows believed normal that precede the judged ones, unlabelled; undefined for a cold start */
  readonly train?: RowBlock | undefined;
  /** uniform in [0, 1), seeded by the caller; only some detectors draw from it */
  readonly random: () => number;
  /** the false-alarm budget, which of the catalog `pipeline` alone keeps; undefined for its default, see Verdict.alarm */
  readonly budgetPerWeek?: number | undefined;
  /** the device's fixed offset from UTC; default 0 */
  readonly utcOffsetMinutes?: number | undefined;
}

export type RowJudgeFactory = (options: RowJudgeOptions) => RowJudge;

/** A judge that may stop between two rows and go on in another process, as every detector of the catalog can. */
export interface ResumableJudge extends RowJudge {
  /** @returns the whole state, what was learnt included, as bytes of the present STATE_VERSION. O(bytes) */
  snapshot(): Uint8Array;
}

export interface ResumableOptions extends RowJudgeOptions {
  /**
   * where a judge of the same options stood: this one goes on from there bit for bit. `random` begins anew from the same
   * seed; `train` is not looked at, for the snapshot holds what was learnt of it
   */
  readonly snapshot?: Uint8Array | undefined;
}

/** @throws {SnapshotError} on a snapshot that is damaged, or of another kind, width or version */
export type ResumableJudgeFactory = (options: ResumableOptions) => ResumableJudge;
