/**
 * The trier's desk: newest stored readings, series after series, judged by what runs and by a model on trial beside it,
 * on a thread that holds nobody up. It is the trial that an agent holds (detect/trial), over readings that are there already.
 * How long they take is not measured: on a thread that has just begun, what the engine compiles outweighs what it runs.
 */
import {
  createVerdict,
  type Decision,
  decodeModel,
  ReadingError,
  SeriesJudge,
  type SeriesOptions,
  Trial,
  type TrialSeries,
} from '@fernsight/detect';
import { type Asked, type Clerk, isCall } from '../stream/desk.ts';

export type TrierCalls = {
  /** another series */
  begin: { readonly input: null; readonly output: null };
  take: {
    readonly input: { readonly tsUs: Float64Array; readonly value: Float64Array };
    readonly output: null;
  };
  /** null where there were too few readings to say; of the busiest series */
  finish: {
    readonly input: null;
    readonly output: { readonly decision: Decision | null; readonly readings: number };
  };
};

export interface TrierStart {
  /** the bytes of the models that judges now, null is what ships, and that is tried */
  readonly running: Uint8Array | null;
  readonly candidate: Uint8Array;
  readonly budgetPerWeek: number | undefined;
}

export class TrierClerk implements Clerk<TrierCalls> {
  readonly #options: SeriesOptions;
  readonly #trial: Trial;
  readonly #running = createVerdict();
  readonly #shadow = createVerdict();
  #judge: SeriesJudge;
  #series: TrialSeries | undefined;
  #refusal: Decision | undefined;

  /** @throws ModelError */
  constructor({ running, candidate, budgetPerWeek }: TrierStart) {
    const forest = running === null ? undefined : decodeModel(running).forest;
    this.#options = { budgetPerWeek, forest };
    this.#trial = new Trial('', decodeModel(candidate));
    this.#judge = new SeriesJudge(this.#options);
  }

  async serve(asked: Asked<TrierCalls>[]): Promise<void> {
    for (const one of asked) {
      if (isCall(one, 'begin')) {
        this.#judge = new SeriesJudge(this.#options);
        this.#series = undefined;
        one.answer(null);
      }
      if (isCall(one, 'take')) {
        const { tsUs, value } = one.input;
        for (const [row, stamp] of tsUs.entries()) this.#take(stamp, value[row] ?? 0);
        one.answer(null);
      }
      if (isCall(one, 'finish')) {
        const decision = this.#refusal ?? this.#trial.decide() ?? null;
        one.answer({ decision, readings: this.#trial.readings });
      }
    }
  }

  async idle(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {}

  #take(tsUs: number, value: number): void {
    try {
      this.#judge.judge(tsUs, value, this.#running);
    } catch (error) {
      // a late reading that is stored beside its successors: it was not judged either
      if (!(error instanceof ReadingError)) throw error;
      return;
    }
    if (this.#series === undefined) {
      // from where the running judge knows the series well enough, as beside one that has run for long
      if (this.#running.stage === 'ready')
        this.#series = this.#trial.join(this.#options, this.#judge.snapshot());
      return;
    }
    this.#trial.judge(this.#series, { tsUs, value, running: this.#running }, this.#shadow);
    const decision = this.#trial.decide();
    if (decision?.take === false) this.#refusal ??= decision;
  }
}
