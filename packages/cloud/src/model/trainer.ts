/** The trainer's desk: readings, series after series, become a model, on a thread that holds nobody up. */
import { createRng } from '@fernsight/base';
import { encodeModel, ModelError, ReadingError, Training } from '@fernsight/detect';
import { type Asked, type Clerk, isCall } from '../stream/desk.ts';
import { TrainingFault } from './trainingFault.ts';

export type TrainerCalls = {
  begin: { readonly input: null; readonly output: null };
  take: {
    readonly input: { readonly tsUs: Float64Array; readonly value: Float64Array };
    readonly output: null;
  };
  /** the model's bytes */
  finish: { readonly input: null; readonly output: Uint8Array };
};

export interface TrainerStart {
  readonly sensorType: string;
}

export class TrainerClerk implements Clerk<TrainerCalls> {
  readonly #training: Training;

  /** The same readings in the same order give the same model. */
  constructor({ sensorType }: TrainerStart) {
    const rng = createRng(`train/${sensorType}`);
    this.#training = new Training({ sensorType, random: () => rng.next() });
  }

  async serve(asked: Asked<TrainerCalls>[]): Promise<void> {
    for (const one of asked) {
      try {
        if (isCall(one, 'begin')) {
          this.#training.begin();
          one.answer(null);
        }
        if (isCall(one, 'take')) {
          this.#take(one.input);
          one.answer(null);
        }
        if (isCall(one, 'finish')) one.answer(encodeModel(this.#training.finish()));
      } catch (error) {
        one.refuse(error instanceof ModelError ? new TrainingFault(error) : error);
      }
    }
  }

  async idle(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {}

  #take({ tsUs, value }: TrainerCalls['take']['input']): void {
    for (let row = 0; row < tsUs.length; row++) {
      try {
        this.#training.take(tsUs[row] ?? 0, value[row] ?? 0);
      } catch (error) {
        // a late reading that is stored beside its successors: it was not judged either
        if (!(error instanceof ReadingError)) throw error;
      }
    }
  }
}
