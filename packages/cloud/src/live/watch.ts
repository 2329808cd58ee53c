/**
 * The watch: who is told of alarms and silences (incidents and what follows from them). What a parcel brings is gathered
 * and handed over a few times a second, so that no sender waits for it. What a crash loses in between is found again at
 * the next start, from the alarms that stand.
 */
import type { Clock } from '@fernsight/base';
import { EDGES_WAITING_MAX } from '../limits.ts';
import type { AlarmEdge } from '../worker/outcome.ts';
import type { Head, Silence } from './head.ts';

export interface Watch {
  onAlarm(edges: readonly AlarmEdge[]): void;
  onSilence(silences: readonly Silence[]): void;
}

const HAND_OVER_MS = 250;

export class WatchRelay {
  readonly #watch: Watch;
  readonly #head: Head;
  #edges: AlarmEdge[] = [];

  constructor(watch: Watch, head: Head) {
    this.#watch = watch;
    this.#head = head;
  }

  /** Takes up the edges of a parcel that became durable; at the bound they are handed over at once. */
  took(edges: readonly AlarmEdge[]): void {
    for (const edge of edges) this.#edges.push(edge);
    if (this.#edges.length >= EDGES_WAITING_MAX) this.handOver();
  }

  handOver(): void {
    const edges = this.#edges;
    this.#edges = [];
    if (edges.length > 0) this.#watch.onAlarm(edges);
    const silences = this.#head.takeSilences();
    if (silences.length > 0) this.#watch.onSilence(silences);
  }

  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(HAND_OVER_MS, signal);
      this.handOver();
    }
  }
}
