/**
 * What one chart shows: a stretch of the series' history at the resolution that fits, and the readings of that stretch
 * that came live since, each in its place, also where it comes late. A new stretch is asked for while the old one stays
 * on screen; of answers that cross, the last asked for wins. The last hour of a series is kept on the shelf and shown at
 * once after a reload.
 */

import type { HistoryReply, LatestPoint } from '@fernsight/wire';
import type { Client } from '@fernsight/wire/client';
import { signal as createSignal } from '@preact/signals';
import { TAIL_MAX } from '../limits.ts';
import { faultOf } from '../live/fault.ts';
import type { Shelf } from '../live/shelf.ts';
import type { Turns } from '../live/turns.ts';
import { type Columns, joinColumns } from './columns.ts';
import type { Holes } from './holes.ts';

export interface Stretch {
  readonly fromUs: number;
  readonly toUs: number;
  /** at most so many points: what the chart has pixels for */
  readonly points: number;
  /** it moves on with the clock: readings after its end are of it too */
  readonly isLive: boolean;
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
  /** where the server holds readings that it cannot read */
  readonly holes = createSignal<Holes>([]);
  readonly #parts: HistoryParts;
  readonly #device: string;
  readonly #sensor: string;
  #reply: HistoryReply | undefined;
  #stretch: Stretch | undefined;
  /** in time order, a moment once */
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
  async load(stretch: Stretch, keep: boolean): Promise<void> {
    const { fromUs, toUs, points } = stretch;
    this.#asked.abort();
    this.#stretch = stretch;
    const before = new Set(this.#tail);
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
      const endUs = reply.tsUs.at(-1) ?? 0;
      // what came while the answer was under way may not be in it
      this.#tail = this.#tail.filter((point) => point.tsUs > endUs || !before.has(point));
      this.#show(reply);
      if (keep) this.#parts.shelf.put(this.#shelfKey, rounded(reply));
    } catch (error) {
      if (!asked.signal.aborted) this.fault.value = faultOf(error);
    } finally {
      if (this.#asked === asked) this.isLoading.value = false;
    }
  }

  append(points: readonly LatestPoint[]): void {
    const own = points.filter(({ tsUs }) => this.#spans(tsUs));
    if (own.length === 0) return;
    for (const point of own) insert(this.#tail, point);
    if (this.#tail.length > TAIL_MAX) this.#tail = this.#tail.slice(-TAIL_MAX / 2);
    this.columns.value = joinColumns(this.#reply, this.#tail);
  }

  close(): void {
    this.#asked.abort();
  }

  #show(reply: HistoryReply): void {
    this.#reply = reply;
    this.holes.value = reply.unreadable ?? [];
    this.#tail = this.#tail.filter(({ tsUs }) => this.#spans(tsUs));
    this.columns.value = joinColumns(reply, this.#tail);
  }

  #spans(tsUs: number): boolean {
    if (this.#stretch === undefined) return true;
    const { fromUs, toUs, isLive } = this.#stretch;
    return tsUs >= fromUs && (isLive || tsUs <= toUs);
  }

  get #shelfKey(): string {
    return `history/${this.#device}/${this.#sensor}`;
  }
}

/** Most readings come in order: the place is sought from the end. */
function insert(tail: LatestPoint[], point: LatestPoint): void {
  let at = tail.length;
  while (at > 0 && (tail[at - 1]?.tsUs ?? 0) >= point.tsUs) at--;
  tail.splice(at, tail[at]?.tsUs === point.tsUs ? 1 : 0, point);
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
