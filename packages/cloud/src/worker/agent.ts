/**
 * Batches of agents: judged already, de-duplicated by sequence number within (agent, epoch). A batch whose whole range
 * was applied is a repeat; of one that overlaps, only the numbers that are new are stored (I4).
 */
import { must } from '@fernsight/base';
import { SCORE_STEPS } from '@fernsight/detect';
import type { Explanation } from '@fernsight/wire';
import type { AgentParcel, AgentRun } from '../ingest/parcel.ts';
import { FUTURE_US_MAX } from '../limits.ts';
import { followAlarm } from '../store/alarmLane.ts';
import { isOfEvent, type ShownRow } from '../store/group.ts';
import { isScored, isUnlearnt, packMark, stageOf, unlearnt } from '../store/marks.ts';
import { countWithin, hasNumber, type Range } from '../store/ranges.ts';
import {
  applyCard,
  applySensorCard,
  type DeviceRecord,
  JOINT_SENSOR,
  type SeriesRecord,
} from '../store/registry.ts';
import { type Bench, deviceOf, noRoomFor, seriesOf } from './bench.ts';
import { Draft } from './draft.ts';
import { createOutcome, NOT_STORED, type Outcome } from './outcome.ts';
import { takeWindow } from './summaries.ts';

const MARK_FUTURE = packMark({ stage: 'future' });

export async function takeAgent(parcel: AgentParcel, bench: Bench): Promise<Outcome> {
  const outcome = createOutcome(parcel.tsUs.length);
  const { receivedUs, seqFirst, seqCount } = parcel;
  const agent = deviceOf(bench, parcel.agent);
  if (agent === undefined) {
    outcome.problem = noRoomFor(parcel.agent);
    return outcome;
  }
  const applied = agent.ledger.epochs[parcel.epoch] ?? [];
  const known = countWithin(applied, seqFirst, seqCount);
  if (overlapsUnclearly(parcel, known)) {
    outcome.problem = {
      status: 409,
      detail:
        'the batch overlaps what was applied, and its thinned or gone readings have no numbers of their own',
      hint: 'send it with the range it had at first',
    };
    return outcome;
  }
  const draft = new Draft(bench.group, outcome, { rows: parcel.tsUs.length, receivedUs });
  announce(parcel, bench, agent);
  outcome.isRepeat = seqCount > 0 && known === seqCount;
  outcome.duplicates = known;
  if (known > 0) draft.count(agent, 'duplicates', known);
  if (!outcome.isRepeat) {
    for (const run of parcel.runs)
      new AgentSeries(parcel, bench, { draft, outcome }).take(run, applied);
    takeRest(parcel, bench, { draft, known, applied });
    if (seqCount > 0) {
      draft.event({
        what: 'applied',
        device: agent.id,
        epoch: parcel.epoch,
        first: seqFirst,
        count: seqCount,
      });
    }
  }
  // of a device that there is no room for, what was refused is in the agent's ledger
  for (const window of parcel.windows)
    await takeWindow(window, bench, { draft, outcome, receivedUs });
  takeStatus(parcel, bench, { draft, agent });
  bench.group.entries.push(draft.finish());
  return outcome;
}

function overlapsUnclearly(parcel: AgentParcel, known: number): boolean {
  if (isOneGap(parcel)) return false;
  const hasUnnumbered = parcel.thinned.length > 0 || parcel.gone.length > 0;
  return hasUnnumbered && known > 0 && known < parcel.seqCount;
}

/** Numbers that will never come, for one reason: those that had come before are known by their numbers. */
function isOneGap(parcel: AgentParcel): boolean {
  return parcel.gone.length === 1 && parcel.runs.length === 0 && parcel.thinned.length === 0;
}

function announce(parcel: AgentParcel, bench: Bench, agent: DeviceRecord): void {
  for (const card of parcel.cards) {
    const device = deviceOf(bench, card.device);
    if (device === undefined) continue;
    const parent = card.parent ?? (device === agent ? undefined : agent.name);
    const { name, site } = card;
    const given = {
      ...(parent === undefined ? {} : { parent }),
      ...(name === undefined ? {} : { name }),
    };
    if (applyCard(device, { ...given, ...(site === undefined ? {} : { site }) }))
      bench.group.devices.add(device);
    for (const sensor of card.sensors) {
      const series = seriesOf(bench, device, { sensor: sensor.sensor, judge: 'agent' });
      if (series !== undefined && applySensorCard(series, sensor)) bench.group.series.add(series);
    }
  }
}

/** One run of a batch. */
class AgentSeries {
  readonly #parcel: AgentParcel;
  readonly #bench: Bench;
  readonly #draft: Draft;
  readonly #outcome: Outcome;

  constructor(
    parcel: AgentParcel,
    bench: Bench,
    { draft, outcome }: { draft: Draft; outcome: Outcome },
  ) {
    this.#parcel = parcel;
    this.#bench = bench;
    this.#draft = draft;
    this.#outcome = outcome;
  }

  take(run: AgentRun, applied: readonly Range[]): void {
    const { agent } = this.#parcel;
    const series = seriesBehind(this.#bench, agent, run);
    if (series === undefined) {
      this.#draft.count(ledgerOf(this.#bench, agent, run.device), 'rejected', run.count);
      return;
    }
    const explained = new Map(run.explained.map((explanation) => [explanation.row, explanation]));
    const isRepeated = this.#outcome.duplicates > 0;
    for (let index = 0; index < run.count; index++) {
      const row = run.first + index;
      const seq = this.#parcel.seqFirst + (this.#parcel.seq[row] ?? 0);
      if (isRepeated && hasNumber(applied, seq)) continue;
      this.#store(series, row, explained.get(index));
    }
    for (const band of run.bands) this.#draft.band(series, band.minuteUs, band);
  }

  #store(series: SeriesRecord, row: number, explanation: Explanation | undefined): void {
    const { receivedUs, backfill } = this.#parcel;
    const tsUs = this.#parcel.tsUs[row] ?? 0;
    const value = this.#parcel.value[row] ?? 0;
    const steps = this.#parcel.steps[row] ?? 0;
    const mark = this.#markOf(series, row, explanation);
    if (mark === MARK_FUTURE) series.futureUs = Math.max(series.futureUs, tsUs);
    else if (tsUs > series.highUs && tsUs <= receivedUs + FUTURE_US_MAX) series.highUs = tsUs;
    this.#draft.add(series, { tsUs, value, steps, mark });
    this.#outcome.stored++;
    this.#outcome.steps[row] = steps;
    this.#outcome.marks[row] = mark;
    if (mark === MARK_FUTURE || stageOf(mark) === 'foreign') return;
    const edge = followReading(series, backfill, { tsUs, alarm: explanation?.alarm ?? false });
    const began = edge === 'began';
    if (edge === 'ended') this.#draft.alarmEnded(series, tsUs, backfill);
    if (explanation === undefined) return;
    const { anomaly, alarm, threshold, channels } = explanation;
    const edges = {
      expected: orNaN(explanation.expected),
      lower: orNaN(explanation.lower),
      upper: orNaN(explanation.upper),
    };
    this.#outcome.expected[row] = edges.expected;
    this.#outcome.lower[row] = edges.lower;
    this.#outcome.upper[row] = edges.upper;
    const shown = shownBy(explanation);
    if (!anomaly && !began && !isOfEvent(shown, alarm)) return;
    this.#draft.anomaly({
      series,
      tsUs,
      value,
      steps,
      mark,
      threshold,
      began,
      channels,
      ...edges,
      backfilled: backfill,
      shown,
    });
  }

  #markOf(series: SeriesRecord, row: number, explanation: Explanation | undefined): number {
    if ((this.#parcel.tsUs[row] ?? 0) > this.#parcel.receivedUs + FUTURE_US_MAX) return MARK_FUTURE;
    const told = this.#parcel.marks[row] ?? NOT_STORED;
    const stage = series.judge === 'agent' ? stageOf(told) : 'foreign';
    const mark = packMark({ stage, ...explanation });
    return isUnlearnt(told) ? unlearnt(mark) : mark;
  }
}

/** @returns what a marked reading showed; an older agent does not tell */
function shownBy({ evidence, onsetUs, suppressedBy = 0 }: Explanation): ShownRow | undefined {
  if (evidence === undefined || onsetUs === undefined) return undefined;
  return { evidence, onsetUs, suppressedBy };
}

function followReading(
  { alarm, backfillAlarm }: SeriesRecord,
  backfill: boolean,
  reading: Parameters<typeof followAlarm>[2],
): ReturnType<typeof followAlarm> {
  return backfill
    ? followAlarm(backfillAlarm, alarm, reading)
    : followAlarm(alarm, backfillAlarm, reading);
}

interface Rest {
  readonly draft: Draft;
  /** how many of the batch's numbers were applied before */
  readonly known: number;
  readonly applied: readonly Range[];
}

/** What has no sequence numbers of its own: joint rows, thinned minutes, what is gone. */
function takeRest(parcel: AgentParcel, bench: Bench, { draft, known, applied }: Rest): void {
  for (const joint of parcel.joint) {
    const isNew = known > 0 ? newRows(parcel, joint.device, applied) : () => true;
    takeJoint(parcel, bench, { draft, joint, isNew });
  }
  for (const { device: name, sensor, minuteUs, worstScoreSteps, ...minute } of parcel.thinned) {
    const series = seriesBehind(bench, parcel.agent, { device: name, sensor });
    draft.count(ledgerOf(bench, parcel.agent, name), 'thinned', minute.count);
    if (series === undefined) continue;
    const point = {
      tsUs: minuteUs,
      ...minute,
      worst: worstScoreSteps,
      lower: Number.NaN,
      upper: Number.NaN,
    };
    bench.group.minutes.push({ series, point });
  }
  for (const { device: name, reason, count } of parcel.gone) {
    const device = ledgerOf(bench, parcel.agent, name);
    const arrived = isOneGap(parcel) ? known : 0;
    draft.event({ what: 'gone', device: device.id, reason, count: count - arrived });
  }
}

/**
 * Joint rows have no numbers of their own, but the reading that closed one has: it is the device's first that was judged
 * behind the row's stamp, and came in the same outbox row.
 * @returns whether the row at a stamp is new; to be asked in the order of the stamps
 */
function newRows(
  parcel: AgentParcel,
  device: string,
  applied: readonly Range[],
): (tsUs: number) => boolean {
  const closing = parcel.runs
    .filter((run) => run.device === device)
    .flatMap(({ first, count }) => Array.from({ length: count }, (_, index) => first + index))
    .filter((row) => isLearnt(parcel.marks[row] ?? NOT_STORED))
    .map((row) => ({ offset: parcel.seq[row] ?? 0, tsUs: parcel.tsUs[row] ?? 0 }))
    .sort((a, b) => a.offset - b.offset);
  let at = 0;
  return (tsUs) => {
    while ((closing[at]?.tsUs ?? Number.POSITIVE_INFINITY) <= tsUs) at++;
    const closer = closing[at];
    return closer === undefined || !hasNumber(applied, parcel.seqFirst + closer.offset);
  };
}

function isLearnt(mark: number): boolean {
  return isScored(mark) && !isUnlearnt(mark);
}

interface JointTake {
  readonly draft: Draft;
  readonly joint: AgentParcel['joint'][number];
  /** by its stamp: false for a row that was applied before */
  readonly isNew: (tsUs: number) => boolean;
}

function takeJoint(parcel: AgentParcel, bench: Bench, { draft, joint, isNew }: JointTake): void {
  const joined = { device: joint.device, sensor: JOINT_SENSOR };
  const series = seriesBehind(bench, parcel.agent, joined);
  if (series === undefined) return;
  const explained = new Map(joint.explained.map((row) => [row.row, row]));
  let tsUs = joint.firstUs;
  for (const [row, deltaUs] of joint.deltaUs.entries()) {
    tsUs += deltaUs;
    if (!isNew(tsUs)) continue;
    if (tsUs > parcel.receivedUs + FUTURE_US_MAX) continue;
    series.highUs = Math.max(series.highUs, tsUs);
    const steps = joint.scoreSteps[row] ?? 0;
    const explanation = explained.get(row);
    const { anomaly = false, alarm = false, shown } = explanation ?? {};
    const { suppressedBy = 0 } = shown ?? {};
    const kind = anomaly || suppressedBy > 0 ? 'joint' : 'none';
    const mark = packMark({ stage: 'ready', anomaly, alarm, kind, suppressedBy });
    const value = Math.round((steps / SCORE_STEPS) * 1000) / 1000;
    draft.add(series, { tsUs, value, steps, mark });
    const edge = followReading(series, parcel.backfill, { tsUs, alarm });
    const began = edge === 'began';
    if (edge === 'ended') draft.alarmEnded(series, tsUs, parcel.backfill);
    const told = shown === undefined ? undefined : { ...shown, suppressedBy };
    if (explanation === undefined) continue;
    if (!anomaly && !began && !isOfEvent(told, alarm)) continue;
    const unknown = { expected: Number.NaN, lower: Number.NaN, upper: Number.NaN };
    const { threshold, sensors: channels } = explanation;
    const about = { series, tsUs, value, steps, mark, threshold, began, channels, ...unknown };
    draft.anomaly({ ...about, backfilled: parcel.backfill, shown: told });
  }
}

function takeStatus(
  parcel: AgentParcel,
  bench: Bench,
  { draft, agent }: { readonly draft: Draft; readonly agent: DeviceRecord },
): void {
  const { taken, outboxReadings, outboxBytes, oldestUs = null, version } = parcel.status;
  const { clockUs, interruptions } = parcel.status;
  const reportedUs = parcel.receivedUs;
  const clockAheadUs = Math.round(clockUs - reportedUs);
  const report = {
    ...{ reportedUs, version, outboxBytes, oldestUs, clockAheadUs },
    ...(interruptions === undefined ? {} : { interruptions }),
  };
  draft.event({ what: 'status', device: agent.id, outboxReadings, agent: report });
  for (const counts of taken) {
    const device = childOf(bench, parcel.agent, counts.device);
    if (device === undefined) continue;
    draft.event({ what: 'taken', device: device.id, taken: counts.taken });
  }
}

/** @returns the agent's child, or the agent itself, where there is room for it */
function childOf(bench: Bench, agent: string, name: string): DeviceRecord | undefined {
  const device = deviceOf(bench, name);
  if (device === undefined) return undefined;
  if (name !== agent && device.parent === undefined) {
    device.parent = agent;
    bench.group.devices.add(device);
  }
  return device;
}

/** @returns the series where there is room for it and for its device */
function seriesBehind(
  bench: Bench,
  agent: string,
  { device: name, sensor }: { readonly device: string; readonly sensor: string },
): SeriesRecord | undefined {
  const device = childOf(bench, agent, name);
  return device === undefined ? undefined : seriesOf(bench, device, { sensor, judge: 'agent' });
}

/** @returns who the readings of a device are counted for: the agent itself where there is no room for the device */
function ledgerOf(bench: Bench, agent: string, name: string): DeviceRecord {
  const device = childOf(bench, agent, name) ?? bench.store.registry.find(agent);
  return must(device, 'the agent whose batch is taken');
}

function orNaN(value: number | null): number {
  return value ?? Number.NaN;
}
