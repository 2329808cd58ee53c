/**
 * I5, verdicts equal to an undisturbed run's. Beside each device stands a judge that nothing ever happens to; it is
 * given the readings that were not lost, in their order, and must come to the verdicts that the agent, or the cloud, came
 * to; and what the store shows must be those. An agent that gave readings up before it committed them and then crashed
 * cannot judge them again: it is left out from there on.
 */
import { createJointVerdict, createVerdict, DeviceJudge, SCORE_STEPS } from '@fernsight/detect';
import type { AgentNode } from '../node/agentNode.ts';
import type { PlainNode } from '../node/plainNode.ts';
import { ALARM, ANOMALY, SCORED, UNTIMELY } from '../truth/seriesTruth.ts';
import type { Marked } from '../truth/truth.ts';
import type { Checker, StoredRow, World } from './checker.ts';

const VERDICTS = 'verdicts as undisturbed (I5)';

/** Bits and stages of a stored mark (store/marks.ts of the cloud). */
const STAGE_BITS = 7;
const SCORED_STAGES = 3;
/** stamped ahead of the receiver: the score stands, and says nothing */
const FUTURE_STAGE = 6;
const MARK_ANOMALY = 1 << 3;
const MARK_ALARM = 1 << 5;

export function createVerdicts(world: World): Checker {
  const calm = new Calm(world);
  return {
    restarted: ({ agent }) => calm.follow(agent),
    row: (row) => requireShown(world, row),
    looked: () => {
      for (const plain of world.plains) calm.judge(plain);
    },
    ended: () => {
      for (const agent of world.agents) calm.follow(agent);
    },
  };
}

/** Judges by device, and how far each has come. */
class Calm {
  readonly #world: World;
  readonly #judges = new Map<string, DeviceJudge>();
  readonly #done = new Map<AgentNode | PlainNode, number>();
  readonly #verdict = createVerdict();
  readonly #joint = createJointVerdict();

  constructor(world: World) {
    this.#world = world;
  }

  /** Compares what an agent judged with what it would have judged undisturbed. */
  follow(agent: AgentNode): void {
    if (agent.hasDropped) return;
    let at = this.#done.get(agent) ?? 0;
    for (; at < agent.order.length; at++) {
      const { series, number } = agent.order.at(at);
      if (!series.has(number, SCORED)) continue;
      const { steps, flags } = this.#score(series.judgeUs[number] ?? 0, { series, number });
      const given = (series.flags[number] ?? 0) & (ANOMALY | ALARM);
      if (steps === series.steps[number] && given === flags) continue;
      const was = `${agent.name} gave ${series.nameOf(number)} ${series.steps[number]}`;
      this.#world.fail(VERDICTS, `${was}, undisturbed it is ${steps}, flags ${flags}`);
      break;
    }
    this.#done.set(agent, at);
  }

  /** Notes what the cloud must make of a plain device's readings. */
  judge(plain: PlainNode): void {
    for (let at = this.#done.get(plain) ?? 0; at < plain.judged.length; at++) {
      const reading = plain.judged[at];
      if (reading === undefined) break;
      const { series, number } = reading;
      const { steps, flags } = this.#score(series.tsUs[number] ?? 0, reading);
      series.steps[number] = steps;
      series.set(number, SCORED | flags);
    }
    this.#done.set(plain, plain.judged.length);
  }

  #score(
    judgeUs: number,
    { series, number }: Marked,
  ): { readonly steps: number; readonly flags: number } {
    const judge = this.#judges.get(series.device) ?? new DeviceJudge({});
    this.#judges.set(series.device, judge);
    const verdict = this.#verdict;
    judge.judge(series.sensor, judgeUs, series.value[number] ?? 0, verdict, this.#joint);
    const flags = (verdict.anomaly ? ANOMALY : 0) | (verdict.alarm ? ALARM : 0);
    return { steps: Math.round(verdict.score * SCORE_STEPS), flags };
  }
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
    alarm === series.has(number, ALARM);
  if (isSame) return;
  const given = `${series.steps[number]}, flags ${series.flags[number]}`;
  world.fail(VERDICTS, `${name} is shown with ${steps}, mark ${mark}, and was given ${given}`);
}
