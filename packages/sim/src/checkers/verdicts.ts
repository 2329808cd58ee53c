/**
 * I5, verdicts equal to an undisturbed run's. Beside each device stands a judge that nothing ever happens to; it is
 * given the readings that were not lost, in their order, and must come to the verdicts that the agent, or the cloud, came
 * to; and what the store shows must be those. Where models change, it changes with them: a model on trial gets a judge
 * that goes on from the running one's state, and takes its place where the agent says that it did. An agent that gave readings up before it committed them and then crashed
 * cannot judge them again: it is left out from there on.
 */
import {
  createJointVerdict,
  createVerdict,
  DeviceJudge,
  SCORE_STEPS,
  SeriesJudge,
  type Verdict,
} from '@fernsight/detect';
import { forestOf } from '../model/simModels.ts';
import type { AgentNode } from '../node/agentNode.ts';
import type { PlainNode } from '../node/plainNode.ts';
import { type Choice, START } from '../truth/modelHistory.ts';
import {
  ALARM,
  ANOMALY,
  SCORED,
  type SeriesTruth,
  UNLEARNT,
  UNTIMELY,
} from '../truth/seriesTruth.ts';
import type { Marked } from '../truth/truth.ts';
import type { Checker, ShownRow, StoredRow, World } from './checker.ts';
import { JointVerdicts } from './jointVerdicts.ts';

const VERDICTS = 'verdicts as undisturbed (I5)';

/** Bits and stages of a stored mark (store/marks.ts of the cloud). */
const STAGE_BITS = 7;
const SCORED_STAGES = 3;
/** stamped ahead of the receiver: the score stands, and says nothing */
const FUTURE_STAGE = 6;
/** one by the weight with which an anomaly is learnt */
const ANOMALY_DIVISOR = 8;
const MARK_ANOMALY = 1 << 3;
const MARK_ALARM = 1 << 5;
const MARK_UNLEARNT = 1 << 11;

export function createVerdicts(world: World): Checker {
  const calm = new Calm(world);
  return {
    // after a kill a power cut may still take what was not synced: what is judged here must never come back
    restarted: ({ agent, hadPower }) => {
      if (!hadPower) calm.follow(agent);
    },
    row: (row) => requireShown(world, row),
    joint: (row) => calm.joints.shown(row),
    shown: (row) => requireEvidence(world, row),
    looked: () => {
      for (const plain of world.plains) calm.judge(plain);
    },
    ended: () => {
      for (const agent of world.agents) calm.follow(agent);
      const unknown = new Set(
        world.agents.filter(({ hasDropped }) => hasDropped).flatMap(devicesOf),
      );
      for (const { name, config } of world.plains) {
        const isForgotten = world.silences.forgottenMs(name, world.kernel.nowMs) >= 0;
        const isKnown = config.stamps === 'own' && !world.windows.isDoubted(name);
        if (isForgotten || !isKnown) unknown.add(name);
      }
      const whole = world.agents.filter(hasAll).flatMap(devicesOf);
      calm.joints.compare((device) => !unknown.has(device), whole);
    },
  };
}

/** An undisturbed verdict. */
interface Calmly {
  readonly steps: number;
  readonly flags: number;
  /** of a marked reading */
  readonly evidence: string | undefined;
}

function calmly({ score, anomaly, alarm, onsetUs, evidence }: Verdict): Calmly {
  return {
    steps: Math.round(score * SCORE_STEPS),
    flags: (anomaly ? ANOMALY : 0) | (alarm ? ALARM : 0),
    evidence: onsetUs === 0 ? undefined : evidence.join(),
  };
}

/** Judges by device, and how far each has come. */
class Calm {
  readonly #world: World;
  readonly #judges = new Map<string, DeviceJudge>();
  readonly #done = new Map<AgentNode | PlainNode, number>();
  /** by agent: the code of the newest reading that was judged */
  readonly #last = new Map<AgentNode, number>();
  /** by device and sensor type: what judges, and what is on trial */
  readonly #choices = new Map<string, Choice>();
  /** of series that the cloud judges: the model that does, by hash; undefined is what ships */
  readonly #used = new Map<SeriesTruth, string | undefined>();
  /** by device and sensor: judges on trial */
  readonly #shadows = new Map<string, SeriesJudge>();
  readonly joints: JointVerdicts;
  /** by device: what the row that is open has in its judges' time beyond its stamps */
  readonly #rowShiftUs = new Map<string, number>();
  readonly #verdict = createVerdict();
  readonly #joint = createJointVerdict();

  constructor(world: World) {
    this.#world = world;
    this.joints = new JointVerdicts(world);
  }

  /** Compares what an agent judged with what it would have judged undisturbed. */
  follow(agent: AgentNode): void {
    if (agent.hasDropped) return;
    let at = this.#done.get(agent) ?? 0;
    let last = this.#last.get(agent) ?? START;
    for (; at < agent.order.length; at++) {
      const { series, number } = agent.order.at(at);
      if (!series.has(number, SCORED)) continue;
      for (const choice of agent.models.after(last)) this.#choose(agent, choice);
      last = this.#world.truth.encode({ series, number });
      const calm = this.#score(series.judgeUs[number] ?? 0, { series, number });
      const { steps, flags, evidence } = calm;
      const given = (series.flags[number] ?? 0) & (ANOMALY | ALARM);
      const shown = series.evidence.get(number);
      if (steps === series.steps[number] && given === flags && shown === evidence) continue;
      const was = `${agent.name} gave ${series.nameOf(number)} ${series.steps[number]}, showing ${shown}`;
      this.#world.fail(VERDICTS, `${was}, undisturbed it is ${JSON.stringify(calm)}`);
      break;
    }
    this.#done.set(agent, at);
    this.#last.set(agent, last);
  }

  /** Notes what the cloud must make of a plain device's readings. */
  judge(plain: PlainNode): void {
    const { silences, kernel, windows } = this.#world;
    // its judges may have gone with its history, before any of the readings that follow
    if (silences.forgottenMs(plain.name, kernel.nowMs) >= 0 || windows.isDoubted(plain.name))
      return;
    for (let at = this.#done.get(plain) ?? 0; at < plain.judged.length; at++) {
      const reading = plain.judged[at];
      if (reading === undefined) break;
      const { series, number } = reading;
      this.#changeOver(reading);
      if (windows.covers(plain.name, series.tsUs[number] ?? 0)) {
        series.set(number, UNLEARNT);
        this.#world.happened('maintenance of a plain device');
      }
      const { steps, flags, evidence } = this.#score(series.tsUs[number] ?? 0, reading);
      if (evidence !== undefined) series.evidence.set(number, evidence);
      series.steps[number] = steps;
      series.set(number, SCORED | flags);
    }
    this.#done.set(plain, plain.judged.length);
  }

  /** Puts the model in place that the cloud had changed over to before a plain device's reading. */
  #changeOver({ series, number }: Marked): void {
    const { device, sensor } = series;
    const changes = this.#world.cloud.models.of(device);
    if (changes.length === 0) return;
    const plain = this.#world.plains.find(({ name }) => name === device);
    const type = plain?.config.sensors.find((one) => one.sensor === sensor)?.type ?? sensor;
    const tsUs = series.tsUs[number] ?? 0;
    const change = changes.findLast(({ highUs }) => (highUs.get(sensor) ?? tsUs) < tsUs);
    const hash = change?.models[type];
    if (hash === this.#used.get(series)) return;
    this.#used.set(series, hash);
    this.#judgeOf(device).swapForest(sensor, hash === undefined ? undefined : forestOf(hash));
  }

  #score(judgeUs: number, { series, number }: Marked): Calmly {
    const verdict = this.#verdict;
    const value = series.value[number] ?? 0;
    const { device, sensor } = series;
    const shiftUs = this.#rowShiftUs.get(device) ?? 0;
    if (series.has(number, UNLEARNT)) {
      this.#judgeOf(device).glance(sensor, judgeUs, value, verdict);
      return calmly(verdict);
    }
    if (this.#judgeOf(device).judge(sensor, judgeUs, value, verdict, this.#joint)) {
      const row = { tsUs: this.#joint.tsUs - shiftUs, closedMs: series.takenMs[number] ?? 0 };
      this.joints.judged(device, row, this.#joint);
    }
    this.#rowShiftUs.set(device, judgeUs - (series.tsUs[number] ?? 0));
    const calm = calmly(verdict);
    if (verdict.anomaly && this.#world.flaw === 'anomaliesLearnt')
      this.#learn({ series, number }, judgeUs);
    this.#shadowOf(series)?.judge(judgeUs, value, verdict);
    return calm;
  }

  /**
   * An anomaly counts an eighth. Seen seven times more it counts as a normal reading does: beside a judge with that bug
   * it is the one without that differs.
   */
  #learn({ series, number }: Marked, judgeUs: number): void {
    const nextUs = series.judgeUs[number + 1] ?? 0;
    if (nextUs <= judgeUs + ANOMALY_DIVISOR) return;
    const [judge, value] = [this.#judgeOf(series.device), series.value[number] ?? 0];
    for (let time = 1; time < ANOMALY_DIVISOR; time++)
      judge.judge(series.sensor, judgeUs + time, value, this.#verdict, this.#joint);
  }

  #judgeOf(device: string): DeviceJudge {
    const known = this.#judges.get(device);
    if (known !== undefined) return known;
    const forestFor = (sensor: string) => {
      const running = this.#choiceOf(device, sensor)?.running ?? null;
      return running === null ? undefined : forestOf(running);
    };
    const fresh = new DeviceJudge({ forestFor });
    this.#judges.set(device, fresh);
    return fresh;
  }

  /** @returns the series' judge on trial, made where the series is new to it */
  #shadowOf({ device, sensor }: SeriesTruth): SeriesJudge | undefined {
    const trial = this.#choiceOf(device, sensor)?.trial ?? null;
    if (trial === null) return undefined;
    const key = `${device}/${sensor}`;
    const shadow = this.#shadows.get(key) ?? new SeriesJudge({ forest: forestOf(trial) });
    this.#shadows.set(key, shadow);
    return shadow;
  }

  #choiceOf(device: string, sensor: string): Choice | undefined {
    if (this.#choices.size === 0) return undefined;
    const owner = this.#world.agents.find(({ name }) => name === device);
    const type = owner?.config.sensors.find((one) => one.sensor === sensor)?.type ?? sensor;
    return this.#choices.get(`${device}/${type}`);
  }

  /** Sensors of a device behind an agent have no type, and no model is chosen for their names. */
  #choose({ name, config }: AgentNode, choice: Choice): void {
    const { sensorType, running, trial } = choice;
    const before = this.#choices.get(`${name}/${sensorType}`);
    this.#choices.set(`${name}/${sensorType}`, choice);
    const judge = this.#judgeOf(name);
    for (const { sensor, type } of config.sensors) {
      if (type !== sensorType) continue;
      const key = `${name}/${sensor}`;
      const shadow = this.#shadows.get(key);
      const isTaken = running !== null && running !== before?.running;
      if (trial !== before?.trial) this.#shadows.delete(key);
      if (isTaken && shadow !== undefined) judge.restoreSeries(sensor, shadow.snapshot());
      else if (running === null && (before?.running ?? null) !== null)
        judge.swapForest(sensor, undefined);
      if (trial === null || trial === before?.trial) continue;
      const state = judge.seriesSnapshot(sensor);
      if (state === undefined) continue;
      const fresh = SeriesJudge.restore(state, {});
      fresh.swapForest(forestOf(trial));
      this.#shadows.set(key, fresh);
    }
  }
}

/** whether nothing of what an agent judged was thinned or given up */
function hasAll(agent: AgentNode): boolean {
  const view = agent.status();
  if (view === undefined || agent.hasDropped) return false;
  return view.thinned + view.dropped + view.rejected + view.lost === 0;
}

function devicesOf({ config: { name, child } }: AgentNode): string[] {
  return child === undefined ? [name] : [name, child];
}

/** What the store says that a marked reading showed is what it showed: it tells by which model it was judged. */
function requireEvidence(world: World, { series, number, evidence }: ShownRow): void {
  const expected = series.evidence.get(number);
  if (expected === evidence || world.silences.forgottenMs(series.device, world.kernel.nowMs) >= 0)
    return;
  const name = series.nameOf(number);
  world.fail(VERDICTS, `${name} is said to have shown ${evidence}, undisturbed it is ${expected}`);
}

/** The verdict that the store shows is the one that was given. */
function requireShown(world: World, { series, number, steps, mark }: StoredRow): void {
  const isShown = (mark & STAGE_BITS) < SCORED_STAGES;
  const name = series.nameOf(number);
  if (!series.has(number, SCORED)) {
    const isFine = !isShown || (series.isPlain && !series.has(number, UNTIMELY));
    if (!isFine) world.fail(VERDICTS, `${name} is shown with a score, and nobody may judge it`);
    return;
  }
  if (!series.isPlain && (mark & STAGE_BITS) === FUTURE_STAGE) return;
  if (series.isPlain && !isShown) {
    world.fail(VERDICTS, `${name} came in time and is shown without a verdict, mark ${mark}`);
    return;
  }
  const anomaly = (mark & MARK_ANOMALY) !== 0;
  const alarm = (mark & MARK_ALARM) !== 0;
  const isSame =
    steps === series.steps[number] &&
    anomaly === series.has(number, ANOMALY) &&
    alarm === series.has(number, ALARM) &&
    ((mark & MARK_UNLEARNT) !== 0) === series.has(number, UNLEARNT);
  if (isSame) return;
  const given = `${series.steps[number]}, flags ${series.flags[number]}`;
  world.fail(VERDICTS, `${name} is shown with ${steps}, mark ${mark}, and was given ${given}`);
}
