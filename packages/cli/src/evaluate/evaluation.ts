/**
 * `fernsight evaluate`: one set, by its own protocol, with the controls beside the detector.
 *
 * The same seed, data and version give the same report to the last digit. Sources, rules and flaws of each protocol
 * stand in docs/EVALUATION.md.
 */
import { join } from 'node:path';
import { createRng, UsageFault } from '@fernsight/base';
import { catalog, type RowJudgeFactory } from '@fernsight/detect';
import {
  CONFIGURATIONS_TRIED,
  type Contender,
  coldStartProtocol,
  createRawForestJudge,
  entitiesProtocol,
  type Metric,
  nabProtocol,
  type Protocol,
  type Result,
  runProtocol,
  skabProtocol,
  syntheticProtocol,
  type Task,
  withForestRatio,
} from '@fernsight/detect/evaluation';
import { type Entities, entityTasks, nabTasks, skabTasks, syntheticTasks } from './tasks.ts';

export const SETS = ['synthetic', 'nab', 'skab', 'smd', 'smap_msl', 'asd'] as const;
export type SetName = (typeof SETS)[number];

export interface EvaluationOptions {
  readonly set: SetName;
  /** the folder that holds the sets */
  readonly dataDir: string;
  /** a name in the catalog; default `pipeline` */
  readonly detector?: string;
  /** default 1 */
  readonly seed?: number;
  /** told what is judged next, some hundred times at most */
  readonly progress?: (line: string) => void;
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

/** The name under which the control forest stands in tables. */
const FOREST = 'forest';

interface Plan {
  readonly title: string;
  readonly tasks: readonly Task[];
  readonly protocol: Protocol;
}

/** @throws UsageFault when the folder, a file or the detector does not exist */
export async function runEvaluation(options: EvaluationOptions): Promise<EvaluationReport> {
  const { set, detector = 'pipeline', seed = 1 } = options;
  const factory = findDetector(detector);
  const sections: Section[] = [];
  for (const plan of await readPlans(set, options.dataDir)) {
    const results = runProtocol({
      tasks: plan.tasks,
      protocol: plan.protocol,
      detector: { name: detector, factory },
      forest: controlForest(plan),
      random: (task) => {
        const rng = createRng(seed).fork(task);
        return () => rng.next();
      },
      progress: (contender, task) =>
        options.progress?.(`${set}: ${contender} judges ${task.test.name}`),
    });
    sections.push({
      title: plan.title,
      metrics: plan.protocol.metrics,
      results: plan.protocol === entitiesProtocol ? withForestRatio(results, FOREST) : results,
    });
  }
  return { set, detector, seed, configurationsTried: CONFIGURATIONS_TRIED, sections };
}

function findDetector(name: string): RowJudgeFactory {
  const found = Object.entries(catalog).find(([key]) => key === name);
  if (found !== undefined) return found[1];
  throw new UsageFault(`no detector ${name}`, {
    op: 'evaluate',
    hint: `The catalog holds ${Object.keys(catalog).join(', ')}.`,
  });
}

/** One sensor: the original's detector over window features. Many: a forest on the raw training rows. */
function controlForest({ tasks }: Plan): Contender | undefined {
  if (tasks.every((task) => task.test.width > 1)) {
    return { name: FOREST, factory: createRawForestJudge };
  }
  const found = Object.entries(catalog).find(([key]) => key === FOREST);
  return found && { name: FOREST, factory: found[1] };
}

async function readPlans(set: SetName, dataDir: string): Promise<Plan[]> {
  switch (set) {
    case 'synthetic':
      return syntheticPlans(await syntheticTasks(dataDir));
    case 'nab':
      return [{ title: 'NAB', protocol: nabProtocol, tasks: await nabTasks(dataDir) }];
    case 'skab':
      return [{ title: 'SKAB', protocol: skabProtocol, tasks: await skabTasks(dataDir) }];
    case 'smd':
      return [await entityPlan(join(dataDir, 'smd'), { group: 'SMD', intervalMinutes: 1 })];
    case 'asd':
      return [await entityPlan(join(dataDir, 'asd'), { group: 'ASD', intervalMinutes: 5 })];
    case 'smap_msl': {
      const folder = join(dataDir, 'smap_msl');
      const plan = (group: string) =>
        entityPlan(folder, { group, intervalMinutes: 1, prefix: group });
      return [await plan('SMAP'), await plan('MSL')];
    }
  }
}

async function entityPlan(folder: string, entities: Entities): Promise<Plan> {
  const tasks = await entityTasks(folder, entities);
  return { title: entities.group, protocol: entitiesProtocol, tasks };
}

function syntheticPlans(tasks: readonly Task[]): Plan[] {
  const cold = tasks.map((task) => ({ ...task, train: undefined }));
  return [
    { title: 'trained on the seed before', protocol: syntheticProtocol, tasks },
    { title: 'cold start', protocol: coldStartProtocol, tasks: cold },
  ];
}
