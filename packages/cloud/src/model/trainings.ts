/**
 * Trainings: one at a time, in the background, on a thread of its own. What was marked anomalous and what was taken
 * during maintenance is left out. The model joins the registry and is chosen for nothing until somebody does.
 */
import { type Clock, Fault, faultWords, type Log } from '@fernsight/base';
import type { TrainingRun, TrainModel } from '@fernsight/wire';
import type { Desk } from '../stream/desk.ts';
import { type InMaintenance, learnable } from './learnable.ts';
import { TRAINING_US, TRAININGS_MAX } from './limits.ts';
import type { ModelRegistry } from './modelRegistry.ts';
import { type Desks, rowsOf, seriesOf } from './storedSeries.ts';
import type { TrainerCalls, TrainerStart } from './trainer.ts';

export interface TrainingsOptions {
  readonly models: ModelRegistry;
  readonly desks: Desks;
  readonly openTrainer: (start: TrainerStart) => Promise<Desk<TrainerCalls>>;
  readonly inMaintenance: InMaintenance;
  readonly clock: Clock;
  readonly log: Log;
}

export interface TrainingStart {
  readonly sensorType: string;
  readonly startedBy: string;
  readonly span: TrainModel;
  /** hears of the model before the training counts as done */
  readonly done?: ((hash: string) => Promise<void>) | undefined;
}

interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

type Run = { -readonly [Key in keyof TrainingRun]: TrainingRun[Key] };

export class Trainings {
  readonly #options: TrainingsOptions;
  readonly #runs: Run[] = [];
  #lastId = 0;
  #work: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: TrainingsOptions) {
    this.#options = options;
  }

  /** @returns newest first */
  list(): TrainingRun[] {
    return this.#runs.map((run) => ({ ...run }));
  }

  /** @returns the training that has begun; undefined where one is running already */
  start({ sensorType, startedBy, span, done }: TrainingStart): TrainingRun | undefined {
    if (this.#work !== undefined || this.#isClosed) return undefined;
    const startedUs = this.#options.clock.nowUs();
    const counts = { seriesCount: 0, seriesDone: 0, readingCount: 0, excludedCount: 0 };
    const result = { state: 'running', hash: null, error: null } as const;
    const run: Run = { id: ++this.#lastId, sensorType, startedUs, startedBy, ...counts, ...result };
    this.#runs.unshift(run);
    this.#runs.splice(TRAININGS_MAX);
    this.#work = this.#train(run, span, done).finally(() => {
      this.#work = undefined;
    });
    return { ...run };
  }

  /** A training that is running is given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
  }

  async #train(
    run: Run,
    { fromUs, toUs = run.startedUs }: TrainModel,
    done: TrainingStart['done'],
  ): Promise<void> {
    try {
      const hash = await this.#modelOf(run, { fromUs: fromUs ?? toUs - TRAINING_US, toUs });
      await done?.(hash);
      run.hash = hash;
      run.state = 'done';
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      run.error = faultWords(error);
      run.state = 'failed';
    }
    const { sensorType, state } = run;
    this.#options.log.info('a training has ended', { sensorType, state });
  }

  async #modelOf(run: Run, span: Span): Promise<string> {
    const { models, openTrainer } = this.#options;
    const trainer = await openTrainer({ sensorType: run.sensorType });
    try {
      await this.#feed(run, span, trainer);
      const model = models.add(await trainer.ask('finish', null), run.startedBy);
      if (model === undefined) throw new Fault('the registry is full', { op: 'models.train' });
      return model.hash;
    } finally {
      await trainer.close();
    }
  }

  async #feed(run: Run, span: Span, trainer: Desk<TrainerCalls>): Promise<void> {
    const { desks } = this.#options;
    const series = await seriesOf(run.sensorType, desks);
    run.seriesCount = series.length;
    for (const one of series) {
      await trainer.ask('begin', null);
      for await (const rows of rowsOf(one, span, desks)) {
        if (this.#isClosed) throw new Fault('the server has stopped', { op: 'models.train' });
        const kept = learnable(one.device, rows, this.#options.inMaintenance);
        run.readingCount += kept.tsUs.length;
        run.excludedCount += rows.tsUs.length - kept.tsUs.length;
        await trainer.ask('take', kept);
      }
      run.seriesDone++;
    }
  }
}
