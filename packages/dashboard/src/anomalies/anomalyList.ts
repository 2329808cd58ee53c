/**
 * A list of anomalies from the server, newest first: its first rows, older ones on request, newer ones whenever the live
 * line says that there are some. The server decides what belongs in it, so the list asks again instead of guessing. One
 * request is under way at a time, in the order of asking; only `open` ends what was asked before, which may be of another
 * filter. What is shown has no gap: it is always the newest rows, down to where the cursor stands.
 */

import type { Anomaly, Label } from '@fernsight/wire';
import type { Client } from '@fernsight/wire/client';
import { signal as createSignal } from '@preact/signals';
import { ANOMALIES_MAX, ANOMALIES_STEP } from '../limits.ts';
import { faultOf } from '../live/fault.ts';
import type { Wanted } from './anomalyFilter.ts';

export class AnomalyList {
  readonly rows = createSignal<readonly Anomaly[]>([]);
  /** whether there are older ones to ask for */
  readonly hasMore = createSignal(false);
  /** `first` until the first answer */
  readonly state = createSignal<'first' | 'ready'>('first');
  readonly fault = createSignal('');
  readonly #client: Client;
  readonly #step: number;
  #wanted: Wanted = {};
  #cursor: string | undefined;
  /** ends with the next `open`, together with all that was asked since this one */
  #opened = new AbortController();
  /** settles with what was asked last */
  #turn: Promise<void> = Promise.resolve();
  /** the refresh whose turn has not come: what it will find holds for all who ask meanwhile */
  #waiting: Promise<void> | undefined;

  constructor(client: Client, step: number = ANOMALIES_STEP) {
    this.#client = client;
    this.#step = step;
  }

  /** Starts afresh with what `wanted` says; the rows on screen stay until the answer is there. */
  open(wanted: Wanted): Promise<void> {
    this.#opened.abort();
    this.#opened = new AbortController();
    this.#wanted = wanted;
    this.#waiting = undefined;
    this.#turn = this.#ask(undefined, (rows, next) => this.#show(rows, next));
    return this.#turn;
  }

  /**
   * Fetches what is new at the top, and keeps the older rows that follow on it.
   * @param wanted the same rows in a range that has moved
   */
  refresh(wanted: Wanted = this.#wanted): Promise<void> {
    this.#wanted = wanted;
    this.#waiting ??= this.#inTurn(() => {
      this.#waiting = undefined;
      return this.#ask(undefined, (rows, next) => {
        const held = this.rows.peek();
        const shown = new Set(rows.map(anomalyKey));
        const follows = held.some((row) => shown.has(anomalyKey(row)));
        // without a common row nobody knows what lies between; without a next page these are all
        if (!follows || next === undefined) this.#show(rows, next);
        else this.#show([...rows, ...olderOf(held, rows, this.#wanted.fromUs)], this.#cursor);
      });
    });
    return this.#waiting;
  }

  more(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#cursor === undefined) return;
      await this.#ask(this.#cursor, (rows, next) => {
        const held = this.rows.peek();
        this.#show([...held, ...olderOf(rows, held)], next);
      });
    });
  }

  /** Somebody said what it was: shown at once, wherever in the list it stands. */
  label(said: Anomaly, label: Label): void {
    const key = anomalyKey(said);
    this.rows.value = this.rows
      .peek()
      .map((row) => (anomalyKey(row) === key ? { ...row, label } : row));
  }

  close(): void {
    this.#opened.abort();
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const { signal } = this.#opened;
    const run = async () => {
      if (!signal.aborted) await step();
    };
    this.#turn = this.#turn.then(run, run);
    return this.#turn;
  }

  #show(rows: readonly Anomaly[], next: string | undefined): void {
    this.rows.value = rows.slice(0, ANOMALIES_MAX);
    this.#cursor = rows.length < ANOMALIES_MAX ? next : undefined;
    this.hasMore.value = this.#cursor !== undefined;
  }

  async #ask(
    cursor: string | undefined,
    accept: (rows: readonly Anomaly[], next: string | undefined) => void,
  ): Promise<void> {
    const { signal } = this.#opened;
    const query = {
      ...this.#wanted,
      limit: this.#step,
      ...(cursor === undefined ? {} : { cursor }),
    };
    try {
      const ask = (from: object) =>
        this.#client.call('anomalies', { query: { ...query, ...from }, signal });
      let reply = await ask({});
      // of what is rare a page may be empty although there is more
      while (reply.anomalies.length === 0 && reply.next !== undefined)
        reply = await ask({ cursor: reply.next });
      if (signal.aborted) return;
      accept(reply.anomalies, reply.next);
      this.fault.value = '';
      this.state.value = 'ready';
    } catch (error) {
      if (!signal.aborted) this.fault.value = faultOf(error);
    }
  }
}

/** @returns those of `rows` that come after all of `newer`, from a time on. O(rows) */
function olderOf(
  rows: readonly Anomaly[],
  newer: readonly Anomaly[],
  fromUs = Number.NEGATIVE_INFINITY,
): readonly Anomaly[] {
  const seen = new Set(newer.map(anomalyKey));
  const endUs = newer.at(-1)?.tsUs ?? Number.POSITIVE_INFINITY;
  return rows.filter((row) => {
    const isOlder = row.tsUs <= endUs && !seen.has(anomalyKey(row));
    return isOlder && row.tsUs >= fromUs;
  });
}

export function anomalyKey({ device, sensor, tsUs }: Anomaly): string {
  return `${device}/${sensor}/${tsUs}`;
}
