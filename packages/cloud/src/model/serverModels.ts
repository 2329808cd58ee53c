/** The registry, the trainings and the comparisons, put together for a server. */
import type { Clock, Log, Probe } from '@fernsight/base';
import type { Batch, BatchReply, Label } from '@fernsight/wire';
import { reply } from '../access/reply.ts';
import type { Answers } from '../http/answer.ts';
import type { Job } from '../scheduler/scheduler.ts';
import { opener } from '../stream/opener.ts';
import { modelAnswers } from './answers.ts';
import { Carriers } from './carriers.ts';
import { type ComparerCalls, ComparerClerk, type ComparerStart } from './comparer.ts';
import { Comparisons } from './comparisons.ts';
import { DriftRows } from './driftRows.ts';
import { driftJob } from './drifts.ts';
import type { InMaintenance } from './learnable.ts';
import { type MeterCalls, MeterClerk } from './meter.ts';
import { ModelRegistry } from './modelRegistry.ts';
import { Retrainings } from './retrainings.ts';
import { ServerTrials } from './serverTrials.ts';
import type { Desks } from './storedSeries.ts';
import { type TrainerCalls, TrainerClerk, type TrainerStart } from './trainer.ts';
import { Trainings } from './trainings.ts';
import { TrialRows } from './trialRows.ts';
import { type TrierCalls, TrierClerk, type TrierStart } from './trier.ts';

export interface ModelOptions {
  readonly dataDir: string;
  readonly desks: Desks;
  readonly inMaintenance: InMaintenance;
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
export async function openModels(options: ModelOptions): Promise<ServerModels> {
  const { dataDir, desks, clock, log, probe } = options;
  const models = new ModelRegistry({ dataDir, clock, probe });
  const carriers = new Carriers();
  const trainings = new Trainings({
    ...options,
    models,
    openTrainer: opener<TrainerCalls, TrainerStart>(
      new URL('./trainerThread.ts', import.meta.url),
      (start) => new TrainerClerk(start),
      options,
    ),
  });
  const comparisons = new Comparisons({
    ...options,
    models,
    openComparer: opener<ComparerCalls, ComparerStart>(
      new URL('./comparerThread.ts', import.meta.url),
      (start) => new ComparerClerk(start),
      options,
    ),
  });
  const drifts = new DriftRows(models.database);
  const drift = driftJob({
    ...options,
    models,
    rows: drifts,
    openMeter: opener<MeterCalls, null>(
      new URL('./meterThread.ts', import.meta.url),
      () => new MeterClerk(),
      options,
    ),
  });
  const trials = new ServerTrials({
    ...options,
    models,
    rows: new TrialRows(models.database),
    openTrier: opener<TrierCalls, TrierStart>(
      new URL('./trierThread.ts', import.meta.url),
      (start) => new TrierClerk(start),
      options,
    ),
  });
  await trials.refuseChanged();
  const chosen = async () => {
    trials.begin();
    await desks.writer.ask('useModels', null);
  };
  const movedCount = (sensorType: string) => drifts.movedCount(sensorType);
  const own = { models, trainings, comparisons };
  const tried = (sensorType: string, hash: string) => trials.objection(sensorType, hash);
  const retrainings = new Retrainings({ ...own, tried, movedCount, chosen, clock, log });
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
      // a training of the schedule may wait for a comparison
      await Promise.all([comparisons.close(), trainings.close()]);
      await trials.close();
      models.close();
    },
  };
}
