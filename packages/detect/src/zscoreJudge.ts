/**
 * The plainest detector worth beating: how many deviations from the mean of all readings so far.
 *
 * No window, no season, nothing robust; a row's score is that of its worst sensor. It keeps the others honest.
 */
import { decadesOfZ } from './calibration/decades.ts';
import { scoreOf } from './evidence.ts';
import { boundValue, requireFiniteRow } from './reading.ts';
import type { ResumableJudge, ResumableJudgeFactory } from './rowJudge.ts';
import { PackedArrays, packArrays } from './rowSnapshot.ts';
import { clearVerdict, type Verdict } from './verdict.ts';

const MARK_Z = 3;
const ALARM_Z = 5;
const READY_ROWS = 32;

/** @returns a judge by global z-scores; the train rows count as seen */
export const createZscoreJudge: ResumableJudgeFactory = ({ width, train, snapshot }) => {
  if (snapshot !== undefined) return ZscoreJudge.restore(width, snapshot);
  const judge = new ZscoreJudge(width);
  for (let i = 0; i < (train?.count ?? 0); i += 1) {
    judge.learn(train?.values.subarray(i * width, (i + 1) * width) ?? new Float64Array());
  }
  return judge;
};

class ZscoreJudge implements ResumableJudge {
  readonly width: number;
  readonly #counts: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;

  constructor(width: number) {
    this.width = width;
    this.#counts = new Float64Array(width);
    this.#means = new Float64Array(width);
    this.#squares = new Float64Array(width);
  }

  judge(_tsUs: number, row: Float64Array, out: Verdict): void {
    requireFiniteRow(row);
    let most = 0;
    let count = 0;
    for (let j = 0; j < this.width; j += 1) {
      count = Math.max(count, this.#counts[j] ?? 0);
      const deviation = Math.sqrt((this.#squares[j] ?? 0) / Math.max(this.#counts[j] ?? 0, 1));
      const distance = Math.abs(boundValue(row[j] ?? Number.NaN) - (this.#means[j] ?? 0));
      if (deviation > 0 && distance / deviation > most) most = distance / deviation;
    }
    const ready = count >= READY_ROWS;
    const z = ready ? Math.min(most, 1e6) : 0;
    clearVerdict(out);
    out.score = scoreOf(decadesOfZ(z));
    out.threshold = scoreOf(decadesOfZ(MARK_Z));
    out.anomaly = out.score >= out.threshold;
    out.alarm = z >= ALARM_Z;
    out.kind = out.anomaly ? 'spike' : 'none';
    out.stage = ready ? 'ready' : 'warming';
    out.needed = Math.max(0, READY_ROWS - count);
    out.channels[0] = 'spike';
    out.weights[0] = 1;
    this.learn(row);
  }

  snapshot(): Uint8Array {
    return packArrays('z', this.width, this.#arrays());
  }

  static restore(width: number, bytes: Uint8Array): ZscoreJudge {
    const judge = new ZscoreJudge(width);
    const packed = new PackedArrays('z', width, bytes);
    for (const array of judge.#arrays()) packed.fill(array);
    return judge;
  }

  #arrays(): Float64Array[] {
    return [this.#counts, this.#means, this.#squares];
  }

  /** Welford 1962 */
  learn(row: Float64Array): void {
    for (let j = 0; j < this.width; j += 1) {
      const value = boundValue(row[j] ?? Number.NaN);
      if (Number.isNaN(value)) continue;
      const count = (this.#counts[j] ?? 0) + 1;
      const before = value - (this.#means[j] ?? 0);
      this.#counts[j] = count;
      this.#means[j] = (this.#means[j] ?? 0) + before / count;
      this.#squares[j] = (this.#squares[j] ?? 0) + before * (value - (this.#means[j] ?? 0));
    }
  }
}
