/** What a trained model says of a file's rows, gathered for the report. */
import { createVerdict, type SensorModel, SeriesJudge } from '@fernsight/detect';
import type { Judgement, LabelledRows } from '@fernsight/detect/evaluation';
import type { LabelledReading } from './readings.ts';

export class JudgedRows {
  readonly #model: SensorModel;
  readonly #tsUs: number[] = [];
  readonly #values: number[] = [];
  readonly #labels: number[] = [];
  readonly #kinds: string[] = [];
  readonly #scores: number[] = [];
  readonly #anomalies: number[] = [];
  readonly #verdict = createVerdict();
  #judge: SeriesJudge;
  /** some row had a label */
  labelled = false;

  constructor(model: SensorModel) {
    this.#model = model;
    this.#judge = new SeriesJudge({ forest: model.forest });
  }

  /** the threshold of the last row that was judged */
  get threshold(): number {
    return this.#verdict.threshold;
  }

  /** Begins another series. */
  begin(): void {
    this.#judge = new SeriesJudge({ forest: this.#model.forest });
  }

  take({ tsUs, value, isAnomaly, kind }: LabelledReading): void {
    this.#judge.judge(tsUs, value, this.#verdict);
    this.#tsUs.push(tsUs);
    this.#values.push(value);
    this.#labels.push(isAnomaly === true ? 1 : 0);
    this.#kinds.push(kind);
    this.#scores.push(this.#verdict.score);
    this.#anomalies.push(this.#verdict.anomaly ? 1 : 0);
    if (isAnomaly !== undefined) this.labelled = true;
  }

  rows(name: string): LabelledRows {
    return {
      name,
      width: 1,
      count: this.#values.length,
      tsUs: Float64Array.from(this.#tsUs),
      values: Float64Array.from(this.#values),
      labels: Uint8Array.from(this.#labels),
      kinds: this.#kinds.some((kind) => kind !== '') ? this.#kinds : null,
    };
  }

  judgement(): Judgement {
    return {
      scores: Float64Array.from(this.#scores),
      anomalies: Uint8Array.from(this.#anomalies),
    };
  }
}
