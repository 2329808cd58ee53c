/**
 * A list of anomalies from the server, newest first: its first rows, older ones on request, newer ones whenever the live
 * line says that there are some. The server decides what belongs in it, so the list asks again instead of guessing.
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
  #asked = new AbortController();

  constructor(client: Client, step: number = ANOMALIES_STEP) {
    this.#client = client;
    this.#step = step;
  }

  /** Starts afresh with what `wanted` says; the rows on screen stay until the answer is there. */
  async open(wanted: Wanted): Promise<void> {
    this.#wanted = wanted;
    await this.#ask(undefined, (rows, next) => {
      this.#cursor = next;
      this.rows.value = rows;
    });
  }

  /** Fetches what is new at the top. */
  async refresh(): Promise<void> {
    await this.#ask(undefined, (rows, next) => {
      const isFirst = this.rows.peek().length === 0;
      if (isFirst) this.#cursor = next;
      this.rows.value = mergeNewest(rows, this.rows.peek());
    });
  }

  async more(): Promise<void> {
    if (this.#cursor === undefined) return;
    await this.#ask(this.#cursor, (rows, next) => {
      this.#cursor = next;
      this.rows.value = mergeNewest(this.rows.peek(), rows);
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
    this.#asked.abort();
  }

  async #ask(
    cursor: string | undefined,
    accept: (rows: readonly Anomaly[], next: string | undefined) => void,
  ): Promise<void> {
    this.#asked.abort();
    const asked = new AbortController();
    this.#asked = asked;
    const query = {
      ...this.#wanted,
      limit: this.#step,
      ...(cursor === undefined ? {} : { cursor }),
    };
    try {
      const ask = (from: object) =>
        this.#client.call('anomalies', { query: { ...query, ...from }, signal: asked.signal });
      let reply = await ask({});
      // of what is rare a page may be empty although there is more
      while (reply.anomalies.length === 0 && reply.next !== undefined)
        reply = await ask({ cursor: reply.next });
      if (asked.signal.aborted) return;
      accept(reply.anomalies, reply.next);
      this.hasMore.value = this.#cursor !== undefined && this.rows.peek().length < ANOMALIES_MAX;
      this.fault.value = '';
      this.state.value = 'ready';
    } catch (error) {
      if (!asked.signal.aborted) this.fault.value = faultOf(error);
    }
  }
}

/** @returns both without repeats, in the order newer, older. O(rows) */
function mergeNewest(newer: readonly Anomaly[], older: readonly Anomaly[]): Anomaly[] {
  const seen = new Set(newer.map(anomalyKey));
  return [...newer, ...older.filter((row) => !seen.has(anomalyKey(row)))].slice(0, ANOMALIES_MAX);
}

export function anomalyKey({ device, sensor, tsUs }: Anomaly): string {
  return `${device}/${sensor}/${tsUs}`;
}
