/**
 * The outbox's last row while it still grows: judged readings in columns, in memory, since the row before was sealed.
 *
 * Each commit packs the whole tail again and overwrites its row, so that a slow sensor gets a few dense rows instead of
 * one row a second. Columns keep their capacity, and nothing is allocated per reading. What only anomalies need (kind,
 * channels, band) is kept for every row here and picked at packing, because the rows before an anomaly count as its
 * surroundings too.
 */
import {
  CHANNELS,
  JOINT_EVIDENCES,
  type JointVerdict,
  KINDS,
  SCORE_STEPS,
  VERDICT_CHANNELS,
  type Verdict,
} from '@fernsight/detect';
import type { Gone } from '@fernsight/wire/agent';
import { BAND_ROWS_MIN, SURROUNDING_ROWS } from '../limits.ts';
import type {
  Band,
  Body,
  Explained,
  JointExplained,
  JointRun,
  JointShown,
  SeriesRun,
  Shown,
} from './body.ts';

const MINUTE_US = 60_000_000;
const ROWS_START = 16;
const CHANNEL_CODES = new Map(CHANNELS.map((name, index) => [name, index]));
const KIND_CODES = new Map(KINDS.map((name, index) => [name, index]));

export interface TailReading {
  readonly device: string;
  readonly sensor: string;
  readonly tsUs: number;
  readonly value: number;
  /** index in STAGE_NAMES */
  readonly stage: number;
  readonly ownClock: boolean;
}

export class Tail {
  readonly #devices = new Map<string, Map<string, Columns>>();
  readonly #joint = new Map<string, JointColumns>();
  #count = 0;
  #seriesCount = 0;
  #goneCount = 0;
  readonly #gone = new Map<string, number>();
  #anomalyCount = 0;
  #oldestUs = Number.POSITIVE_INFINITY;
  #newestUs = Number.NEGATIVE_INFINITY;

  /** sequence numbers covered: readings held and those given up */
  get count(): number {
    return this.#count;
  }

  /** readings held */
  get heldCount(): number {
    return this.#count - this.#goneCount;
  }

  /** readings given up since the row began */
  get goneCount(): number {
    return this.#goneCount;
  }

  /** series with a reading */
  get seriesCount(): number {
    return this.#seriesCount;
  }

  get anomalyCount(): number {
    return this.#anomalyCount;
  }

  get oldestUs(): number {
    return this.#oldestUs;
  }

  get newestUs(): number {
    return this.#newestUs;
  }

  /** @param verdict the verdict on this reading, copied; undefined where nobody judged it */
  append(reading: TailReading, verdict: Verdict | undefined): void {
    const columns = this.#columnsOf(reading);
    if (columns.count === 0) this.#seriesCount++;
    columns.append(this.#count, reading, verdict);
    this.#count++;
    if (verdict?.anomaly === true) this.#anomalyCount++;
    if (reading.tsUs < this.#oldestUs) this.#oldestUs = reading.tsUs;
    if (reading.tsUs > this.#newestUs) this.#newestUs = reading.tsUs;
  }

  /** Numbers a reading that cannot be kept: it goes as a count. */
  appendGone(device: string): void {
    this.#gone.set(device, (this.#gone.get(device) ?? 0) + 1);
    this.#goneCount++;
    this.#count++;
  }

  /** @param verdict on the row of `device` that closed at verdict.tsUs, copied */
  appendJoint(device: string, verdict: JointVerdict): void {
    let columns = this.#joint.get(device);
    if (columns === undefined) {
      columns = { tsUs: [], scoreSteps: [], explained: [] };
      this.#joint.set(device, columns);
    }
    if (verdict.anomaly || verdict.alarm || verdict.suppressedBy > 0) {
      columns.explained.push(explainJoint(columns.tsUs.length, verdict));
      if (verdict.anomaly) this.#anomalyCount++;
    }
    columns.tsUs.push(verdict.tsUs);
    columns.scoreSteps.push(Math.round(verdict.score * SCORE_STEPS));
  }

  /** @returns views into the tail, valid until it changes. O(readings) */
  body(): Body {
    const series: SeriesRun[] = [];
    for (const [device, sensors] of this.#devices) {
      for (const [sensor, columns] of sensors) {
        if (columns.count > 0) series.push(columns.run(device, sensor));
      }
    }
    const joint: JointRun[] = [];
    for (const [device, columns] of this.#joint) joint.push({ device, ...columns });
    const gone: Gone[] = [];
    for (const [device, count] of this.#gone) gone.push({ device, reason: 'dropped', count });
    return { series, joint, thinned: [], gone };
  }

  /** Starts a new row in the same memory. */
  clear(): void {
    for (const sensors of this.#devices.values()) {
      for (const columns of sensors.values()) columns.clear();
    }
    this.#joint.clear();
    this.#gone.clear();
    this.#goneCount = 0;
    this.#count = 0;
    this.#seriesCount = 0;
    this.#anomalyCount = 0;
    this.#oldestUs = Number.POSITIVE_INFINITY;
    this.#newestUs = Number.NEGATIVE_INFINITY;
  }

  #columnsOf(reading: TailReading): Columns {
    let sensors = this.#devices.get(reading.device);
    if (sensors === undefined) {
      sensors = new Map();
      this.#devices.set(reading.device, sensors);
    }
    // A series whose stamps come now from the source, now from the agent, is two runs: one flag holds for a whole run.
    const key = reading.ownClock ? reading.sensor : `${reading.sensor}/`;
    let columns = sensors.get(key);
    if (columns === undefined) {
      columns = new Columns();
      sensors.set(key, columns);
    }
    return columns;
  }
}

interface JointColumns {
  readonly tsUs: number[];
  readonly scoreSteps: number[];
  readonly explained: JointExplained[];
}

const ANOMALY = 1;
const ALARM = 2;
const SENSOR_FAULT = 4;
const SUPPRESSED = 8;

/** The columns of one series; they grow by doubling and are never given back. */
class Columns {
  count = 0;
  ownClock = false;
  #offset = new Float64Array(ROWS_START);
  #tsUs = new Float64Array(ROWS_START);
  #value = new Float64Array(ROWS_START);
  #scoreSteps = new Uint16Array(ROWS_START);
  #thresholdSteps = new Uint16Array(ROWS_START);
  #stage = new Uint8Array(ROWS_START);
  #flags = new Uint8Array(ROWS_START);
  #kind = new Uint8Array(ROWS_START);
  /** expected, lower, upper a row */
  #band = new Float32Array(ROWS_START * 3);
  /** channel and share, three a row */
  #channels = new Uint8Array(ROWS_START * VERDICT_CHANNELS * 2);
  /** of marked rows: they are few */
  readonly #shown = new Map<number, Shown>();

  clear(): void {
    this.count = 0;
    this.#shown.clear();
  }

  append(offset: number, reading: TailReading, verdict: Verdict | undefined): void {
    if (this.count === this.#offset.length) this.#grow();
    const row = this.count++;
    this.ownClock = reading.ownClock;
    this.#offset[row] = offset;
    this.#tsUs[row] = reading.tsUs;
    this.#value[row] = reading.value;
    this.#stage[row] = reading.stage;
    if (verdict !== undefined) {
      this.#keep(row, verdict);
      return;
    }
    this.#scoreSteps[row] = 0;
    this.#flags[row] = 0;
    this.#band.fill(Number.NaN, row * 3, row * 3 + 3);
  }

  #keep(row: number, verdict: Verdict): void {
    this.#scoreSteps[row] = Math.round(verdict.score * SCORE_STEPS);
    this.#thresholdSteps[row] = Math.round(verdict.threshold * SCORE_STEPS);
    this.#flags[row] =
      (verdict.anomaly ? ANOMALY : 0) |
      (verdict.alarm ? ALARM : 0) |
      (verdict.sensorFault ? SENSOR_FAULT : 0) |
      (verdict.suppressedBy > 0 ? SUPPRESSED : 0);
    if (verdict.onsetUs !== 0) this.#shown.set(row, shownBy(verdict));
    this.#kind[row] = KIND_CODES.get(verdict.kind) ?? 0;
    this.#band[row * 3] = verdict.expected;
    this.#band[row * 3 + 1] = verdict.lower;
    this.#band[row * 3 + 2] = verdict.upper;
    const first = row * VERDICT_CHANNELS * 2;
    for (let index = 0; index < VERDICT_CHANNELS; index++) {
      this.#channels[first + index * 2] = CHANNEL_CODES.get(verdict.channels[index] ?? 'none') ?? 0;
      this.#channels[first + index * 2 + 1] = Math.round((verdict.weights[index] ?? 0) * 255);
    }
  }

  run(device: string, key: string): SeriesRun {
    const count = this.count;
    return {
      device,
      sensor: this.ownClock ? key : key.slice(0, -1),
      ownClock: this.ownClock,
      offset: this.#offset.subarray(0, count),
      tsUs: this.#tsUs.subarray(0, count),
      value: this.#value.subarray(0, count),
      scoreSteps: this.#scoreSteps.subarray(0, count),
      stage: this.#stage.subarray(0, count),
      explained: this.#explained(),
      bands: this.#bands(),
    };
  }

  #explained(): Explained[] {
    const explained: Explained[] = [];
    let done = 0;
    for (let row = 0; row < this.count; row++) {
      if (this.#flags[row] === 0) continue;
      const end = Math.min(this.count, row + SURROUNDING_ROWS + 1);
      for (let near = Math.max(done, row - SURROUNDING_ROWS); near < end; near++) {
        explained.push(this.#explain(near));
      }
      done = Math.max(done, end);
    }
    return explained;
  }

  #explain(row: number): Explained {
    const flags = this.#flags[row] ?? 0;
    const first = row * VERDICT_CHANNELS * 2;
    const channels: [number, number][] = [];
    for (let at = first; at < first + VERDICT_CHANNELS * 2; at += 2) {
      const channel = this.#channels[at] ?? 0;
      if (flags !== 0 && channel !== 0) channels.push([channel, this.#channels[at + 1] ?? 0]);
    }
    return {
      row,
      anomaly: (flags & ANOMALY) !== 0,
      alarm: (flags & ALARM) !== 0,
      sensorFault: (flags & SENSOR_FAULT) !== 0,
      kind: flags === 0 ? 0 : (this.#kind[row] ?? 0),
      thresholdSteps: this.#thresholdSteps[row] ?? 0,
      ...this.#bandAt(row),
      channels,
      shown: this.#shown.get(row),
    };
  }

  /** The first row of each minute, and not too many where readings are rare. */
  #bands(): Band[] {
    const bands: Band[] = [];
    let minute = Number.NaN;
    let free = 0;
    for (let row = 0; row < this.count; row++) {
      const here = Math.floor((this.#tsUs[row] ?? 0) / MINUTE_US);
      if (row < free || here === minute || Number.isNaN(this.#band[row * 3 + 1])) continue;
      minute = here;
      free = row + BAND_ROWS_MIN;
      bands.push({ row, ...this.#bandAt(row) });
    }
    return bands;
  }

  #bandAt(row: number): { expected: number; lower: number; upper: number } {
    return {
      expected: this.#band[row * 3] ?? Number.NaN,
      lower: this.#band[row * 3 + 1] ?? Number.NaN,
      upper: this.#band[row * 3 + 2] ?? Number.NaN,
    };
  }

  #grow(): void {
    const rows = this.#offset.length * 2;
    this.#offset = copyInto(new Float64Array(rows), this.#offset);
    this.#tsUs = copyInto(new Float64Array(rows), this.#tsUs);
    this.#value = copyInto(new Float64Array(rows), this.#value);
    this.#scoreSteps = copyInto(new Uint16Array(rows), this.#scoreSteps);
    this.#thresholdSteps = copyInto(new Uint16Array(rows), this.#thresholdSteps);
    this.#stage = copyInto(new Uint8Array(rows), this.#stage);
    this.#flags = copyInto(new Uint8Array(rows), this.#flags);
    this.#kind = copyInto(new Uint8Array(rows), this.#kind);
    this.#band = copyInto(new Float32Array(rows * 3), this.#band);
    this.#channels = copyInto(new Uint8Array(rows * VERDICT_CHANNELS * 2), this.#channels);
  }
}

function shownBy({ evidence, onsetUs, suppressedBy }: Verdict): Shown {
  return { evidence: [...evidence], onsetUs, suppressedBy };
}

function copyInto<T extends { set(from: ArrayLike<number>): void }>(
  to: T,
  from: ArrayLike<number>,
): T {
  to.set(from);
  return to;
}

function explainJoint(row: number, verdict: JointVerdict): JointExplained {
  const sensors: [string, number][] = [];
  for (let index = 0; index < VERDICT_CHANNELS; index++) {
    const sensor = verdict.sensors[index] ?? '';
    if (sensor !== '') sensors.push([sensor, Math.round((verdict.weights[index] ?? 0) * 255)]);
  }
  return {
    row,
    anomaly: verdict.anomaly,
    alarm: verdict.alarm,
    thresholdSteps: Math.round(verdict.threshold * SCORE_STEPS),
    sensors,
    shown: verdict.onsetUs === 0 ? undefined : jointShownBy(verdict),
  };
}

function jointShownBy({ among, shown, onsetUs, suppressedBy }: JointVerdict): JointShown {
  const length = JOINT_EVIDENCES * among.length;
  return { among: [...among], evidence: [...shown.slice(0, length)], onsetUs, suppressedBy };
}
