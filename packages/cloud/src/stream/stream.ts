/**
 * The stream of readings between ingest and worker: `publish` resolves when a parcel is durable. Embedded: the writer's
 * desk, with a bound on what is on its way. At the bound the sender is asked to come back (503), which costs nobody a
 * reading: senders keep what was not acknowledged.
 */
import { type Clock, errorMessage } from '@fernsight/base';
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

/** Hears of every parcel that became durable, in the order in which they did, and how long that took. */
export type OnStored = (parcel: Parcel, outcome: Outcome, waitMs: number) => void;

/** The setting that is written to learn whether the store takes writes. */
const TRIED = 'triedBy';

export class EmbeddedStream implements ReadingStream {
  readonly #writer: Desk<WriterCalls>;
  readonly #onStored: OnStored;
  readonly #clock: Clock;
  #failure: string | undefined;
  #trying: Promise<void> | undefined;
  #parcels = 0;
  #readings = 0;
  #refused = 0;

  constructor(writer: Desk<WriterCalls>, clock: Clock, onStored: OnStored) {
    this.#writer = writer;
    this.#clock = clock;
    this.#onStored = onStored;
  }

  /**
   * A balancer that hears of a failure sends nothing by which it could end, so the store is asked for a write then; those
   * who ask meanwhile wait for the same one.
   * @returns why the last parcel could not be stored; undefined where it could, or where one could be now
   */
  async failing(): Promise<string | undefined> {
    if (this.#failure === undefined) return undefined;
    this.#trying ??= this.#tryWrite();
    await this.#trying;
    return this.#failure;
  }

  async #tryWrite(): Promise<void> {
    try {
      await this.#writer.ask('setting', { name: TRIED, value: 'readyz' });
      this.#failure = undefined;
    } catch (error) {
      this.#failure = errorMessage(error);
    } finally {
      this.#trying = undefined;
    }
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
    const startMs = this.#clock.monotonicMs();
    try {
      const outcome = await this.#writer.ask('publish', parcel);
      this.#failure = undefined;
      for (const { row, tsUs } of outcome.moved) parcel.tsUs[row] = tsUs;
      this.#onStored(parcel, outcome, this.#clock.monotonicMs() - startMs);
      return outcome;
    } catch (error) {
      this.#failure = errorMessage(error);
      throw error;
    } finally {
      this.#parcels--;
      this.#readings -= readings;
    }
  }
}
