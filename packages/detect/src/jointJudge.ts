/**
 * Judges the sensors of one device together, row by row.
 *
 * A row holds the device's readings of one stamp; a sensor without a reading in it is held for up to three intervals.
 * The row closes at the device's next stamp, and its verdict belongs to the row that closed, not to the reading that
 * closed it. The sensors that take part are the first JOINT_SENSORS_MAX the device shows, in that order.
 */
import { ALARMS_PER_WEEK, alarmDecades, markDecades, scoreOf } from './evidence.ts';
import { requireFinite } from './reading.ts';
import { packSnapshot, SnapshotError, unpackSnapshot } from './snapshot.ts';
import type { Verdict } from './verdict.ts';
import { createVerdict, VERDICT_CHANNELS } from './verdict.ts';

/** A verdict on a closed row. Its kind is `joint` or `none`; expected, lower and upper stay NaN. */
export interface JointVerdict extends Verdict {
  /** the stamp of the row that closed, microseconds UTC */
  tsUs: number;
  /** the sensors that weighed most, heaviest first, '' where fewer; length VERDICT_CHANNELS */
  readonly sensors: string[];
}

/** @returns a blank joint verdict to pass to a judge, over and over */
export function createJointVerdict(): JointVerdict {
  return { ...createVerdict(), tsUs: 0, sensors: Array<string>(VERDICT_CHANNELS).fill('') };
}

export interface JointOptions {
  /** false alarm episodes allowed a week for the device's rows */
  readonly budgetPerWeek?: number | undefined;
}

/** Sensors of a device that are judged together: beyond it the covariance would outgrow the cache. */
export const JOINT_SENSORS_MAX = 64;
/** Rows until the stage is `ready`. */
const READY_ROWS = 256;
const HELD_INTERVALS = 3;

const COUNT = 0;
const ROW_TS_US = 1;
const INTERVAL_US = 2;
const ALARM = 3;
const HEADER = 8;
/** per sensor: last value, its stamp, mean, variance */
const SENSOR = 4;

export class JointJudge {
  readonly #options: JointOptions;
  readonly #names: string[] = [];
  #state = new Float64Array(HEADER);

  constructor(options: JointOptions) {
    this.#options = options;
  }

  /** @returns the sensors that take part, in the order they appeared */
  sensors(): readonly string[] {
    return this.#names;
  }

  /**
   * Takes one reading. Where its stamp is later than the open row's, that row closes first. A reading from before the
   * open row is too late for any row and changes nothing.
   * @param out overwritten with the verdict on the row that closed, when the result is true; else left alone
   * @returns whether a row closed
   * @throws {ReadingError} and changes nothing where the value is not finite
   */
  judge(sensor: string, tsUs: number, value: number, out: JointVerdict): boolean {
    requireFinite(value);
    const rowTsUs = this.#state[ROW_TS_US] ?? 0;
    if (tsUs < rowTsUs) return false;
    const closed = tsUs > rowTsUs && this.closeRow(out);
    const index = this.#indexOf(sensor);
    const s = this.#state;
    if (rowTsUs > 0 && tsUs > rowTsUs) {
      const old = s[INTERVAL_US] ?? 0;
      s[INTERVAL_US] = old === 0 ? tsUs - rowTsUs : old + (tsUs - rowTsUs - old) / 16;
    }
    s[ROW_TS_US] = tsUs;
    if (index < JOINT_SENSORS_MAX) {
      s[HEADER + SENSOR * index] = value;
      s[HEADER + SENSOR * index + 1] = tsUs;
    }
    return closed;
  }

  /**
   * Closes the open row, as the device's next stamp would: for the end of a file.
   * @returns whether there was one, of two sensors or more
   */
  closeRow(out: JointVerdict): boolean {
    const s = this.#state;
    const rowTsUs = s[ROW_TS_US] ?? 0;
    if (rowTsUs === 0 || this.#names.length < 2) return false;
    const count = s[COUNT] ?? 0;
    const rate = 1 / Math.min(count + 1, 1000);
    let sum = 0;
    let present = 0;
    for (let index = 0; index < this.#names.length; index += 1) {
      const at = HEADER + SENSOR * index;
      if (rowTsUs - (s[at + 1] ?? 0) > HELD_INTERVALS * (s[INTERVAL_US] ?? 0)) continue;
      const distance = (s[at] ?? 0) - (s[at + 2] ?? 0);
      const variance = s[at + 3] ?? 0;
      if (variance > 0) sum += (distance * distance) / variance;
      present += 1;
      s[at + 2] = (s[at + 2] ?? 0) + distance * rate;
      s[at + 3] = (1 - rate) * (variance + rate * distance * distance);
    }
    const decades = count < 16 || present === 0 ? 0 : (0.22 * sum) / present;
    const { budgetPerWeek } = this.#options;
    const intervalUs = s[INTERVAL_US] ?? 0;
    out.tsUs = rowTsUs;
    out.score = scoreOf(decades);
    out.threshold = scoreOf(markDecades(budgetPerWeek, intervalUs));
    out.anomaly = out.score >= out.threshold;
    out.alarm = decades >= alarmDecades(budgetPerWeek ?? ALARMS_PER_WEEK, intervalUs);
    s[ALARM] = out.alarm ? 1 : 0;
    out.kind = out.anomaly ? 'joint' : 'none';
    out.stage = count < 16 ? 'rules' : count < READY_ROWS ? 'warming' : 'ready';
    out.needed = Math.max(0, READY_ROWS - count);
    out.channels[0] = 'joint';
    out.weights[0] = 1;
    s[COUNT] = count + 1;
    return true;
  }

  /** @returns names and state as bytes, the open row included */
  snapshot(): Uint8Array {
    return packSnapshot('j', this.#names, this.#state.slice().buffer);
  }

  /** @throws {SnapshotError} */
  static restore(bytes: Uint8Array, options: JointOptions): JointJudge {
    const { names, state } = unpackSnapshot('j', bytes);
    const judge = new JointJudge(options);
    judge.#names.push(...names);
    judge.#state = new Float64Array(state);
    if (judge.#state.length !== HEADER + SENSOR * Math.min(names.length, JOINT_SENSORS_MAX)) {
      throw new SnapshotError('damaged', 'a joint state of another number of sensors');
    }
    return judge;
  }

  /** Allocates only when a sensor is seen for the first time. */
  #indexOf(sensor: string): number {
    const index = this.#names.indexOf(sensor);
    if (index >= 0) return index;
    if (this.#names.length >= JOINT_SENSORS_MAX) return JOINT_SENSORS_MAX;
    this.#names.push(sensor);
    const grown = new Float64Array(HEADER + SENSOR * this.#names.length);
    grown.set(this.#state);
    this.#state = grown;
    return this.#names.length - 1;
  }
}
