/**
 * What one chart shows: a stretch of the series' history at the resolution that fits, and the readings that came live
 * since. A new stretch is asked for while the old one stays on screen; of answers that cross, the last asked for wins.
 * The last hour of a series is kept on the shelf and shown at once after a reload.
 */

import type { HistoryReply, LatestPoint } from '@fernsight/wire';
import type { Client } from '@fernsight/wire/client';
import { signal as createSignal } from '@preact/signals';
import { TAIL_MAX } from '../limits.ts';
import { faultOf } from '../live/fault.ts';
import type { Shelf } from '../live/shelf.ts';
import type { Turns } from '../live/turns.ts';
import { type Columns, joinColumns } from './columns.ts';

export interface Stretch {
  readonly fromUs: number;
  readonly toUs: number;
  /** at most so many points: what the chart has pixels for */
  readonly points: number;
}

export interface HistoryParts {
  readonly client: Client;
  readonly shelf: Shelf;
  readonly turns: Turns;
}

export class SeriesHistory {
  readonly columns = createSignal<Columns>(joinColumns(undefined, []));
  /** why nothing newer could be had; empty while all is well */
  readonly fault = createSignal('');
  readonly isLoading = createSignal(false);
  readonly #parts: HistoryParts;
  readonly #device: string;
  readonly #sensor: string;
  #reply: HistoryReply | undefined;
  #tail: LatestPoint[] = [];
  #asked = new AbortController();

  constructor(parts: HistoryParts, device: string, sensor: string) {
    this.#parts = parts;
    this.#device = device;
    this.#sensor = sensor;
    const kept = parts.shelf.get(this.#shelfKey);
    if (isHistory(kept)) this.#show(kept);
  }

  /** @param keep whether the answer goes on the shelf */
  async load({ fromUs, toUs, points }: Stretch, keep: boolean): Promise<void> {
    this.#asked.abort();
    const asked = new AbortController();
    this.#asked = asked;
    this.isLoading.value = true;
    try {
      const query = { device: this.#device, sensor: this.#sensor, fromUs, toUs, points };
      const reply = await this.#parts.turns.take(asked.signal, () =>
        this.#parts.client.call('history', { query, signal: asked.signal }),
      );
      if (asked.signal.aborted) return;
      this.fault.value = '';
      this.#show(reply);
      if (keep) this.#parts.shelf.put(this.#shelfKey, rounded(reply));
    } catch (error) {
      if (!asked.signal.aborted) this.fault.value = faultOf(error);
    } finally {
      if (this.#asked === asked) this.isLoading.value = false;
    }
  }

  append(point: LatestPoint): void {
    this.#tail.push(point);
    if (this.#tail.length > TAIL_MAX) this.#tail = this.#tail.slice(-TAIL_MAX / 2);
    this.columns.value = joinColumns(this.#reply, this.#tail);
  }

  close(): void {
    this.#asked.abort();
  }

  #show(reply: HistoryReply): void {
    this.#reply = reply;
    const endUs = reply.tsUs.at(-1) ?? 0;
    this.#tail = this.#tail.filter(({ tsUs }) => tsUs > endUs);
    this.columns.value = joinColumns(reply, this.#tail);
  }

  get #shelfKey(): string {
    return `history/${this.#device}/${this.#sensor}`;
  }
}

/** Six digits are more than a chart shows, and half of the characters. */
function rounded(reply: HistoryReply): HistoryReply {
  const round = <T extends number | null>(column: readonly T[]) =>
    column.map((value) => (value === null ? value : Number(value.toPrecision(6))));
  return {
    ...reply,
    min: round(reply.min).map(Number),
    mean: round(reply.mean).map(Number),
    max: round(reply.max).map(Number),
    score: round(reply.score),
    lower: round(reply.lower),
    upper: round(reply.upper),
  };
}

const COLUMN_NAMES = [
  'tsUs',
  'min',
  'mean',
  'max',
  'count',
  'score',
  'anomalies',
  'lower',
  'upper',
];

function isHistory(value: unknown): value is HistoryReply {
  if (typeof value !== 'object' || value === null) return false;
  const columns = COLUMN_NAMES.map((name) => Reflect.get(value, name));
  return columns.every((column) => Array.isArray(column) && column.length === columns[0].length);
}
