/**
 * The whole pipeline as a judge of complete rows: for files, and for comparing it with other detectors.
 *
 * A row is complete when it comes in, so its own verdict goes out, what the sensors say together included; nothing later
 * is seen. One sensor, or rows without a clean prefix, are judged by a DeviceJudge, the composition that agents and cloud
 * use. Where a clean prefix of several sensors is given and no budget, the patch bank learnt from it judges the rows alone:
 * it ranked them better than the joint distances did (docs/EVALUATION.md), but keeps no budget. Sensors are named by their
 * column's number.
 */
import { DeviceJudge } from './deviceJudge.ts';
import { createJointVerdict } from './jointJudge.ts';
import { PREFIX_MIN } from './patch/patchBank.ts';
import { PatchJudge } from './patch/patchJudge.ts';
import { requireFiniteRow, requireStamp } from './reading.ts';
import type {
  ResumableJudge,
  ResumableJudgeFactory,
  ResumableOptions,
  RowBlock,
} from './rowJudge.ts';
import { columnNames, PackedArrays, packArrays } from './rowSnapshot.ts';
import { isOfKind } from './snapshot.ts';
import type { Verdict } from './verdict.ts';
import { clearVerdict, copyVerdict, createVerdict } from './verdict.ts';

const DAY_US = 24 * 3600e6;

/** @returns the default detector; rows of a train block are learnt before the first row */
export const createPipelineJudge: ResumableJudgeFactory = (options) => {
  const { train, width, snapshot, budgetPerWeek } = options;
  const learnt =
    snapshot === undefined
      ? (train?.count ?? 0) >= PREFIX_MIN && budgetPerWeek === undefined
      : isOfKind('p', snapshot);
  return learnt && width > 1 ? new PatchJudge(options) : new DeviceRows(options);
};

class DeviceRows implements ResumableJudge {
  readonly width: number;
  readonly #device: DeviceJudge;
  readonly #names: readonly string[];
  readonly #joint = createJointVerdict();
  readonly #single = createVerdict();
  #lastTsUs = 0;
  #shiftUs = 0;

  constructor(options: ResumableOptions) {
    this.width = options.width;
    this.#device = new DeviceJudge(options);
    this.#names = columnNames(options.width);
    const { train, snapshot } = options;
    if (snapshot !== undefined) this.#restore(snapshot);
    else if (train !== undefined) this.#learn(train);
  }

  judge(tsUs: number, row: Float64Array, out: Verdict): void {
    requireFiniteRow(row);
    requireStamp(tsUs);
    if (this.#shiftUs < 0) this.#shiftUs = shiftBy(tsUs, this.#lastTsUs);
    this.#lastTsUs = Math.max(tsUs + this.#shiftUs, this.#lastTsUs + 1);
    let first = true;
    for (let index = 0; index < this.width; index += 1) {
      const value = row[index] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      const name = this.#names[index] ?? '';
      this.#device.judge(name, this.#lastTsUs, value, this.#single, this.#joint);
      if (first || outweighs(this.#single, out)) copyVerdict(this.#single, out);
      first = false;
    }
    if (first) clearVerdict(out);
    const closed = this.width > 1 && this.#device.closeRow(this.#joint);
    if (closed && outweighs(this.#joint, out)) copyVerdict(this.#joint, out);
  }

  /** The place in time, then the joint judge's snapshot and each series'; none of a sensor that has sent no value yet. */
  snapshot(): Uint8Array {
    return packArrays('d', this.width, [
      Float64Array.of(this.#lastTsUs, this.#shiftUs),
      this.#device.jointSnapshot(),
      ...this.#names.map((name) => this.#device.seriesSnapshot(name) ?? new Uint8Array()),
    ]);
  }

  #restore(bytes: Uint8Array): void {
    const packed = new PackedArrays('d', this.width, bytes);
    const [lastTsUs = 0, shiftUs = 0] = packed.float64();
    this.#lastTsUs = lastTsUs;
    this.#shiftUs = shiftUs;
    this.#device.restoreJoint(packed.bytes());
    for (const name of this.#names) {
      const series = packed.bytes();
      if (series.length > 0) this.#device.restoreSeries(name, series);
    }
  }

  #learn(train: RowBlock): void {
    const out = createVerdict();
    const row = new Float64Array(this.width);
    for (let index = 0; index < train.count; index += 1) {
      row.set(train.values.subarray(index * this.width, (index + 1) * this.width));
      this.judge(train.tsUs[index] ?? 0, row, out);
    }
    this.#shiftUs = -1;
  }
}

/** A train block may be a recording of another time: what follows it is moved on by whole days, the hour kept. */
function shiftBy(tsUs: number, lastTsUs: number): number {
  return tsUs > lastTsUs ? 0 : Math.ceil((lastTsUs - tsUs + 1) / DAY_US) * DAY_US;
}

function outweighs(verdict: Verdict, other: Verdict): boolean {
  return verdict.anomaly === other.anomaly ? verdict.score > other.score : verdict.anomaly;
}
