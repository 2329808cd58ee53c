/**
 * Judges one series: one sensor of one device, reading by reading, in O(1) time and memory.
 *
 * Score first, learn second (I6): a verdict depends on the readings before it and on itself, and what was judged
 * anomalous is not learnt as normal. The whole state is one buffer of numbers, so that a snapshot is a copy and a
 * restored judge goes on bit for bit as if it had never stopped (I5). Judging allocates nothing.
 */
import { ALARMS_PER_WEEK, alarmDecades, markDecades, scoreOf } from './evidence.ts';
import type { Forest } from './forest/forest.ts';
import { requireFinite, requireLater } from './reading.ts';
import { packSnapshot, SnapshotError, unpackSnapshot } from './snapshot.ts';
import type { Verdict } from './verdict.ts';

/** Values outside are judged by rule, from the first reading on. */
export interface Limits {
  readonly min: number;
  readonly max: number;
}

export interface SeriesOptions {
  /** false alarm episodes allowed a week for this series; see Verdict.alarm for what holds without one */
  readonly budgetPerWeek?: number | undefined;
  /** the device's fixed offset from UTC, for time of day; default 0 */
  readonly utcOffsetMinutes?: number | undefined;
  readonly limits?: Limits | undefined;
  readonly forest?: Forest | undefined;
}

/** Readings until the stage is `ready`. */
export const READY_READINGS = 256;
/** Readings judged by rules alone. */
export const RULE_READINGS = 16;

const COUNT = 0;
const LAST_TS_US = 1;
const INTERVAL_US = 2;
const MEAN = 3;
const VARIANCE = 4;
const ALARM = 5;
const STATE_LENGTH = 8;

export class SeriesJudge {
  readonly #state: Float64Array;
  readonly #options: SeriesOptions;
  #forest: Forest | undefined;

  constructor(options: SeriesOptions) {
    this.#state = new Float64Array(STATE_LENGTH);
    this.#options = options;
    this.#forest = options.forest;
  }

  /**
   * Judges one reading, then learns from it.
   * @param tsUs stamp, integer microseconds UTC, after the previous one
   * @param value finite, in the sensor's unit
   * @param out overwritten with the verdict
   * @throws {ReadingError} and changes nothing where the value is not finite or the stamp not later
   */
  judge(tsUs: number, value: number, out: Verdict): void {
    const s = this.#state;
    const lastTsUs = s[LAST_TS_US] ?? 0;
    requireFinite(value);
    requireLater(tsUs, lastTsUs);
    const count = s[COUNT] ?? 0;
    const mean = s[MEAN] ?? 0;
    const deviation = Math.sqrt(s[VARIANCE] ?? 0);
    const z = deviation > 0 ? Math.abs(value - mean) / deviation : 0;
    const decades = count < RULE_READINGS ? 0 : 0.22 * z * z;
    const interval = count > 0 ? tsUs - lastTsUs : 0;
    s[INTERVAL_US] = (s[INTERVAL_US] ?? 0) + (interval - (s[INTERVAL_US] ?? 0)) / (count + 1);

    const { budgetPerWeek } = this.#options;
    const intervalUs = s[INTERVAL_US] ?? 0;
    out.score = scoreOf(decades);
    out.threshold = scoreOf(markDecades(budgetPerWeek, intervalUs));
    out.anomaly = out.score >= out.threshold;
    const alarm = alarmDecades(budgetPerWeek ?? ALARMS_PER_WEEK, intervalUs);
    s[ALARM] = decades >= ((s[ALARM] ?? 0) > 0 ? alarm / 2 : alarm) ? 1 : 0;
    out.alarm = s[ALARM] > 0;
    out.kind = out.anomaly ? (value === 0 ? 'dropout' : 'spike') : 'none';
    out.sensorFault = out.kind === 'dropout';
    out.expected = count > 0 ? mean : Number.NaN;
    out.lower = count > 1 ? mean - 3 * deviation : Number.NaN;
    out.upper = count > 1 ? mean + 3 * deviation : Number.NaN;
    out.stage = count < RULE_READINGS ? 'rules' : count < READY_READINGS ? 'warming' : 'ready';
    out.needed = Math.max(0, READY_READINGS - count);
    out.channels[0] = 'residual';
    out.channels[1] = 'none';
    out.channels[2] = 'none';
    out.weights.fill(0);
    out.weights[0] = 1;

    const rate = 1 / Math.min(count + 1, 1000);
    const step = out.anomaly ? rate / 8 : rate;
    s[MEAN] = mean + (value - mean) * step;
    s[VARIANCE] = (1 - step) * ((s[VARIANCE] ?? 0) + step * (value - mean) * (value - mean));
    s[COUNT] = count + 1;
    s[LAST_TS_US] = tsUs;
  }

  /** Puts another forest in place between two readings; undefined judges without one. */
  swapForest(forest: Forest | undefined): void {
    this.#forest = forest;
  }

  /** @returns the forest in use */
  forest(): Forest | undefined {
    return this.#forest;
  }

  /** @returns the whole state as bytes (at most 5 KB); options and forest are not part of it */
  snapshot(): Uint8Array {
    return packSnapshot('s', [], this.#state.slice().buffer);
  }

  /**
   * @param bytes from snapshot()
   * @returns a judge that goes on bit for bit as the one whose snapshot it was, given the same options and forest
   * @throws {SnapshotError}
   */
  static restore(bytes: Uint8Array, options: SeriesOptions): SeriesJudge {
    const { state } = unpackSnapshot('s', bytes);
    const judge = new SeriesJudge(options);
    if (state.byteLength !== judge.#state.byteLength) {
      throw new SnapshotError('damaged', `a series' state has ${judge.#state.byteLength} bytes`);
    }
    judge.#state.set(new Float64Array(state));
    return judge;
  }
}
