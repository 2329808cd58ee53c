/**
 * A model on trial: it judges in shadow, beside what is running, until one of its series has had TRIAL_READINGS.
 *
 * Each series of the sensor type gets a second judge that goes on from where the running one stands. The trial compares
 * what the two mark and how long they take, and the model's scores with those of its training: a verdict ranks a forest
 * among its own past scores, so a forest that finds everything unusual does not show in the marks. Nothing of a trial is
 * seen outside until it is decided. Counts are kept by series
 * and saved with the series' own state, so that a restart goes on with the same counts; times are not: a decision that
 * was taken is on the disk, and one that was not may come out otherwise on a slower day (decisions/0040).
 */
import type { RowScorer } from '../forest/rowScorer.ts';
import { SeriesJudge, type SeriesOptions } from '../seriesJudge.ts';
import type { SensorModel } from '../training/model.ts';
import type { Verdict } from '../verdict.ts';
import { Durations } from './durations.ts';
import {
  TRIAL_COLD_READINGS,
  TRIAL_MARK_FLOOR,
  TRIAL_MARK_RATIO,
  TRIAL_ODD_MIN,
  TRIAL_READINGS,
  TRIAL_TIME_FLOOR_MS,
  TRIAL_TIME_RATIO,
  TRIAL_UNUSUAL_RATIO,
} from './limits.ts';

/** What is counted of each series, in the order in which it is saved: append only. */
export const TRIAL_COUNTS = [
  'readings',
  /** marked by what is running, and by the model on trial */
  'runningMarks',
  'trialMarks',
  /** scored above nine in ten of the model's training rows */
  'unusual',
  /** marked by what is running, as a forest may see it; and of those: scored above the middle of its training rows */
  'odd',
  'seen',
] as const;
export type TrialCounts = Record<(typeof TRIAL_COUNTS)[number], number>;

/** One series of a trial. */
export interface TrialSeries extends TrialCounts {
  readonly judge: SeriesJudge;
}

/** What a series' snapshot holds of a trial. */
export interface TrialState extends Readonly<TrialCounts> {
  readonly judge: Uint8Array;
}

export interface TrialModel {
  readonly forest: RowScorer;
  readonly reference: SensorModel['reference'];
}

/** What the judge that is running said of a reading. */
export type RunningVerdict = Pick<Verdict, 'anomaly' | 'sensorFault' | 'channels'>;

export type Decision = { readonly take: true } | { readonly take: false; readonly reason: string };

/** Share of the training rows that score above the last of their deciles. */
const TOP_SHARE = 0.1;
/** The fifth of the nine deciles. */
const MIDDLE = 4;

export class Trial {
  readonly hash: string;
  /** stands where the model's forest does, and notices a score that is none */
  readonly scorer: RowScorer;
  readonly #unusualScore: number;
  readonly #middleScore: number;
  readonly #running = new Durations();
  readonly #shadow = new Durations();
  #timedCount = 0;
  #isBroken = false;
  #score = 0;
  /** of the busiest series */
  #busiest = 0;
  readonly #sum = noCounts();

  /** @param model `reference` ends with the scores of its training rows */
  constructor(hash: string, { forest, reference }: TrialModel) {
    this.hash = hash;
    const deciles = reference.at(-1)?.edges ?? [];
    this.#unusualScore = deciles.at(-1) ?? 1;
    this.#middleScore = deciles[MIDDLE] ?? 1;
    this.scorer = { score: (row) => this.#scoreOf(forest, row) };
  }

  get readings(): number {
    return this.#busiest;
  }

  /** @param running the series' judge as it is now; absent for a series that has had no reading yet */
  join(options: SeriesOptions, running?: Uint8Array): TrialSeries {
    if (running === undefined) return fresh(new SeriesJudge({ ...options, forest: this.scorer }));
    const judge = SeriesJudge.restore(running, options);
    judge.swapForest(this.scorer);
    return fresh(judge);
  }

  /** A series whose trial had begun before a restart. @throws SnapshotError */
  rejoin(options: SeriesOptions, state: TrialState): TrialSeries {
    const judge = SeriesJudge.restore(state.judge, { ...options, forest: this.scorer });
    const series = fresh(judge);
    this.#count(series, state);
    return series;
  }

  /**
   * Judges a reading that was judged already. It counts where the series is known well: models are trained on no others.
   * @param out overwritten
   */
  judge(
    series: TrialSeries,
    reading: { readonly tsUs: number; readonly value: number; readonly running: RunningVerdict },
    out: Verdict,
  ): void {
    series.judge.judge(reading.tsUs, reading.value, out);
    if (out.stage !== 'ready') return;
    const { anomaly, sensorFault, channels } = reading.running;
    const odd = anomaly && !sensorFault && channels[0] !== 'rule';
    this.#count(series, {
      readings: 1,
      runningMarks: anomaly ? 1 : 0,
      trialMarks: out.anomaly ? 1 : 0,
      unusual: this.#score > this.#unusualScore ? 1 : 0,
      odd: odd ? 1 : 0,
      seen: odd && this.#score > this.#middleScore ? 1 : 0,
    });
  }

  /** Notes how long a reading took, by what is running and by this. */
  time(runningMs: number, shadowMs: number): void {
    this.#timedCount++;
    if (this.#timedCount <= TRIAL_COLD_READINGS) return;
    this.#running.add(runningMs);
    this.#shadow.add(shadowMs);
  }

  /** @returns what is to become of the model; undefined while that is open */
  decide(): Decision | undefined {
    if (this.#isBroken) return refuse('a score is not a number');
    const { readings, runningMarks, trialMarks, unusual, odd, seen } = this.#sum;
    const expected = Math.max(readings, TRIAL_READINGS);
    if (trialMarks > TRIAL_MARK_RATIO * Math.max(runningMarks, TRIAL_MARK_FLOOR * expected)) {
      return refuse(`it marks ${trialMarks} of ${readings} readings, what runs ${runningMarks}`);
    }
    if (unusual > TRIAL_UNUSUAL_RATIO * TOP_SHARE * expected) {
      return refuse(
        `${unusual} of ${readings} readings are as unusual to it as a tenth of its training was`,
      );
    }
    if (this.#busiest < TRIAL_READINGS) return undefined;
    if (odd >= TRIAL_ODD_MIN && seen === 0) {
      return refuse(`it finds nothing unusual in the ${odd} readings that what runs marks`);
    }
    const usualMs = Math.max(this.#running.percentile99(), TRIAL_TIME_FLOOR_MS);
    const tookMs = this.#shadow.percentile99();
    if (tookMs <= TRIAL_TIME_RATIO * usualMs) return { take: true };
    return refuse(`it takes ${microseconds(tookMs)} a reading, what runs ${microseconds(usualMs)}`);
  }

  #count(series: TrialSeries, more: Readonly<TrialCounts>): void {
    for (const counts of [series, this.#sum]) {
      for (const name of TRIAL_COUNTS) counts[name] += more[name];
    }
    this.#busiest = Math.max(this.#busiest, series.readings);
  }

  #scoreOf(forest: RowScorer, row: Float64Array): number {
    try {
      this.#score = forest.score(row);
      if (Number.isFinite(this.#score)) return this.#score;
    } catch (error) {
      // what a forest throws at a row that is not finite
      if (!(error instanceof RangeError)) throw error;
    }
    this.#isBroken = true;
    return 0;
  }
}

function fresh(judge: SeriesJudge): TrialSeries {
  return { judge, ...noCounts() };
}

function noCounts(): TrialCounts {
  return { readings: 0, runningMarks: 0, trialMarks: 0, unusual: 0, odd: 0, seen: 0 };
}

function refuse(reason: string): Decision {
  return { take: false, reason };
}

function microseconds(ms: number): string {
  return `${Math.round(ms * 1000)} µs`;
}
