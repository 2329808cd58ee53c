/**
 * Readings of plain devices: de-duplicated by (series, stamp), judged by the cloud, one device at a time.
 *
 * In order is decided in O(1) by the series' high-water mark. At or behind it the store is asked: the same value is a
 * repeat, another one a conflict, no value a late reading, which is kept and never judged (I4).
 */

import { covers, type Span, US_PER_MINUTE } from '@fernsight/base';
import {
  createJointVerdict,
  createVerdict,
  type DeviceJudge,
  JOINT_EVIDENCES,
  type JointVerdict,
  SCORE_STEPS,
  type Verdict,
} from '@fernsight/detect';
import type { PlainParcel, Receipt, Run } from '../ingest/parcel.ts';
import { DEVICE_SERIES_MAX, FUTURE_US_MAX, SERVER_SERIES_MAX } from '../limits.ts';
import { followAlarm } from '../store/alarmLane.ts';
import { isOfEvent, type ShownRow } from '../store/group.ts';
import { packMark, unlearnt } from '../store/marks.ts';
import {
  applySensorCard,
  type DeviceRecord,
  JOINT_SENSOR,
  type OpenWindow,
  type SeriesRecord,
} from '../store/registry.ts';
import { floorTo } from '../store/rollup.ts';
import type { ValuesAt } from '../store/store.ts';
import { type Bench, deviceOf, noRoomFor, seriesOf } from './bench.ts';
import { Draft } from './draft.ts';
import { isReadingError } from './judges.ts';
import { byDevice, orderRuns } from './order.ts';
import { createOutcome, type Outcome } from './outcome.ts';
import { takeWindow } from './summaries.ts';
import { moveUnstamped } from './unstamped.ts';
import { countInWindow, WINDOW_US } from './windows.ts';

const verdict = createVerdict();
const joint = createJointVerdict();
const MARK_FOREIGN = packMark({ stage: 'foreign' });
const MARK_LATE = packMark({ stage: 'late' });
const MARK_FUTURE = packMark({ stage: 'future' });
const MARK_UNSCORED = packMark({ stage: 'unscored' });
/** Joint scores are stored as values of three decimals. */
const JOINT_DECIMALS = 1000;

export async function takePlain(parcel: PlainParcel, bench: Bench): Promise<Outcome> {
  const outcome = createOutcome(parcel.tsUs.length);
  const draft = new Draft(bench.group, outcome, {
    rows: parcel.tsUs.length,
    receivedUs: parcel.receivedUs,
  });
  for (const [device, runs] of byDevice(parcel.runs)) {
    await new PlainDevice(parcel, bench, { draft, outcome }).take(device, runs);
  }
  for (const { device, count } of parcel.rejected) {
    const known = bench.store.registry.find(device);
    if (known !== undefined) draft.count(known, 'rejected', count);
  }
  for (const window of parcel.windows) {
    const into = { draft, outcome, receivedUs: parcel.receivedUs };
    if (!(await takeWindow(window, bench, into))) outcome.problem = noRoomFor(window.device);
  }
  const { receipt } = parcel;
  if (receipt !== undefined) keepReceipt(receipt, bench);
  bench.group.entries.push(draft.finish());
  return outcome;
}

/** One device's share of a parcel. */
class PlainDevice {
  readonly #parcel: PlainParcel;
  readonly #bench: Bench;
  readonly #draft: Draft;
  readonly #outcome: Outcome;
  #windows: readonly Span[] = [];
  /** values that stand at stamps which are not in order */
  #standing: ValuesAt = new Map();

  constructor(
    parcel: PlainParcel,
    bench: Bench,
    { draft, outcome }: { draft: Draft; outcome: Outcome },
  ) {
    this.#parcel = parcel;
    this.#bench = bench;
    this.#draft = draft;
    this.#outcome = outcome;
  }

  async take(name: string, runs: readonly Run[]): Promise<void> {
    const device = deviceOf(this.#bench, name);
    if (device === undefined) {
      for (const { row } of orderRuns(runs, this.#parcel.tsUs)) this.#refuseForRoom(row);
      return;
    }
    this.#windows = this.#bench.windowsOf(name);
    const series = runs.map((run) => this.#seriesOf(device, run));
    const judge = this.#bench.judges.ready(device) ?? (await this.#bench.judges.restore(device));
    await this.#moveUnstamped(runs, series);
    const behind = this.#stampsBehind(runs, series);
    if (behind.size > 0) this.#standing = await this.#bench.store.valuesAt(device, behind);
    for (const { row, run } of orderRuns(runs, this.#parcel.tsUs)) {
      const record = series[run];
      if (record === undefined) {
        this.#refuseForRoom(row);
        continue;
      }
      const isBehind = (this.#parcel.tsUs[row] ?? 0) <= inOrderFrom(record);
      if (isBehind && this.#isKnown(record, row)) continue;
      this.#store(record, row, judge);
    }
  }

  #seriesOf(device: DeviceRecord, run: Run): SeriesRecord | undefined {
    const series = seriesOf(this.#bench, device, { sensor: run.sensor, judge: 'cloud' });
    if (series === undefined) return undefined;
    if (applySensorCard(series, { type: run.type, unit: run.unit }))
      this.#bench.group.series.add(series);
    return series;
  }

  async #moveUnstamped(
    runs: readonly Run[],
    series: readonly (SeriesRecord | undefined)[],
  ): Promise<void> {
    if (this.#parcel.unstamped === undefined) return;
    const into = { bench: this.#bench, outcome: this.#outcome };
    for (const [index, run] of runs.entries()) {
      const record = series[index];
      if (record === undefined) continue;
      const limitUs = inOrderFrom(record);
      await moveUnstamped(this.#parcel, { series: record, run, limitUs }, into);
    }
  }

  /** @returns by series, ascending, the stamps at which something may stand already */
  #stampsBehind(
    runs: readonly Run[],
    series: readonly (SeriesRecord | undefined)[],
  ): Map<SeriesRecord, readonly number[]> {
    const behind = new Map<SeriesRecord, readonly number[]>();
    for (const [index, { first, count }] of runs.entries()) {
      const record = series[index];
      if (record === undefined) continue;
      const limitUs = inOrderFrom(record);
      const stamps = this.#parcel.tsUs.subarray(first, first + count);
      const ofRun = stamps.filter((tsUs) => tsUs <= limitUs).sort();
      if (ofRun.length > 0) behind.set(record, [...ofRun]);
    }
    return behind;
  }

  /** @returns whether the stamp is there already; then the row is counted, and refused where its value differs */
  #isKnown(series: SeriesRecord, row: number): boolean {
    const tsUs = this.#parcel.tsUs[row] ?? 0;
    const value = this.#parcel.value[row] ?? 0;
    const stored = this.#standing.get(series)?.get(tsUs);
    if (stored === value) {
      this.#outcome.duplicates++;
      this.#draft.count(series.device, 'duplicates');
      return true;
    }
    if (stored !== undefined) {
      this.#draft.count(series.device, 'conflicts');
      this.#refuse(
        row,
        'conflict',
        `the value at this time is ${stored} already; a reading is never replaced`,
      );
      return true;
    }
    // in order, and only below a stamp of the future: nothing that retention took stood there
    if (tsUs > series.highUs) return false;
    if (tsUs >= this.#parcel.receivedUs - this.#bench.rawRetentionUs) return false;
    this.#outcome.expired++;
    this.#draft.count(series.device, 'expired');
    return true;
  }

  #store(series: SeriesRecord, row: number, judge: DeviceJudge): void {
    const tsUs = this.#parcel.tsUs[row] ?? 0;
    const value = this.#parcel.value[row] ?? 0;
    const isFuture = tsUs > this.#parcel.receivedUs + FUTURE_US_MAX;
    const isLate = tsUs <= series.highUs;
    let mark = isFuture ? MARK_FUTURE : isLate ? MARK_LATE : MARK_FOREIGN;
    let steps = 0;
    if (!isFuture && !isLate) {
      series.highUs = tsUs;
      if (series.judge === 'cloud') {
        mark = this.#judge(series, row, judge);
        steps = mark === MARK_UNSCORED ? 0 : Math.round(verdict.score * SCORE_STEPS);
      }
    } else if (isFuture) {
      series.futureUs = Math.max(series.futureUs, tsUs);
    }
    this.#draft.add(series, { tsUs, value, steps, mark });
    this.#outcome.stored++;
    this.#outcome.steps[row] = steps;
    this.#outcome.marks[row] = mark;
  }

  /**
   * Judges one reading; a score that is no number leaves it unscored. Its anomaly, its band, the row it closed and the
   * window it closed go into the draft. In maintenance nothing is learnt from it, and an alarm that stands goes on.
   */
  #judge(series: SeriesRecord, row: number, judge: DeviceJudge): number {
    const tsUs = this.#parcel.tsUs[row] ?? 0;
    const value = this.#parcel.value[row] ?? 0;
    const isLearnt = !this.#windows.some((window) => covers(window, tsUs));
    try {
      if (!isLearnt) judge.glance(series.sensor, tsUs, value, verdict);
      else if (judge.judge(series.sensor, tsUs, value, verdict, joint))
        this.#storeJoint(series.device, joint);
    } catch (error) {
      if (isReadingError(error)) return MARK_UNSCORED;
      throw error;
    }
    if (!Number.isFinite(verdict.score)) return MARK_UNSCORED;
    const mark = isLearnt ? packMark(verdict) : unlearnt(packMark(verdict));
    const edge = followAlarm(series.alarm, series.backfillAlarm, { tsUs, alarm: verdict.alarm });
    const began = edge === 'began';
    if (edge === 'ended') this.#draft.alarmEnded(series, tsUs, false);
    const shown = shownBy(verdict);
    if (verdict.anomaly || began || isOfEvent(shown, verdict.alarm))
      this.#draft.anomaly({ ...anomalyRow(series, verdict, { tsUs, value, mark, began }), shown });
    this.#draft.band(series, tsUs, verdict);
    this.#outcome.expected[row] = verdict.expected;
    this.#outcome.lower[row] = verdict.lower;
    this.#outcome.upper[row] = verdict.upper;
    const steps = Math.round(verdict.score * SCORE_STEPS);
    const closed = countInWindow(series.device, { tsUs, steps, anomaly: verdict.anomaly });
    if (closed !== undefined) this.#closeWindow(series.device, closed);
    return mark;
  }

  /** Joint verdicts are kept once a minute, and every one that is an anomaly, belongs to an event or ends an alarm. */
  #storeJoint(device: DeviceRecord, verdictOfRow: JointVerdict): void {
    const series = seriesOf(this.#bench, device, { sensor: JOINT_SENSOR, judge: 'cloud' });
    if (series === undefined) return;
    const { tsUs, score, anomaly, alarm } = verdictOfRow;
    if (!Number.isFinite(score)) return;
    const edge = followAlarm(series.alarm, series.backfillAlarm, { tsUs, alarm });
    const began = edge === 'began';
    const ended = edge === 'ended';
    if (ended) this.#draft.alarmEnded(series, tsUs, false);
    const isFirst = floorTo(tsUs, US_PER_MINUTE) > floorTo(series.highUs, US_PER_MINUTE);
    const shown = jointShownBy(verdictOfRow);
    const isTold = anomaly || began || isOfEvent(shown, alarm);
    if (tsUs <= series.highUs || (!isTold && !ended && !isFirst)) return;
    series.highUs = tsUs;
    const value = Math.round(score * JOINT_DECIMALS) / JOINT_DECIMALS;
    const mark = packMark(verdictOfRow);
    this.#draft.add(series, { tsUs, value, steps: Math.round(score * SCORE_STEPS), mark });
    if (!isTold) return;
    const row = anomalyRow(series, verdictOfRow, { tsUs, value, mark, began });
    const weights = Array.from(verdictOfRow.weights);
    const sensors = verdictOfRow.sensors.flatMap((sensor, index): [string, number][] =>
      sensor === '' ? [] : [[sensor, weights[index] ?? 0]],
    );
    this.#draft.anomaly({ ...row, channels: sensors, shown });
  }

  /** The window counts in the ledger; as a record of its own it would say no more than the rollups do. */
  #closeWindow(device: DeviceRecord, { startUs, samples, anomalies }: OpenWindow): void {
    const endUs = startUs + WINDOW_US;
    this.#draft.event({ what: 'window', device: device.id, samples, anomalies, startUs, endUs });
  }

  #refuseForRoom(row: number): void {
    this.#refuse(
      row,
      'limit',
      `a device has at most ${DEVICE_SERIES_MAX} sensors, the server ${SERVER_SERIES_MAX} series`,
    );
  }

  #refuse(row: number, code: 'conflict' | 'limit', message: string): void {
    this.#outcome.refusals.push({ row, code, message });
  }
}

/** The first receipt of a key counts. */
function keepReceipt({ key, receivedUs }: Receipt, { group }: Bench): void {
  group.receipts.set(key, group.receipts.get(key) ?? receivedUs);
}

/** @returns the stamp above which nothing stands yet */
function inOrderFrom({ highUs, futureUs }: SeriesRecord): number {
  return Math.max(highUs, futureUs);
}

/** @returns what a marked reading showed */
function shownBy({ evidence, onsetUs, suppressedBy }: Verdict): ShownRow | undefined {
  return onsetUs === 0 ? undefined : { evidence: [...evidence], onsetUs, suppressedBy };
}

/** @returns what a marked row of a device showed */
function jointShownBy(row: JointVerdict): ShownRow | undefined {
  const { among, shown, onsetUs, suppressedBy } = row;
  if (onsetUs === 0) return undefined;
  const evidence = [...shown.slice(0, JOINT_EVIDENCES * among.length)];
  return { evidence, among: [...among], onsetUs, suppressedBy };
}

function anomalyRow(
  series: SeriesRecord,
  from: Verdict,
  reading: {
    readonly tsUs: number;
    readonly value: number;
    readonly mark: number;
    readonly began: boolean;
  },
) {
  return {
    series,
    ...reading,
    steps: Math.round(from.score * SCORE_STEPS),
    threshold: from.threshold,
    expected: from.expected,
    lower: from.lower,
    upper: from.upper,
    channels: from.channels.flatMap((channel, index): [string, number][] =>
      channel === 'none' ? [] : [[channel, from.weights[index] ?? 0]],
    ),
    backfilled: false,
  };
}
