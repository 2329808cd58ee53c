/**
 * What an evaluation is made of: tasks, contenders that judge them, and a protocol that turns judgements into numbers.
 *
 * A protocol never sees a detector, and a detector never sees a label; the controls pass through the same door as the
 * detector they stand beside. All of it is pure: files are read, clocks and chance brought, by the caller.
 */
import type { RowBlock, RowJudgeFactory } from '../rowJudge.ts';
import { alwaysOn, clock, silent } from './controls.ts';
import { type Judgement, judgeRows, type LabelledRows } from './labelled.ts';

/** One series or entity to judge. */
export interface Task {
  /** what the mean is first taken over: a sensor, a data set */
  readonly group: string;
  /** rows before the judged ones that a detector may learn from, without labels; undefined for a cold start */
  readonly train: RowBlock | undefined;
  readonly test: LabelledRows;
}

export interface Metric {
  readonly key: string;
  readonly label: string;
  readonly better: 'higher' | 'lower';
  /** digits after the point in tables */
  readonly digits: number;
  /** what the project set out to reach, and hopes for */
  readonly reach?: number;
  readonly aim?: number;
}

export type Values = Readonly<Record<string, number>>;

export interface Result {
  readonly detector: string;
  readonly values: Values;
  /** the same by group or file */
  readonly parts: readonly { readonly name: string; readonly values: Values }[];
}

export interface Protocol {
  readonly metrics: readonly Metric[];
  /** @param judgements one a task, in the tasks' order */
  score(tasks: readonly Task[], judgements: readonly Judgement[]): Omit<Result, 'detector'>;
  /** @returns the anomalies at the protocol's own threshold, where it does not take the detector's */
  operate?(tasks: readonly Task[], judgements: readonly Judgement[]): Uint8Array[];
}

export interface Contender {
  readonly name: string;
  readonly factory: RowJudgeFactory;
}

export interface RunOptions {
  readonly tasks: readonly Task[];
  readonly protocol: Protocol;
  readonly detector: Contender;
  /** the forest that stands beside the detector */
  readonly forest: Contender;
  /** @returns a fresh generator, uniform in [0, 1), for the named task */
  readonly random: (task: string) => () => number;
  /** called before each task */
  readonly progress: (contender: string, task: Task) => void;
}

/** @returns the detector's result, then those of the four controls, each by the same protocol */
export function runProtocol(options: RunOptions): Result[] {
  const { tasks, protocol, detector, forest } = options;
  const judged = judgeTasks(detector, options);
  const called =
    protocol.operate?.(tasks, judged) ?? judged.map((judgement) => judgement.anomalies);
  const contenders: [string, Judgement[]][] = [
    [detector.name, judged],
    ['silent', tasks.map((task) => silent(task.test.count))],
    ['always on', tasks.map((task) => alwaysOn(task.test.count))],
    ['clock', called.map(clock)],
  ];
  if (forest.name !== detector.name) {
    contenders.push([forest.name, judgeTasks(forest, options)]);
  }
  return contenders.map(([name, judgements]) => ({
    detector: name,
    ...protocol.score(tasks, judgements),
  }));
}

function judgeTasks(contender: Contender, { tasks, random, progress }: RunOptions): Judgement[] {
  return tasks.map((task) => {
    progress(contender.name, task);
    const { width, name } = task.test;
    const judge = contender.factory({
      width,
      train: task.train,
      random: random(name),
    });
    return judgeRows(judge, task.test);
  });
}

/** @returns the mean of each value; the records must have the same keys */
export function meanValues(values: readonly Values[]): Values {
  const keys = Object.keys(values[0] ?? {});
  const mean = (key: string) =>
    values.reduce((sum, record) => sum + (record[key] ?? Number.NaN), 0) / values.length;
  return Object.fromEntries(keys.map((key) => [key, mean(key)]));
}

/** @returns items by the name of their group, groups in order of first appearance */
export function byGroup<T>(tasks: readonly Task[], items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  items.forEach((item, i) => {
    const group = tasks[i]?.group ?? '';
    groups.set(group, [...(groups.get(group) ?? []), item]);
  });
  return groups;
}
