/**
 * The server tries a model before it judges the series that the server judges: on their newest stored readings, so that
 * a bad one never judges. What is refused leaves what ran, and the reason with who runs what. Where there are too few
 * readings yet, what ran goes on, and the job tries again.
 */
import { type Clock, errorMessage, Fault, type Log } from '@fernsight/base';
import { TRIAL_READINGS } from '@fernsight/detect';
import type { Carrier } from '@fernsight/wire';
import type { Job } from '../scheduler/scheduler.ts';
import type { RawRows } from '../store/chunk.ts';
import type { Desk } from '../stream/desk.ts';
import { type InMaintenance, triable } from './learnable.ts';
import { TRIED_READINGS, TRIED_SERIES_MAX, TRIED_US } from './limits.ts';
import { CHANGED } from './modelHash.ts';
import type { ModelRegistry } from './modelRegistry.ts';
import { type Desks, newestOf, type StoredSeries, seriesOf } from './storedSeries.ts';
import type { TrialRows, Untried } from './trialRows.ts';
import type { TrierCalls, TrierStart } from './trier.ts';

export interface ServerTrialsOptions {
  readonly models: ModelRegistry;
  readonly rows: TrialRows;
  readonly desks: Desks;
  readonly openTrier: (start: TrierStart) => Promise<Desk<TrierCalls>>;
  readonly inMaintenance: InMaintenance;
  readonly budgetPerWeek: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export class ServerTrials {
  readonly job: Job;
  readonly #options: ServerTrialsOptions;
  /** readings so far, of those that are not decided */
  readonly #readings = new Map<string, number>();
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ServerTrialsOptions) {
    this.#options = options;
    this.job = { name: 'trial', times: '30 */5 * * * *', run: () => this.#start() };
  }

  /** Something was chosen: it is tried in the background. */
  begin(): void {
    this.#start().catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      this.#options.log.warn('a model cannot be tried', { reason: errorMessage(error) });
    });
  }

  /** Tries a model that nobody chose. @returns why it would be refused, or undefined where it would not, or too little is stored to tell */
  async objection(sensorType: string, hash: string): Promise<string | undefined> {
    const { models, desks } = this.#options;
    const candidate = models.bytes(hash);
    if (candidate === undefined) return CHANGED;
    const own = await seriesOf(sensorType, desks, 'cloud');
    const { decision } = await this.#judge(sensorType, candidate, own.slice(0, TRIED_SERIES_MAX));
    return decision === null || decision.take ? undefined : decision.reason;
  }

  /** Refuses each model whose bytes in the registry's file are others; what was chosen before it judges. */
  async refuseChanged(): Promise<void> {
    const { models, rows, desks, clock, log } = this.#options;
    const changed = models.changed();
    for (const hash of changed) {
      rows.decide(hash, CHANGED, clock.nowUs());
      log.error('the server refuses a model that was changed in its file', { hash });
    }
    if (changed.length > 0) await desks.writer.ask('useModels', null);
  }

  /** @returns how the server stands to what is chosen for a type */
  standing(sensorType: string): Pick<Carrier, 'trial' | 'refused'> {
    const { rows } = this.#options;
    const untried = rows.untried().find((one) => one.sensorType === sensorType);
    const readings = untried === undefined ? undefined : this.#readings.get(untried.hash);
    return {
      trial:
        untried === undefined || readings === undefined
          ? null
          : { hash: untried.hash, readings, of: TRIAL_READINGS },
      refused: rows.refusal(sensorType),
    };
  }

  /** A trial that is running is given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  /** One round at a time; what is asked meanwhile gets one of its own. */
  #start(): Promise<string> {
    const round = this.#last.then(() => this.#round());
    this.#last = round.then(
      () => undefined,
      () => undefined,
    );
    return round;
  }

  async #round(): Promise<string> {
    const { rows } = this.#options;
    const counts = { taken: 0, refused: 0, waiting: 0 };
    const tried = new Set<string>();
    for (;;) {
      const next = rows.untried().find(({ hash }) => !tried.has(hash));
      if (next === undefined || this.#isClosed) break;
      tried.add(next.hash);
      counts[await this.#try(next)]++;
    }
    const { taken, refused, waiting } = counts;
    return `${taken} taken, ${refused} refused, ${waiting} wait for readings`;
  }

  async #try(one: Untried): Promise<'taken' | 'refused' | 'waiting'> {
    const { models, rows, desks, clock, log } = this.#options;
    const { sensorType, hash } = one;
    const candidate = models.bytes(hash);
    if (candidate === undefined) {
      await this.refuseChanged();
      return 'refused';
    }
    const own = await seriesOf(sensorType, desks, 'cloud');
    if (own.length === 0) return 'waiting';
    const series = own.slice(0, TRIED_SERIES_MAX);
    const { decision, readings } = await this.#judge(sensorType, candidate, series);
    if (decision === null) {
      this.#readings.set(hash, readings);
      return 'waiting';
    }
    this.#readings.delete(hash);
    const reason = decision.take ? null : decision.reason;
    rows.decide(hash, reason, clock.nowUs());
    await desks.writer.ask('useModels', null);
    if (reason === null) log.info('the server takes a model', { sensorType, hash });
    else log.warn('the server refuses a model', { sensorType, hash, reason });
    return reason === null ? 'taken' : 'refused';
  }

  async #judge(
    sensorType: string,
    candidate: Uint8Array,
    series: readonly StoredSeries[],
  ): Promise<TrierCalls['finish']['output']> {
    const { models, rows, openTrier, budgetPerWeek } = this.#options;
    const running = rows.judging(sensorType);
    const trier = await openTrier({
      running: (running === null ? undefined : models.bytes(running)) ?? null,
      candidate,
      budgetPerWeek,
    });
    try {
      for (const one of series) {
        if (this.#isClosed) break;
        await trier.ask('begin', null);
        await trier.ask('take', await this.#newest(one));
      }
      if (this.#isClosed) return { decision: null, readings: 0 };
      return await trier.ask('finish', null);
    } finally {
      await trier.close();
    }
  }

  #newest(series: StoredSeries): Promise<TrierCalls['take']['input']> {
    const { desks, inMaintenance, clock } = this.#options;
    const toUs = clock.nowUs();
    const span = { fromUs: toUs - TRIED_US, toUs, count: TRIED_READINGS };
    const keep = (rows: RawRows) => triable(series.device, rows, inMaintenance);
    return newestOf(series, span, { desks, keep });
  }
}
