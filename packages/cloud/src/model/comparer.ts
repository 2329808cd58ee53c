/**
 * The comparer's desk: the same readings, series after series, judged from the start by two models, on a thread that
 * holds nobody up. Limits and suppression regions are left out: they silence or mark whatever the model is.
 */
import {
  createVerdict,
  decodeModel,
  ReadingError,
  SeriesJudge,
  type SeriesOptions,
  type Verdict,
} from '@fernsight/detect';
import { averagePrecision, createCurve, thin } from '@fernsight/detect/evaluation';
import type { Comparison, Curve, Performance } from '@fernsight/wire';
import { type Asked, type Clerk, isCall } from '../stream/desk.ts';

/** What somebody said of a reading. */
export const NOT_REAL = 0;
export const REAL = 1;

export type ComparerCalls = {
  /** another series; those of one device follow each other */
  begin: { readonly input: { readonly device: string }; readonly output: null };
  take: {
    readonly input: {
      readonly tsUs: Float64Array;
      readonly value: Float64Array;
      /** by the index of their readings, REAL or NOT_REAL */
      readonly labels: ReadonlyMap<number, number>;
    };
    readonly output: null;
  };
  finish: { readonly input: null; readonly output: Compared };
};

export interface ComparerStart {
  /** two models' bytes; null: what Fernsight ships with */
  readonly models: readonly (Uint8Array | null)[];
  readonly budgetPerWeek: number | undefined;
}

export interface Compared {
  readonly results: Omit<Performance, 'hash'>[];
  readonly agreement: NonNullable<Comparison['agreement']>;
}

const SCORE_BINS = 20;
/** Steps of recall and of the false-positive rate that a curve tells apart; with both ends within the wire's 200. */
const CURVE_STEPS = 98;
const WEEK_US = 7 * 86_400e6;

export class ComparerClerk implements Clerk<ComparerCalls> {
  readonly #sides: readonly Side[];
  readonly #agreement = { both: 0, first: 0, second: 0 };
  readonly #presence = new Presence();

  /** @throws ModelError */
  constructor({ models, budgetPerWeek }: ComparerStart) {
    this.#sides = models.map((bytes) => {
      const forest = bytes === null ? undefined : decodeModel(bytes).forest;
      return new Side({ budgetPerWeek, forest });
    });
  }

  async serve(asked: Asked<ComparerCalls>[]): Promise<void> {
    for (const one of asked) {
      if (isCall(one, 'begin')) {
        for (const side of this.#sides) side.begin();
        this.#presence.begin(one.input.device);
        one.answer(null);
      }
      if (isCall(one, 'take')) {
        this.#take(one.input);
        one.answer(null);
      }
      if (isCall(one, 'finish')) one.answer(this.#finish());
    }
  }

  async idle(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {}

  #take({ tsUs, value, labels }: ComparerCalls['take']['input']): void {
    for (const [row, stamp] of tsUs.entries()) {
      try {
        for (const side of this.#sides) side.judge(stamp, value[row] ?? 0);
      } catch (error) {
        // a late reading that is stored beside its successors: both refuse it, and change nothing
        if (!(error instanceof ReadingError)) throw error;
        continue;
      }
      this.#count(stamp, labels.get(row));
    }
  }

  #count(tsUs: number, label: number | undefined): void {
    const [first, second] = this.#sides;
    if (first?.verdict.stage !== 'ready' || second === undefined) return;
    this.#presence.see(tsUs);
    for (const side of this.#sides) side.count(label);
    if (first.verdict.anomaly && second.verdict.anomaly) this.#agreement.both++;
    else if (first.verdict.anomaly) this.#agreement.first++;
    else if (second.verdict.anomaly) this.#agreement.second++;
  }

  #finish(): Compared {
    const weeks = this.#presence.totalUs() / WEEK_US;
    return { results: this.#sides.map((side) => side.result(weeks)), agreement: this.#agreement };
  }
}

/** One of the two models, over all series. */
class Side {
  readonly verdict: Verdict = createVerdict();
  readonly #options: SeriesOptions;
  readonly #scores = new Array<number>(SCORE_BINS).fill(0);
  readonly #labelled: { readonly score: number; readonly label: number }[] = [];
  readonly #marked = { real: 0, notReal: 0 };
  #judge: SeriesJudge;
  #inAlarm = false;
  #readingCount = 0;
  #anomalyCount = 0;
  #alarmCount = 0;
  #scoreSum = 0;

  constructor(options: SeriesOptions) {
    this.#options = options;
    this.#judge = new SeriesJudge(options);
  }

  begin(): void {
    this.#judge = new SeriesJudge(this.#options);
    this.#inAlarm = false;
  }

  /** @throws ReadingError */
  judge(tsUs: number, value: number): void {
    this.#judge.judge(tsUs, value, this.verdict);
  }

  count(label: number | undefined): void {
    const { score, anomaly, alarm } = this.verdict;
    this.#readingCount++;
    if (anomaly) this.#anomalyCount++;
    if (alarm && !this.#inAlarm) this.#alarmCount++;
    this.#inAlarm = alarm;
    this.#scoreSum += score;
    const bin = Math.min(SCORE_BINS - 1, Math.floor(score * SCORE_BINS));
    this.#scores[bin] = (this.#scores[bin] ?? 0) + 1;
    if (label === undefined) return;
    this.#labelled.push({ score, label });
    if (anomaly) this.#marked[label === REAL ? 'real' : 'notReal']++;
  }

  result(weeks: number): Omit<Performance, 'hash'> {
    return {
      readingCount: this.#readingCount,
      anomalyCount: this.#anomalyCount,
      alarmCount: this.#alarmCount,
      alarmsPerDeviceWeek: weeks > 0 ? this.#alarmCount / weeks : 0,
      meanScore: this.#readingCount > 0 ? this.#scoreSum / this.#readingCount : 0,
      scores: this.#scores,
      curve: this.#curve(),
      marked: this.#labelled.length === 0 ? null : this.#marked,
    };
  }

  #curve(): Curve | null {
    if (this.#labelled.length === 0) return null;
    const scores = Float64Array.from(this.#labelled, ({ score }) => score);
    const curve = createCurve(
      scores,
      Uint8Array.from(this.#labelled, ({ label }) => label),
    );
    return {
      real: curve.positives,
      notReal: curve.negatives,
      prAuc: averagePrecision(curve),
      points: thin(curve, CURVE_STEPS).map(({ threshold, truePositives, falsePositives }) => ({
        threshold,
        recall: curve.positives === 0 ? 0 : truePositives / curve.positives,
        precision: truePositives / (truePositives + falsePositives),
      })),
    };
  }
}

/** For how long the devices were judged: of each from its first such reading to its last. */
class Presence {
  #device = '';
  #firstUs = Number.POSITIVE_INFINITY;
  #lastUs = Number.NEGATIVE_INFINITY;
  #endedUs = 0;

  begin(device: string): void {
    if (device === this.#device) return;
    this.#endedUs = this.totalUs();
    this.#device = device;
    this.#firstUs = Number.POSITIVE_INFINITY;
    this.#lastUs = Number.NEGATIVE_INFINITY;
  }

  see(tsUs: number): void {
    if (tsUs < this.#firstUs) this.#firstUs = tsUs;
    if (tsUs > this.#lastUs) this.#lastUs = tsUs;
  }

  totalUs(): number {
    return this.#endedUs + Math.max(0, this.#lastUs - this.#firstUs);
  }
}
