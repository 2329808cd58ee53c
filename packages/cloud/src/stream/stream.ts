/**
 * The stream of readings between ingest and worker: `publish` resolves when a parcel is durable. Embedded: the writer's
 * desk, with a bound on what is on its way. At the bound the sender is asked to come back (503), which costs nobody a
 * reading: senders keep what was not acknowledged.
 */
import type { Parcel } from '../ingest/parcel.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { IN_FLIGHT_PARCELS_MAX, IN_FLIGHT_READINGS_MAX, RETRY_AFTER_SECONDS } from '../limits.ts';
import type { Outcome } from '../worker/outcome.ts';
import type { Desk } from './desk.ts';
import type { WriterCalls } from './writer.ts';

export interface ReadingStream {
  /** @throws RequestFault (503) at the bound, StorageFault where the store cannot write */
  publish(parcel: Parcel): Promise<Outcome>;
}

/** Hears of every parcel that became durable, in the order in which they did. */
export type OnStored = (parcel: Parcel, outcome: Outcome) => void;

export class EmbeddedStream implements ReadingStream {
  readonly #writer: Desk<WriterCalls>;
  readonly #onStored: OnStored;
  #parcels = 0;
  #readings = 0;
  #refused = 0;

  constructor(writer: Desk<WriterCalls>, onStored: OnStored) {
    this.#writer = writer;
    this.#onStored = onStored;
  }

  /** parcels and readings on their way, and parcels refused at the bound so far */
  depth(): { readonly parcels: number; readonly readings: number; readonly refused: number } {
    return { parcels: this.#parcels, readings: this.#readings, refused: this.#refused };
  }

  async publish(parcel: Parcel): Promise<Outcome> {
    const readings = parcel.tsUs.length;
    if (this.#parcels >= IN_FLIGHT_PARCELS_MAX || this.#readings >= IN_FLIGHT_READINGS_MAX) {
      this.#refused++;
      throw new RequestFault(503, 'more readings are on their way than the store can take', {
        hint: 'send it again a little later',
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      });
    }
    this.#parcels++;
    this.#readings += readings;
    try {
      const outcome = await this.#writer.ask('publish', parcel);
      this.#onStored(parcel, outcome);
      return outcome;
    } finally {
      this.#parcels--;
      this.#readings -= readings;
    }
  }
}
