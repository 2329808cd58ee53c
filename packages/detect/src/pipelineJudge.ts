/**
 * The whole pipeline as a judge of complete rows: for files, and for comparing it with other detectors.
 *
 * A row is complete when it comes in, so its own verdict goes out, what the sensors say together included: nothing is
 * waited for and nothing later is seen. Sensors are named by their column's number.
 */
import { DeviceJudge } from './deviceJudge.ts';
import { createJointVerdict } from './jointJudge.ts';
import type { RowJudge, RowJudgeFactory, RowJudgeOptions } from './rowJudge.ts';
import type { Verdict } from './verdict.ts';
import { createVerdict, VERDICT_CHANNELS } from './verdict.ts';

const DAY_US = 24 * 3600 * 1e6;

/** @returns the default detector; rows of a train block are judged and learnt before the first row */
export const createPipelineJudge: RowJudgeFactory = (options) => new PipelineJudge(options);

class PipelineJudge implements RowJudge {
  readonly width: number;
  readonly #device: DeviceJudge;
  readonly #names: readonly string[];
  readonly #jointVerdict = createJointVerdict();
  readonly #seriesVerdict = createVerdict();
  #lastTsUs = 0;
  #shiftUs = 0;

  constructor(options: RowJudgeOptions) {
    this.width = options.width;
    this.#device = new DeviceJudge(options);
    this.#names = Array.from({ length: options.width }, (_, index) => String(index));
    const { train } = options;
    if (train === undefined) return;
    const out = createVerdict();
    const row = new Float64Array(this.width);
    for (let index = 0; index < train.count; index += 1) {
      row.set(train.values.subarray(index * this.width, (index + 1) * this.width));
      this.judge(train.tsUs[index] ?? 0, row, out);
    }
  }

  judge(tsUs: number, row: Float64Array, out: Verdict): void {
    const ts = this.#later(tsUs);
    const single = this.#seriesVerdict;
    let first = true;
    for (let index = 0; index < this.width; index += 1) {
      const value = row[index] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      this.#device.judge(this.#names[index] ?? '', ts, value, single, this.#jointVerdict);
      if (first || outweighs(single, out)) copyVerdict(single, out);
      first = false;
    }
    if (this.#device.closeRow(this.#jointVerdict) && outweighs(this.#jointVerdict, out)) {
      copyVerdict(this.#jointVerdict, out);
    }
  }

  /** A train block may be a recording of another time: what follows it is moved on by whole days, the hour kept. */
  #later(tsUs: number): number {
    if (tsUs + this.#shiftUs <= this.#lastTsUs) {
      this.#shiftUs += Math.ceil((this.#lastTsUs - tsUs - this.#shiftUs + 1) / DAY_US) * DAY_US;
    }
    this.#lastTsUs = tsUs + this.#shiftUs;
    return this.#lastTsUs;
  }
}

function outweighs(verdict: Verdict, other: Verdict): boolean {
  return verdict.anomaly === other.anomaly ? verdict.score > other.score : verdict.anomaly;
}

function copyVerdict(from: Verdict, to: Verdict): void {
  to.score = from.score;
  to.threshold = from.threshold;
  to.anomaly = from.anomaly;
  to.alarm = from.alarm;
  to.kind = from.kind;
  to.sensorFault = from.sensorFault;
  to.expected = from.expected;
  to.lower = from.lower;
  to.upper = from.upper;
  to.stage = from.stage;
  to.needed = from.needed;
  for (let index = 0; index < VERDICT_CHANNELS; index += 1) {
    to.channels[index] = from.channels[index] ?? 'none';
    to.weights[index] = from.weights[index] ?? 0;
  }
}
