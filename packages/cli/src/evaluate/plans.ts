/** Which tasks and which protocol a set stands for. Rules, sources and flaws: docs/EVALUATION.md. */
import { join } from 'node:path';
import {
  coldStartProtocol,
  entitiesProtocol,
  nabProtocol,
  type Protocol,
  skabProtocol,
  syntheticProtocol,
  type Task,
} from '@fernsight/detect/evaluation';
import { type Entities, entityTasks, nabTasks, skabTasks, syntheticTasks } from './tasks.ts';

export type LabelledSet = 'synthetic' | 'nab' | 'skab' | 'smd' | 'smap_msl' | 'asd';

/** One table of an evaluation. */
export interface Plan {
  readonly title: string;
  readonly tasks: readonly Task[];
  readonly protocol: Protocol;
}

/** @throws UsageFault when the folder or a file is missing or damaged */
export async function readPlans(set: LabelledSet, dataDir: string): Promise<Plan[]> {
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
