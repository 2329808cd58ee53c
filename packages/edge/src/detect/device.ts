/**
 * One device as the agent watches it: the judge of its series, what has been counted of it, and how far its last
 * snapshot reaches.
 *
 * Judges want stamps that only grow. A source's own stamps are taken as they are: one that is behind is kept unjudged
 * (`late`), one far ahead of the agent's clock too (`future`). The agent's own stamps may go back when the wall clock
 * is set; then the judge's time runs ahead by whole days, so that the hour of the day stays right (see clock/anchor.ts).
 */
import { ByteReader, ByteWriter, type Clock, JOINT_SENSOR, PackFault } from '@fernsight/base';
import {
  createVerdict,
  DeviceJudge,
  type DeviceOptions,
  type JointVerdict,
  ReadingError,
  type Region,
  type SeriesOptions,
  type Trial,
  type TrialSeries,
  type Verdict,
} from '@fernsight/detect';
import {
  DEVICE_SERIES_MAX,
  SILENCE_FLOOR_MS,
  SILENCE_INTERVALS,
  SNAPSHOT_INTERVAL_MS,
  SNAPSHOT_READINGS,
} from '../limits.ts';
import type { Rollout } from '../model/rollout.ts';
import { readTrial, writeTrial } from '../model/trialState.ts';
import { STAGE_NAMES, UNLEARNT } from '../outbox/body.ts';
import type { DeviceState } from '../outbox/counts.ts';
import { LATE, stageOf, stampOf } from './stamp.ts';
import type { Window } from './window.ts';

const SNAPSHOT_FORMAT = 3;

interface Series {
  /** the last stamp the judge saw, in its time */
  lastUs: number;
  /** judged since the last snapshot */
  count: number;
  /** monotonic time of the last reading, NaN before the first since the start; and the usual time between two */
  lastMs: number;
  intervalMs: number;
  /** its part in the trial of a model */
  trial: TrialSeries | undefined;
}

/** How the device's series are judged, and by which models. */
export interface Judging extends DeviceOptions {
  readonly typeOf: (sensor: string) => string;
  readonly rollout: Rollout;
  readonly clock: Clock;
  /** asked once a reading: whether nothing is to be learnt from it, by its stamp */
  readonly inMaintenance: (tsUs: number) => boolean;
}

/** Of a judge on trial: nobody sees it. */
const shadow = createVerdict();

/** Share of the newest gap in the usual interval: some sixteen readings set it. */
const INTERVAL_SHARE = 1 / 16;

/** The time at which a reading is taken. */
export interface Moment {
  /** the agent's clock */
  readonly nowUs: number;
  /** what the epoch adds to the agent's own stamps to get the judge's time */
  readonly shiftUs: number;
  readonly monotonicMs: number;
  /** position of the reading among all that the outbox ever took */
  readonly index: number;
}

/** A reading as it was taken; the record is reused. */
export interface Judged {
  /** moved on where it was a repeat */
  tsUs: number;
  /** index in STAGE_NAMES, and UNLEARNT */
  stage: number;
  /** whether the verdict is one */
  scored: boolean;
  /** taken in maintenance: judged, and not learnt */
  unlearnt: boolean;
  /** whether a row of the device closed, and the joint verdict is one */
  rowClosed: boolean;
}

export class Device {
  readonly name: string;
  readonly window: Window;
  /** index of its very first reading */
  since = Number.POSITIVE_INFINITY;
  taken = 0;
  invalid = 0;
  /** whether counts or window changed since the last commit */
  changed = false;
  /** index of the first reading after the last snapshot: a restart replays from here */
  keepFrom = Number.POSITIVE_INFINITY;
  /** the latest time, in the judges' count, of a reading that the agent stamped */
  lastOwnUs = Number.NEGATIVE_INFINITY;
  readonly #judge: DeviceJudge;
  readonly #judging: Judging;
  readonly #series = new Map<string, Series>();
  #snapshotDue = false;
  #snapshotForced = false;
  #snapshotMs = 0;
  /** shift of the reading that the open row holds */
  #rowShiftUs = 0;

  constructor(name: string, judging: Judging, window: Window) {
    this.name = name;
    this.window = window;
    this.#judging = judging;
    const forestFor = (sensor: string) => judging.rollout.forestOf(judging.typeOf(sensor));
    this.#judge = new DeviceJudge({ ...judging, forestFor });
  }

  get sensors(): Iterable<string> {
    return this.#series.keys();
  }

  /** latest time, in the judge's count, of a series stamped by the agent */
  lastUs(sensor: string): number {
    return this.#series.get(sensor)?.lastUs ?? Number.NEGATIVE_INFINITY;
  }

  /** whether a reading of this sensor may come in (I7: 1,000 series a device) */
  admits(sensor: string): boolean {
    return this.#series.has(sensor) || this.#series.size < DEVICE_SERIES_MAX;
  }

  /**
   * Judges one reading and counts it.
   * @param reading value finite; tsUs absent where the agent stamps
   */
  take(
    reading: {
      readonly sensor: string;
      readonly value: number;
      readonly tsUs?: number | undefined;
    },
    moment: Moment,
    out: { readonly judged: Judged; readonly verdict: Verdict; readonly joint: JointVerdict },
  ): void {
    const series = this.#seriesOf(reading.sensor);
    const shiftUs = reading.tsUs === undefined ? moment.shiftUs : 0;
    const { judged } = out;
    judged.tsUs = stampOf(reading.tsUs, series.lastUs - shiftUs, moment.nowUs);
    judged.stage = stageOf(judged.tsUs, series.lastUs - shiftUs, moment.nowUs);
    judged.scored = judged.stage === 0;
    judged.rowClosed = false;
    judged.unlearnt = false;
    noteArrival(series, moment.monotonicMs);
    this.taken++;
    this.changed = true;
    if (this.keepFrom === Number.POSITIVE_INFINITY) {
      this.since = Math.min(this.since, moment.index);
      this.keepFrom = moment.index;
      this.#snapshotMs = moment.monotonicMs + SNAPSHOT_INTERVAL_MS;
    }
    if (!judged.scored) return;
    judged.unlearnt = this.#judging.inMaintenance(judged.tsUs);
    this.#score(reading, judged.tsUs + shiftUs, out);
    if (out.verdict.onsetUs !== 0) out.verdict.onsetUs -= shiftUs;
    if (judged.rowClosed) {
      out.joint.tsUs -= this.#rowShiftUs;
      if (out.joint.onsetUs !== 0) out.joint.onsetUs -= this.#rowShiftUs;
    }
    if (!judged.unlearnt) this.#rowShiftUs = shiftUs;
    if (!judged.scored) return;
    judged.stage = STAGE_NAMES.indexOf(out.verdict.stage) | (judged.unlearnt ? UNLEARNT : 0);
    if (reading.tsUs === undefined) this.lastOwnUs = Math.max(this.lastOwnUs, series.lastUs);
  }

  #score(
    reading: { readonly sensor: string; readonly value: number },
    judgeUs: number,
    out: { readonly judged: Judged; readonly verdict: Verdict; readonly joint: JointVerdict },
  ): void {
    const series = this.#seriesOf(reading.sensor);
    const { clock } = this.#judging;
    const startMs = series.trial === undefined ? 0 : clock.monotonicMs();
    try {
      const { sensor, value } = reading;
      if (out.judged.unlearnt) this.#judge.glance(sensor, judgeUs, value, out.verdict);
      else {
        out.judged.rowClosed = this.#judge.judge(sensor, judgeUs, value, out.verdict, out.joint);
      }
    } catch (error) {
      if (!(error instanceof ReadingError)) throw error;
      out.judged.scored = false;
      out.judged.stage = LATE;
      return;
    }
    series.lastUs = judgeUs;
    series.count++;
    if (series.count >= SNAPSHOT_READINGS) this.#snapshotDue = true;
    if (series.trial === undefined || out.judged.unlearnt) return;
    const middleMs = clock.monotonicMs();
    const trial = this.#trialOf(reading.sensor);
    const { value } = reading;
    trial?.judge(series.trial, { tsUs: judgeUs, value, running: out.verdict }, shadow);
    trial?.time(middleMs - startMs, clock.monotonicMs() - middleMs);
  }

  /** Gives every series of the type a judge on trial, from its next reading on. */
  beginTrial(sensorType: string): void {
    for (const [sensor, series] of this.#ofType(sensorType)) {
      const running = this.#judge.seriesSnapshot(sensor);
      series.trial = this.#trialOf(sensor)?.join(this.#optionsOf(sensor), running);
      this.#snapshotForced = true;
    }
  }

  /** @param taken whether the judges on trial take over, from the next reading on */
  endTrial(sensorType: string, taken: boolean): void {
    for (const [sensor, series] of this.#ofType(sensorType)) {
      if (taken && series.trial !== undefined) {
        this.#judge.restoreSeries(sensor, series.trial.judge.snapshot());
      }
      series.trial = undefined;
      this.#snapshotForced = true;
    }
  }

  /** Judges the series of the type by what ships, from their next reading on. */
  withdraw(sensorType: string): void {
    for (const [sensor] of this.#ofType(sensorType)) {
      this.#judge.swapForest(sensor, undefined);
      this.#snapshotForced = true;
    }
  }

  seriesCount(sensorType: string): number {
    return this.#ofType(sensorType).length;
  }

  #ofType(sensorType: string): [string, Series][] {
    return [...this.#series].filter(([sensor]) => this.#judging.typeOf(sensor) === sensorType);
  }

  #trialOf(sensor: string): Trial | undefined {
    return this.#judging.rollout.trialOf(this.#judging.typeOf(sensor));
  }

  #optionsOf(sensor: string): SeriesOptions {
    const { budgetPerWeek, utcOffsetMinutes, limits } = this.#judging;
    return { budgetPerWeek, utcOffsetMinutes, limits: limits?.(sensor) };
  }

  /** Judges again what was judged before a restart; of what was not learnt then, only the time counts, whatever the windows are now. */
  replay(
    reading: {
      readonly sensor: string;
      readonly value: number;
      readonly tsUs: number;
      readonly ownClock: boolean;
      readonly shiftUs: number;
      readonly unlearnt: boolean;
    },
    out: { readonly judged: Judged; readonly verdict: Verdict; readonly joint: JointVerdict },
  ): void {
    const judgeUs = reading.tsUs + reading.shiftUs;
    if (reading.unlearnt) this.#seriesOf(reading.sensor).lastUs = judgeUs;
    else {
      this.#score(reading, judgeUs, out);
      this.#rowShiftUs = reading.shiftUs;
    }
    if (reading.ownClock) this.lastOwnUs = Math.max(this.lastOwnUs, judgeUs);
  }

  /** Puts the suppression regions of a sensor, or of all together, in place. They hold from the snapshot that the next commit takes with them. */
  suppress(sensor: string, regions: readonly Region[]): void {
    this.#snapshotForced = true;
    if (sensor === JOINT_SENSOR) this.#judge.suppressJoint(regions);
    else if (this.admits(sensor)) {
      this.#seriesOf(sensor).trial?.judge.suppress(regions);
      this.#judge.suppress(sensor, regions);
    }
  }

  /** @returns whether a snapshot is due: a change of models or regions, SNAPSHOT_READINGS of a series, or SNAPSHOT_INTERVAL_MS since the first reading after the last */
  snapshotDue(monotonicMs: number): boolean {
    if (this.#snapshotForced) return true;
    if (this.keepFrom === Number.POSITIVE_INFINITY) return false;
    return this.#snapshotDue || monotonicMs >= this.#snapshotMs;
  }

  /** @returns the state of all judges; about 5 KB a series. Call `snapshotTaken` once it is committed. */
  snapshot(): Uint8Array {
    const out = new ByteWriter(8192);
    out.byte(SNAPSHOT_FORMAT);
    out.zigzag(this.#rowShiftUs);
    out.float64(this.lastOwnUs);
    out.bytes(this.#judge.jointSnapshot());
    out.varint(this.#series.size);
    for (const [sensor, { lastUs, trial }] of this.#series) {
      out.text(sensor);
      out.float64(lastUs);
      out.bytes(this.#judge.seriesSnapshot(sensor) ?? new Uint8Array());
      writeTrial(trial, out);
    }
    return out.finish();
  }

  /**
   * @param intervalUsOf the interval that a sensor's card names
   * @returns sensors that gave a reading since the start, and none for several of their usual intervals
   */
  silent(monotonicMs: number, intervalUsOf: (sensor: string) => number | undefined): string[] {
    const silent: string[] = [];
    for (const [sensor, { lastMs, intervalMs }] of this.#series) {
      const usualMs = (intervalUsOf(sensor) ?? intervalMs * 1000) / 1000;
      const patienceMs = Math.max(SILENCE_FLOOR_MS, SILENCE_INTERVALS * usualMs);
      if (monotonicMs - lastMs > patienceMs) silent.push(sensor);
    }
    return silent;
  }

  /** @returns what is kept beside the readings, for the outbox's state row */
  state(): DeviceState {
    const { since, taken, invalid } = this;
    return { since, taken, invalid, window: this.window.open };
  }

  snapshotTaken(): void {
    this.keepFrom = Number.POSITIVE_INFINITY;
    this.#snapshotDue = false;
    this.#snapshotForced = false;
    for (const series of this.#series.values()) series.count = 0;
  }

  /**
   * Puts a fresh device where its snapshot left it.
   * @throws PackFault, SnapshotError; the device is then half restored and must be thrown away
   */
  restore(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    const format = reader.byte();
    if (format !== SNAPSHOT_FORMAT) {
      throw new PackFault(`a snapshot of format ${format}`, { op: 'detect.restore' });
    }
    this.#rowShiftUs = reader.zigzag();
    this.lastOwnUs = reader.float64();
    this.#judge.restoreJoint(reader.bytes());
    for (let left = reader.varint(); left > 0; left--) {
      const sensor = reader.text();
      const series = createSeries(reader.float64());
      this.#series.set(sensor, series);
      const state = reader.bytes();
      if (state.length > 0) this.#judge.restoreSeries(sensor, state);
      const trial = readTrial(reader);
      if (trial === undefined) continue;
      series.trial = this.#trialOf(sensor)?.rejoin(this.#optionsOf(sensor), trial);
    }
    reader.end();
  }

  #seriesOf(sensor: string): Series {
    const known = this.#series.get(sensor);
    if (known !== undefined) return known;
    const fresh = createSeries(Number.NEGATIVE_INFINITY);
    fresh.trial = this.#trialOf(sensor)?.join(this.#optionsOf(sensor));
    this.#series.set(sensor, fresh);
    return fresh;
  }
}

function createSeries(lastUs: number): Series {
  return { lastUs, count: 0, lastMs: Number.NaN, intervalMs: 0, trial: undefined };
}

function noteArrival(series: Series, monotonicMs: number): void {
  const gapMs = monotonicMs - series.lastMs;
  if (gapMs > 0) {
    series.intervalMs =
      series.intervalMs === 0
        ? gapMs
        : series.intervalMs + INTERVAL_SHARE * (gapMs - series.intervalMs);
  }
  series.lastMs = monotonicMs;
}
