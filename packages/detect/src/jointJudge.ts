/**
 * Judges the sensors of one device together, row by row.
 *
 * A row holds the device's readings of one stamp; a sensor without a reading in it is held for up to three intervals.
 * The row closes at the device's next stamp, and its verdict belongs to the row that closed, not to the reading that
 * closed it. The sensors that take part are the first JOINT_SENSORS_MAX the device shows, in that order; when one joins,
 * the rows are learnt from the beginning, as its stage tells.
 *
 * Two distances, both of deviations smoothed over SMOOTH_ROWS rows, so that many small deviations that last add up:
 * T², with the covariance shrunk to its diagonal (it is not known well enough to be inverted online, and that won on
 * development data), and Q, of what is left of each sensor when the others have predicted it (normalised LMS): the
 * break of a relation between sensors whose values are all ordinary. Cost O(sensors²) a row.
 */
import { decadesOfZ } from './calibration/decades.ts';
import { learnVariance } from './calibration/spread.ts';
import { acceptAfter, alarmAfter } from './episode.ts';
import { alarmDecades, markDecades, scoreOf } from './evidence.ts';
import { keepQuiet, onsetOf, wasKeptQuiet } from './jointEvent.ts';
import { learnPeaks, strengthIn } from './jointPeaks.ts';
import {
  DISTANCES,
  JOINT_HEADER,
  JOINT_SENSORS_MAX,
  JointState,
  jointBytes,
  LEFT,
  LEFT_VARIANCE,
  MEAN,
  SENSOR_LENGTH,
  SMOOTHED,
  SMOOTHED_VARIANCE,
  VALUE,
  VALUE_TS_US,
  VARIANCE,
} from './jointState.ts';
import { DEVIATION_STEPS, JOINT_EVIDENCES, JointSuppression } from './jointSuppression.ts';
import { type JudgeOptions, requireBudget } from './options.ts';
import { boundValue, requireFinite, requireStamp } from './reading.ts';
import {
  ALARM,
  FIRST_TS_US as CLOSED_TS_US,
  COUNT,
  INTERVAL_US,
  LAST_TS_US,
  LEARNT,
} from './seriesState.ts';
import { packSnapshot, SnapshotError, unpackSnapshot } from './snapshot.ts';
import type { Region } from './suppression.ts';
import type { Verdict } from './verdict.ts';
import { createVerdict, VERDICT_CHANNELS } from './verdict.ts';

/** A verdict on a closed row. Its kind is `joint` or `none`; expected, lower and upper stay NaN. */
export interface JointVerdict extends Verdict {
  /** the stamp of the row that closed, microseconds UTC */
  tsUs: number;
  /** the sensors that weighed most, heaviest first, '' where fewer; length VERDICT_CHANNELS */
  readonly sensors: string[];
  /** of a marked row: the sensors that took part, and two numbers of each; else none. See jointSuppression.ts */
  among: readonly string[];
  readonly shown: Int16Array;
}

/** @returns a blank joint verdict to pass to a judge, over and over */
export function createJointVerdict(): JointVerdict {
  const sensors = Array<string>(VERDICT_CHANNELS).fill('');
  const shown = new Int16Array(JOINT_EVIDENCES * JOINT_SENSORS_MAX);
  return { ...createVerdict(), tsUs: 0, sensors, among: NONE, shown };
}

/** The budget holds the device's rows. */
export interface JointOptions extends JudgeOptions {
  /** the device's fixed offset from UTC; default 0 */
  readonly utcOffsetMinutes?: number | undefined;
}

const NONE: readonly string[] = [];

/** Rows before which there is no evidence, and until the stage is `ready`. */
const RULE_ROWS = 64;
const READY_ROWS = 256;
/** Rows before which nobody is told: the tails rest on fewer than eight peaks till then (jointPeaks.ts). */
const ALARM_ROWS = 1024;
/** Rows until the sensors' spreads are known, and the distances'. */
const SPREAD_ROWS = 16;
const DISTANCE_ROWS = 48;
const HELD_INTERVALS = 3;
/** Rows over which the interval is averaged; a pause counts as so many intervals at most, and doubles it. */
const INTERVAL_ROWS = 16;
const MEMORY = 1024;
const SMOOTH_ROWS = 32;
/** Variance of white noise smoothed so. */
const WHITE = 1 / (2 * SMOOTH_ROWS - 1);
/** Deviations are cut here, before smoothing and after: no sensor alone is the whole distance. */
const CUT = 6;
const LEARN_CUT = 3;
const MARKED_SHARE = 1 / 8;
/** Step of the normalised LMS. */
const LMS_STEP = 0.02;
/** Two looks at each row double the chance of a false mark. */
const TWO_LOOKS_DECADES = 0.3;

const deviations = new Float64Array(JOINT_SENSORS_MAX);
const left = new Float64Array(JOINT_SENSORS_MAX);
const weights = new Float64Array(JOINT_SENSORS_MAX);

export class JointJudge {
  readonly #options: JointOptions;
  readonly #names: string[] = [];
  #state = new JointState(0);
  #suppression = new JointSuppression();

  /** @throws {RangeError} on a budget that is no number above 0 */
  constructor(options: JointOptions = {}) {
    requireBudget(options);
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
   * @returns whether a row of two sensors or more closed
   * @throws {ReadingError} and changes nothing where value or stamp is no finite number
   */
  judge(reading: SensorReading, out: JointVerdict): boolean {
    const { sensor, tsUs, value } = reading;
    requireFinite(value);
    requireStamp(tsUs);
    const openTsUs = this.#state.numbers[LAST_TS_US] ?? 0;
    if (tsUs < openTsUs) return false;
    const closed = tsUs > openTsUs && this.closeRow(out);
    const at = this.#placeOf(sensor);
    const s = this.#state.numbers;
    if (tsUs > openTsUs && openTsUs > 0) {
      const interval = s[INTERVAL_US] ?? 0;
      const step = tsUs - openTsUs;
      const counted = Math.min(step, INTERVAL_ROWS * interval);
      s[INTERVAL_US] = interval === 0 ? step : interval + (counted - interval) / INTERVAL_ROWS;
    }
    s[LAST_TS_US] = tsUs;
    if (at > 0) {
      s[at + VALUE] = boundValue(value);
      s[at + VALUE_TS_US] = tsUs;
    }
    return closed;
  }

  /**
   * Closes the open row, as the device's next stamp would: for the end of a file.
   * @returns whether there was one, of two sensors or more
   */
  closeRow(out: JointVerdict): boolean {
    const state = this.#state;
    const s = state.numbers;
    const tsUs = s[LAST_TS_US] ?? 0;
    if (tsUs === 0 || tsUs === s[CLOSED_TS_US] || state.width < 2) return false;
    s[CLOSED_TS_US] = tsUs;
    deviate(state);
    predict(state);
    const total = distanceOf(state, SMOOTHED);
    const remainder = distanceOf(state, LEFT);
    const totalDecades = decadesOfDistance(s, DISTANCES, total);
    const leftDecades = decadesOfDistance(s, DISTANCES + 2, remainder);
    const judged = (s[COUNT] ?? 0) >= RULE_ROWS;
    const a = judged ? strengthIn(state, 0, totalDecades) : 0;
    const b = judged ? strengthIn(state, 1, leftDecades) : 0;
    const decades = Math.max(0, (a > b ? a : b) - TWO_LOOKS_DECADES);
    const marked = decades >= markDecades(s[INTERVAL_US] ?? 0);
    this.#weighSuppression(marked, out);
    this.#describe(decades, out);
    this.#nameSensors(a > b ? SMOOTHED : LEFT, out);
    const isUsual = !out.alarm && out.suppressedBy === 0;
    if (judged && isUsual) learnPeaks(state, totalDecades, leftDecades);
    learnRow(state, marked);
    learnDistance(s, DISTANCES, total);
    learnDistance(s, DISTANCES + 2, remainder);
    return true;
  }

  /** Puts suppression regions in place of those there were; an alarm that stands is over, as a series' is. */
  suppress(regions: readonly Region[]): void {
    this.#suppression.set(regions);
    if (!this.#suppression.isEmpty) this.#state.numbers[ALARM] = 0;
  }

  /** @returns the suppression regions in force */
  regions(): Region[] {
    return this.#suppression.regions();
  }

  /** @returns names and state as bytes, the open row and the suppression regions included */
  snapshot(): Uint8Array {
    const { bytes } = this.#suppression;
    const { buffer } = this.#state;
    const state = new Uint8Array(buffer.byteLength + bytes.length);
    state.set(new Uint8Array(buffer));
    state.set(bytes, buffer.byteLength);
    return packSnapshot('j', this.#names, state.buffer);
  }

  /** @throws {SnapshotError} */
  static restore(bytes: Uint8Array, options: JointOptions = {}): JointJudge {
    const { names, state } = unpackSnapshot('j', bytes);
    const length = jointBytes(names.length);
    if (names.length > JOINT_SENSORS_MAX || state.byteLength < length) {
      throw new SnapshotError('damaged', 'a joint state of another number of sensors');
    }
    const judge = new JointJudge(options);
    judge.#names.push(...names);
    judge.#state = new JointState(names.length, state.slice(0, length));
    judge.#suppression = JointSuppression.restore(new Uint8Array(state, length));
    return judge;
  }

  /** What a marked row showed, and whether people said of its like that it is no anomaly. */
  #weighSuppression(marked: boolean, out: JointVerdict): void {
    const { numbers: s, width } = this.#state;
    out.among = marked ? this.#names : NONE;
    out.onsetUs = marked ? onsetOf(s) : 0;
    out.suppressedBy = 0;
    if (!marked) return;
    for (let j = 0; j < width; j += 1) {
      const at = JOINT_HEADER + SENSOR_LENGTH * j;
      out.shown[2 * j] = Math.round(DEVIATION_STEPS * shareOf(s, at + SMOOTHED));
      out.shown[2 * j + 1] = Math.round(DEVIATION_STEPS * shareOf(s, at + LEFT));
    }
    if (this.#suppression.isEmpty) return;
    const { utcOffsetMinutes = 0 } = this.#options;
    const at = { tsUs: s[LAST_TS_US] ?? 0, intervalUs: s[INTERVAL_US] ?? 0, utcOffsetMinutes };
    out.suppressedBy = this.#suppression.regionOf({ ...out, ...at, evidence: out.shown });
  }

  #describe(decades: number, out: JointVerdict): void {
    const s = this.#state.numbers;
    const { budgetPerWeek } = this.#options;
    const count = s[COUNT] ?? 0;
    const mark = markDecades(s[INTERVAL_US] ?? 0);
    const alarm = alarmDecades(budgetPerWeek, s[INTERVAL_US] ?? 0);
    out.tsUs = s[LAST_TS_US] ?? 0;
    out.score = scoreOf(decades);
    out.threshold = scoreOf(budgetPerWeek === undefined ? mark : alarm);
    const told = out.suppressedBy === 0;
    out.kind = out.score >= out.threshold ? 'joint' : 'none';
    out.anomaly = out.kind === 'joint' && told;
    const strong = count >= ALARM_ROWS && decades >= alarm;
    if (strong && !told) keepQuiet(s);
    const toldMark = told && decades >= mark;
    const raised = told && (strong || (toldMark && wasKeptQuiet(s)));
    out.alarm = alarmAfter(s, raised, toldMark);
    out.sensorFault = false;
    out.stage = count < RULE_ROWS ? 'rules' : count < READY_ROWS ? 'warming' : 'ready';
    out.needed = count < READY_ROWS ? READY_ROWS - count : 0;
    out.channels[0] = 'joint';
    out.weights[0] = 1;
  }

  #nameSensors(field: number, out: JointVerdict): void {
    const { width, numbers } = this.#state;
    for (let j = 0; j < width; j += 1) {
      weights[j] = Math.abs(shareOf(numbers, JOINT_HEADER + SENSOR_LENGTH * j + field));
    }
    for (let place = 0; place < VERDICT_CHANNELS; place += 1) {
      let most = 0;
      for (let j = 1; j < width; j += 1) if ((weights[j] ?? 0) > (weights[most] ?? 0)) most = j;
      out.sensors[place] = (weights[most] ?? 0) > 0 ? (this.#names[most] ?? '') : '';
      weights[most] = 0;
    }
  }

  /** @returns where the sensor's numbers begin, 0 where it takes no part. Allocates for a new sensor only */
  #placeOf(sensor: string): number {
    let index = this.#names.indexOf(sensor);
    if (index < 0) {
      if (this.#names.length >= JOINT_SENSORS_MAX) return 0;
      index = this.#names.push(sensor) - 1;
      this.#state = this.#state.grown();
    }
    return JOINT_HEADER + SENSOR_LENGTH * index;
  }
}

export interface SensorReading {
  sensor: string;
  tsUs: number;
  value: number;
}

/** Standardises the row into `deviations`; a sensor that is silent for too long is taken as usual. */
function deviate(state: JointState): void {
  const s = state.numbers;
  const heldUs = HELD_INTERVALS * (s[INTERVAL_US] ?? 0);
  const known = (s[COUNT] ?? 0) >= SPREAD_ROWS;
  for (let j = 0; j < state.width; j += 1) {
    const at = JOINT_HEADER + SENSOR_LENGTH * j;
    const deviation = Math.sqrt(s[at + VARIANCE] ?? 0);
    const present = (s[LAST_TS_US] ?? 0) - (s[at + VALUE_TS_US] ?? 0) <= heldUs;
    const distance = (s[at + VALUE] ?? 0) - (s[at + MEAN] ?? 0);
    deviations[j] = known && present && deviation > 0 ? clamp(distance / deviation, CUT) : 0;
    smooth(s, at + SMOOTHED, deviations[j] ?? 0);
  }
}

/** Leaves in `left` what the other sensors do not say of each. */
function predict(state: JointState): void {
  const { width, weights: w } = state;
  for (let j = 0; j < width; j += 1) {
    let rest = deviations[j] ?? 0;
    for (let k = 0; k < width; k += 1) rest -= (w[j * width + k] ?? 0) * (deviations[k] ?? 0);
    left[j] = clamp(rest, CUT);
    smooth(state.numbers, JOINT_HEADER + SENSOR_LENGTH * j + LEFT, left[j] ?? 0);
  }
}

function smooth(s: Float64Array, at: number, value: number): void {
  s[at] = (s[at] ?? 0) + (value - (s[at] ?? 0)) / SMOOTH_ROWS;
}

/** @returns the smoothed deviation at `at` in its own deviations, at most CUT; its variance shrunk half way to noise's */
function shareOf(s: Float64Array, at: number): number {
  return clamp((s[at] ?? 0) / Math.sqrt(((s[at + 1] ?? 0) + WHITE) / 2), CUT);
}

function distanceOf(state: JointState, field: number): number {
  let sum = 0;
  for (let j = 0; j < state.width; j += 1) {
    const share = shareOf(state.numbers, JOINT_HEADER + SENSOR_LENGTH * j + field);
    sum += share * share;
  }
  return Math.sqrt(sum);
}

function decadesOfDistance(s: Float64Array, at: number, distance: number): number {
  const deviation = Math.sqrt(s[at + 1] ?? 0);
  const z = deviation > 0 ? (distance - (s[at] ?? 0)) / deviation : 0;
  return z > 0 ? decadesOfZ(z) : 0;
}

function learnRow(state: JointState, marked: boolean): void {
  const { numbers: s, width } = state;
  const count = s[COUNT] ?? 0;
  const known = count >= SPREAD_ROWS;
  const before = s[LEARNT] ?? 0;
  const learnt = before + 1 < MEMORY ? before + 1 : MEMORY;
  const rate = (marked ? MARKED_SHARE : 1) / learnt;
  s[LEARNT] = acceptAfter(s, marked) ? SPREAD_ROWS : learnt;
  for (let j = 0; j < width; j += 1) {
    const at = JOINT_HEADER + SENSOR_LENGTH * j;
    if ((s[at + VALUE_TS_US] ?? 0) < (s[LAST_TS_US] ?? 0)) continue;
    const distance = (s[at + VALUE] ?? 0) - (s[at + MEAN] ?? 0);
    const most = LEARN_CUT * Math.sqrt(s[at + VARIANCE] ?? 0);
    const cut = before > SPREAD_ROWS && most > 0 ? clamp(distance, most) : distance;
    s[at + MEAN] = (s[at + MEAN] ?? 0) + rate * cut;
    s[at + VARIANCE] = learnVariance(s[at + VARIANCE] ?? 0, distance, rate);
    if (!known) continue;
    const total = s[at + SMOOTHED] ?? 0;
    s[at + SMOOTHED_VARIANCE] = learnVariance(s[at + SMOOTHED_VARIANCE] ?? 0, total, rate);
    const rest = s[at + LEFT] ?? 0;
    s[at + LEFT_VARIANCE] = learnVariance(s[at + LEFT_VARIANCE] ?? 0, rest, rate);
  }
  if (count >= RULE_ROWS && !marked) learnWeights(state);
  s[COUNT] = count + 1;
}

/** One step of the normalised LMS for every sensor; none predicts itself. */
function learnWeights({ weights: w, width }: JointState): void {
  let power = width;
  for (let j = 0; j < width; j += 1) power += (deviations[j] ?? 0) * (deviations[j] ?? 0);
  for (let j = 0; j < width; j += 1) {
    const step = (LMS_STEP * (left[j] ?? 0)) / power;
    for (let k = 0; k < width; k += 1) {
      w[j * width + k] = (w[j * width + k] ?? 0) + step * (deviations[k] ?? 0);
    }
    w[j * width + j] = 0;
  }
}

function learnDistance(s: Float64Array, at: number, distance: number): void {
  const rows = (s[COUNT] ?? 0) - DISTANCE_ROWS;
  if (rows < 1) return;
  const rate = 1 / (rows < MEMORY ? rows : MEMORY);
  const off = distance - (s[at] ?? 0);
  const most = LEARN_CUT * Math.sqrt(s[at + 1] ?? 0);
  s[at] = (s[at] ?? 0) + rate * (rows > SPREAD_ROWS && most > 0 ? clamp(off, most) : off);
  s[at + 1] = learnVariance(s[at + 1] ?? 0, off, rate);
}

function clamp(value: number, most: number): number {
  return value > most ? most : value < -most ? -most : value;
}
