/** The registry, the trainings and the comparisons, put together for a server. */
import type { Clock, Log, Probe } from '@fernsight/base';
import type { Batch, BatchReply, Label } from '@fernsight/wire';
import { reply } from '../access/reply.ts';
import type { Answers } from '../http/answer.ts';
import type { Job } from '../scheduler/scheduler.ts';
import { InlineDesk } from '../stream/inlineDesk.ts';
import { ThreadDesk, threadFile } from '../stream/threadDesk.ts';
import { modelAnswers } from './answers.ts';
import { Carriers } from './carriers.ts';
import { type ComparerCalls, ComparerClerk, type ComparerStart } from './comparer.ts';
import { Comparisons } from './comparisons.ts';
import { DriftRows } from './driftRows.ts';
import { driftJob } from './drifts.ts';
import { type MeterCalls, MeterClerk } from './meter.ts';
import { ModelRegistry } from './modelRegistry.ts';
import { Retrainings } from './retrainings.ts';
import { ServerTrials } from './serverTrials.ts';
import type { Desks } from './storedSeries.ts';
import { type TrainerCalls, TrainerClerk } from './trainer.ts';
import { Trainings } from './trainings.ts';
import { TrialRows } from './trialRows.ts';
import { type TrierCalls, TrierClerk, type TrierStart } from './trier.ts';

export interface ModelOptions {
  readonly dataDir: string;
  readonly desks: Desks;
  readonly inMaintenance: (device: string, tsUs: number) => boolean;
  /** @returns what people said of a device's verdicts in a span, by `sensor/tsUs` */
  readonly labelsOf: (device: string, fromUs: number, toUs: number) => ReadonlyMap<string, Label>;
  readonly budgetPerWeek: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** false trains on the calling thread: for simulation and tests */
  readonly threads: boolean;
  readonly probe?: Probe | undefined;
}

export interface ServerModels {
  readonly answers: Answers;
  readonly jobs: readonly Job[];
  /** Hears what an agent runs. @returns what it should run */
  hear(batch: Pick<Batch, 'agent' | 'status'>, receivedUs: number): BatchReply['models'];
  close(): Promise<void>;
}

/** @throws StorageFault, UsageFault, SigningFault */
export function openModels(options: ModelOptions): ServerModels {
  const { dataDir, desks, clock, log, threads, probe } = options;
  const models = new ModelRegistry({ dataDir, clock, probe });
  const carriers = new Carriers();
  const file = threadFile(new URL('./trainerThread.ts', import.meta.url));
  const trainings = new Trainings({
    ...options,
    models,
    openTrainer: async (sensorType) =>
      threads
        ? ThreadDesk.start<TrainerCalls>({ file, data: { sensorType }, log })
        : new InlineDesk(new TrainerClerk({ sensorType })),
  });
  const comparerFile = threadFile(new URL('./comparerThread.ts', import.meta.url));
  const comparisons = new Comparisons({
    ...options,
    models,
    openComparer: async (data: ComparerStart) =>
      threads
        ? ThreadDesk.start<ComparerCalls>({ file: comparerFile, data, log })
        : new InlineDesk(new ComparerClerk(data)),
  });
  const meterFile = threadFile(new URL('./meterThread.ts', import.meta.url));
  const drifts = new DriftRows(models.database);
  const drift = driftJob({
    ...options,
    models,
    rows: drifts,
    openMeter: async () =>
      threads
        ? ThreadDesk.start<MeterCalls>({ file: meterFile, data: null, log })
        : new InlineDesk(new MeterClerk()),
  });
  const trierFile = threadFile(new URL('./trierThread.ts', import.meta.url));
  const trials = new ServerTrials({
    ...options,
    models,
    rows: new TrialRows(models.database),
    openTrier: async (data: TrierStart) =>
      threads
        ? ThreadDesk.start<TrierCalls>({ file: trierFile, data, log })
        : new InlineDesk(new TrierClerk(data)),
  });
  const chosen = async () => {
    trials.begin();
    await desks.writer.ask('useModels', null);
  };
  const movedCount = (sensorType: string) => drifts.movedCount(sensorType);
  const retrainings = new Retrainings({ models, trainings, movedCount, chosen, clock, log });
  return {
    jobs: [trials.job, drift, retrainings.job],
    answers: {
      ...modelAnswers(models, { trainings, comparisons }, chosen),
      ...retrainings.answers,
      drift: () => reply(200, { drifts: drifts.list() }),
      rollout: async () => {
        const use = await desks.writer.ask('modelUse', null);
        const own = { use, standing: (sensorType: string) => trials.standing(sensorType) };
        return reply(200, carriers.reply(models.wanted(), own, clock.nowUs()));
      },
    },
    hear: ({ agent, status }, reportedUs) => {
      carriers.hear(agent, { status, reportedUs });
      return models.wanted();
    },
    close: async () => {
      await trainings.close();
      await comparisons.close();
      await trials.close();
      models.close();
    },
  };
}
