/** The meter's desk: readings, series after series, measured against what a model was trained on, on a thread of its own. */
import { Fault } from '@fernsight/base';
import {
  DriftMeter,
  decodeModel,
  driftReadings,
  ModelError,
  ReadingError,
  type SeriesDrift,
} from '@fernsight/detect';
import { type Asked, type Clerk, isCall } from '../stream/desk.ts';

export type MeterCalls = {
  /** what is measured against from now on */
  use: {
    readonly input: Uint8Array;
    readonly output: { readonly readings: number; readonly features: readonly string[] };
  };
  /** one series: its newest readings, in time order; null where they are too few to tell */
  measure: {
    readonly input: { readonly tsUs: Float64Array; readonly value: Float64Array };
    readonly output: SeriesDrift | null;
  };
};

export class MeterClerk implements Clerk<MeterCalls> {
  #meter: DriftMeter | undefined;

  async serve(asked: Asked<MeterCalls>[]): Promise<void> {
    for (const one of asked) {
      try {
        if (isCall(one, 'use')) one.answer(this.#use(one.input));
        if (isCall(one, 'measure')) one.answer(this.#measure(one.input));
      } catch (error) {
        one.refuse(error instanceof ModelError ? unusable(error) : error);
      }
    }
  }

  async idle(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {}

  #use(bytes: Uint8Array): MeterCalls['use']['output'] {
    const model = decodeModel(bytes);
    this.#meter = new DriftMeter(model);
    return { readings: driftReadings(model), features: model.features };
  }

  #measure({ tsUs, value }: MeterCalls['measure']['input']): SeriesDrift | null {
    this.#meter?.begin();
    for (let row = 0; row < tsUs.length; row++) {
      try {
        this.#meter?.take(tsUs[row] ?? 0, value[row] ?? 0);
      } catch (error) {
        // a late reading that is stored beside its successors: it was not judged either
        if (!(error instanceof ReadingError)) throw error;
      }
    }
    return this.#meter?.measure() ?? null;
  }
}

function unusable({ reason, hint }: ModelError): Fault {
  return new Fault(reason, { op: 'models.drift', hint });
}
