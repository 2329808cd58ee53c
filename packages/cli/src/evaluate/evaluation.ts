/**
 * `fernsight evaluate`: one set, by its own protocol, with the controls beside the detector.
 *
 * The same seed, data and version give the same report to the last digit. Sources, rules and flaws of each protocol
 * stand in docs/EVALUATION.md.
 */
import { createRng, UsageFault } from '@fernsight/base';
import { catalog } from '@fernsight/detect';
import {
  BUDGETS_PER_WEEK,
  CONFIGURATIONS_TRIED,
  type Contender,
  createRawForestJudge,
  entitiesProtocol,
  FALSE_ALARM_METRICS,
  type Metric,
  measureFalseAlarms,
  type Result,
  runProtocol,
  withForestRatio,
} from '@fernsight/detect/evaluation';
import { type LabelledSet, type Plan, readPlans } from './plans.ts';
import { scorePublished } from './published.ts';

export type SetName = LabelledSet | 'false_alarms';

export interface EvaluationOptions {
  readonly set: SetName;
  /** the folder that holds the sets; `false_alarms` reads none */
  readonly dataDir: string;
  /** a name in the catalog; default `pipeline` */
  readonly detector?: string | undefined;
  /** default 1 */
  readonly seed?: number | undefined;
  /** `false_alarms`: device-weeks of each noise and budget; default 2, published with 100 */
  readonly deviceWeeks?: number | undefined;
  /** `nab`: folders of published results to score beside the detector */
  readonly published?: readonly string[] | undefined;
  /** told what is judged next */
  readonly progress?: ((line: string) => void) | undefined;
}

export interface Section {
  readonly title: string;
  readonly metrics: readonly Metric[];
  /** the detector first, then the controls */
  readonly results: readonly Result[];
}

export interface EvaluationReport {
  readonly set: SetName;
  readonly detector: string;
  readonly seed: number;
  readonly configurationsTried: number;
  readonly sections: readonly Section[];
}

/** Enough to see a budget overrun several times, in under a minute. */
const DEVICE_WEEKS = 2;

/** @throws UsageFault when the folder, a file or the detector does not exist */
export async function runEvaluation(options: EvaluationOptions): Promise<EvaluationReport> {
  const { set, seed = 1 } = options;
  const detector = findDetector(options.detector ?? 'pipeline');
  const sections =
    set === 'false_alarms'
      ? falseAlarmSections(detector, options)
      : await labelledSections(set, detector, options);
  return {
    set,
    detector: detector.name,
    seed,
    configurationsTried: CONFIGURATIONS_TRIED,
    sections,
  };
}

async function labelledSections(
  set: LabelledSet,
  detector: Contender,
  options: EvaluationOptions,
): Promise<Section[]> {
  const sections: Section[] = [];
  for (const plan of await readPlans(set, options.dataDir)) {
    const forest = controlForest(plan);
    const results = runProtocol({
      tasks: plan.tasks,
      protocol: plan.protocol,
      detector,
      forest,
      random: seeded(options),
      progress: (name, task) => options.progress?.(`${set}: ${name} judges ${task.test.name}`),
    });
    for (const folder of set === 'nab' ? (options.published ?? []) : []) {
      results.push(await scorePublished(folder, plan.tasks));
    }
    const compared = plan.protocol === entitiesProtocol;
    sections.push({
      title: plan.title,
      metrics: plan.protocol.metrics,
      results: compared ? withForestRatio(results, forest.name) : results,
    });
  }
  return sections;
}

function falseAlarmSections(detector: Contender, options: EvaluationOptions): Section[] {
  const deviceWeeks = options.deviceWeeks ?? DEVICE_WEEKS;
  return BUDGETS_PER_WEEK.map((budgetPerWeek) => ({
    title: `${budgetPerWeek} a week allowed, ${deviceWeeks} device-weeks each, realised over allowed`,
    metrics: FALSE_ALARM_METRICS,
    results: measureFalseAlarms({
      budgetPerWeek,
      deviceWeeks,
      detector,
      forest: findDetector('forest'),
      random: seeded(options),
      progress: (name, noise, week) =>
        options.progress?.(`${budgetPerWeek} a week: ${name} on ${noise}, week ${week + 1}`),
    }),
  }));
}

function findDetector(name: string): Contender {
  const found = Object.entries(catalog).find(([key]) => key === name);
  if (found !== undefined) return { name, factory: found[1] };
  throw new UsageFault(`no detector ${name}`, {
    op: 'evaluate',
    hint: `The catalog holds ${Object.keys(catalog).join(', ')}.`,
  });
}

/** One sensor: the original's detector over window features. Many: a forest on the raw training rows. */
function controlForest({ tasks }: Plan): Contender {
  return tasks.every((task) => task.test.width === 1)
    ? findDetector('forest')
    : { name: 'raw forest', factory: createRawForestJudge };
}

/** Each stream of chance is named, so that adding one leaves the others as they were. */
function seeded({ seed = 1 }: EvaluationOptions): (stream: string) => () => number {
  return (stream) => {
    const rng = createRng(seed).fork(stream);
    return () => rng.next();
  };
}
