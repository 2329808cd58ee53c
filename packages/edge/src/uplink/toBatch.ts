/** Turns picked outbox rows into the series columns of a batch: rows of one series are joined, codes become names. */
import { CHANNELS, KINDS, SCORE_STEPS } from '@fernsight/detect';
import type {
  Explanation,
  Gone,
  JointColumns,
  SeriesColumns,
  ThinnedMinute,
  JointShown as WireJointShown,
} from '@fernsight/wire/agent';
import {
  type Explained,
  type JointExplained,
  type JointRun,
  type JointShown,
  type SeriesRun,
  type Shown,
  STAGE_NAMES,
  stageIndex,
  UNLEARNT,
} from '../outbox/body.ts';
import type { Parcel } from '../outbox/row.ts';

const MINUTE_US = 60_000_000;
const SHARE_STEPS = 255;

export interface BatchColumns {
  readonly series: SeriesColumns[];
  readonly joint: JointColumns[];
  readonly thinned: ThinnedMinute[];
  readonly gone: Gone[];
}

/** @returns the parcel's readings as the wire has them. O(readings) */
export function toColumns(parcel: Parcel): BatchColumns {
  const series = new Map<string, SeriesColumns>();
  const joint = new Map<string, JointColumns>();
  const thinned: ThinnedMinute[] = [];
  const gone: Gone[] = [];
  let base = 0;
  for (const [index, body] of parcel.bodies.entries()) {
    for (const run of body.series) appendSeries(series, run, base);
    for (const run of body.joint) appendJoint(joint, run);
    thinned.push(...body.thinned);
    gone.push(...body.gone);
    base += parcel.rows[index]?.count ?? 0;
  }
  return { series: [...series.values()], joint: [...joint.values()], thinned, gone };
}

function appendSeries(all: Map<string, SeriesColumns>, run: SeriesRun, base: number): void {
  const key = `${run.device}/${run.sensor}/${run.ownClock}`;
  let columns = all.get(key);
  if (columns === undefined) {
    columns = {
      device: run.device,
      sensor: run.sensor,
      seq: [],
      firstUs: run.tsUs[0] ?? 0,
      deltaUs: [],
      value: [],
      scoreSteps: [],
      stages: [],
      explained: [],
      bands: [],
    };
    all.set(key, columns);
  }
  const start = columns.seq.length;
  const last = columns.stages.at(-1);
  let lastUs = start === 0 ? columns.firstUs : lastStampOf(columns);
  let stage = last === undefined ? -1 : codeOf(last);
  for (let row = 0; row < run.offset.length; row++) {
    const tsUs = run.tsUs[row] ?? 0;
    columns.seq.push(base + (run.offset[row] ?? 0));
    columns.deltaUs.push(tsUs - lastUs);
    lastUs = tsUs;
    columns.value.push(run.value[row] ?? 0);
    columns.scoreSteps.push(run.scoreSteps[row] ?? 0);
    const here = run.stage[row] ?? 0;
    if (here !== stage) {
      stage = here;
      const name = STAGE_NAMES[stageIndex(here)] ?? 'unscored';
      const unlearnt = (here & UNLEARNT) === 0 ? {} : { unlearnt: true };
      columns.stages.push({ row: start + row, stage: name, ...unlearnt });
    }
  }
  for (const row of run.explained) columns.explained.push(explain(row, start));
  for (const { row, expected, lower, upper } of run.bands) {
    const minuteUs = Math.floor((run.tsUs[row] ?? 0) / MINUTE_US) * MINUTE_US;
    columns.bands.push({ minuteUs, expected, lower, upper });
  }
}

function codeOf({ stage, unlearnt }: SeriesColumns['stages'][number]): number {
  return STAGE_NAMES.indexOf(stage) | (unlearnt === true ? UNLEARNT : 0);
}

function lastStampOf(columns: SeriesColumns): number {
  let tsUs = columns.firstUs;
  for (const delta of columns.deltaUs) tsUs += delta;
  return tsUs;
}

function explain(row: Explained, start: number): Explanation & { row: number } {
  return {
    row: start + row.row,
    anomaly: row.anomaly,
    alarm: row.alarm,
    kind: KINDS[row.kind] ?? 'none',
    sensorFault: row.sensorFault,
    threshold: row.thresholdSteps / SCORE_STEPS,
    expected: orNull(row.expected),
    lower: orNull(row.lower),
    upper: orNull(row.upper),
    channels: row.channels.map(([channel, share]) => [
      CHANNELS[channel] ?? 'none',
      share / SHARE_STEPS,
    ]),
    ...shownOf(row.shown),
  };
}

function shownOf(
  shown: Shown | undefined,
): Pick<Explanation, 'evidence' | 'onsetUs' | 'suppressedBy'> {
  if (shown === undefined) return {};
  const { evidence, onsetUs, suppressedBy } = shown;
  const quiet = suppressedBy === 0 ? {} : { suppressedBy };
  return { evidence: [...evidence], onsetUs, ...quiet };
}

function jointShownOf({ among, evidence, onsetUs, suppressedBy }: JointShown): WireJointShown {
  const quiet = suppressedBy === 0 ? {} : { suppressedBy };
  return { among: [...among], evidence: [...evidence], onsetUs, ...quiet };
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function appendJoint(all: Map<string, JointColumns>, run: JointRun): void {
  let columns = all.get(run.device);
  if (columns === undefined) {
    columns = {
      device: run.device,
      firstUs: run.tsUs[0] ?? 0,
      deltaUs: [],
      scoreSteps: [],
      explained: [],
    };
    all.set(run.device, columns);
  }
  const start = columns.deltaUs.length;
  let lastUs = columns.firstUs;
  for (const delta of columns.deltaUs) lastUs += delta;
  for (let row = 0; row < run.tsUs.length; row++) {
    const tsUs = run.tsUs[row] ?? 0;
    columns.deltaUs.push(tsUs - lastUs);
    lastUs = tsUs;
    columns.scoreSteps.push(run.scoreSteps[row] ?? 0);
  }
  for (const row of run.explained) columns.explained.push(explainJoint(row, start));
}

function explainJoint(row: JointExplained, start: number): JointColumns['explained'][number] {
  return {
    row: start + row.row,
    anomaly: row.anomaly,
    alarm: row.alarm,
    threshold: row.thresholdSteps / SCORE_STEPS,
    sensors: row.sensors.map(([sensor, share]) => [sensor, share / SHARE_STEPS]),
    ...(row.shown === undefined ? {} : { shown: jointShownOf(row.shown) }),
  };
}
