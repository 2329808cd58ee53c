/**
 * The watch: who is told of alarms and silences (incidents and what follows from them). What a parcel brings is gathered
 * and handed over a few times a second, so that no sender waits for it. What a crash loses in between is found again at
 * the next start, from the alarms that stand.
 */
import type { Clock, Log } from '@fernsight/base';
import { EDGES_WAITING_MAX, SILENCES_AT_ONCE_MAX } from '../limits.ts';
import { whenRoom } from '../store/sqlite/room.ts';
import type { AlarmEdge } from '../worker/outcome.ts';
import type { Head, Silence } from './head.ts';

export interface Watch {
  onAlarm(edges: readonly AlarmEdge[]): void;
  onSilence(silences: readonly Silence[]): void;
}

const HAND_OVER_MS = 250;

export class WatchRelay {
  readonly #watch: Watch;
  readonly #head: Pick<Head, 'takeSilences'>;
  #edges: AlarmEdge[] = [];
  readonly #silences: Silence[] = [];

  constructor(watch: Watch, head: Pick<Head, 'takeSilences'>) {
    this.#watch = watch;
    this.#head = head;
  }

  /** Takes up the edges of a parcel that became durable; at the bound they are handed over at once. */
  took(edges: readonly AlarmEdge[]): void {
    for (const edge of edges) this.#edges.push(edge);
    if (this.#edges.length >= EDGES_WAITING_MAX) this.handOver();
  }

  /** What the watch does not take (it throws) stays for the next time. */
  handOver(): void {
    if (this.#edges.length > 0) this.#watch.onAlarm(this.#edges);
    this.#edges = [];
    for (const silence of this.#head.takeSilences()) this.#silences.push(silence);
    const first = this.#silences.slice(0, SILENCES_AT_ONCE_MAX);
    if (first.length > 0) this.#watch.onSilence(first);
    this.#silences.splice(0, first.length);
  }

  async run(clock: Clock, log: Log, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(HAND_OVER_MS, signal);
      await whenRoom(() => this.handOver(), { clock, log, signal });
    }
  }
}
