/** Closed window summaries that wait for the cloud. Beyond the bound the oldest go: they say nothing that readings do not. */
import type { WindowSummary } from '@fernsight/wire/agent';
import { SUMMARIES_SHARE, SUMMARIES_WAITING_MAX, SUMMARY_BYTES } from '../limits.ts';
import type { OutboxParts } from './outboxParts.ts';
import { summaryOf } from './row.ts';

export class SummaryQueue {
  readonly #outbox: OutboxParts;
  readonly #max: number;
  /** how many there are, as long as nothing was changed since it was asked */
  #count: number | undefined;

  /** @param bytesMax of the outbox, of which the queue takes a share at most */
  constructor(outbox: OutboxParts, bytesMax: number) {
    this.#outbox = outbox;
    const room = (bytesMax * SUMMARIES_SHARE) / SUMMARY_BYTES;
    this.#max = Math.floor(Math.min(SUMMARIES_WAITING_MAX, room));
  }

  get count(): number {
    this.#count ??= Number(this.#outbox.sql.countSummaries.get()?.count);
    return this.#count;
  }

  /** Inside a transaction. @returns how many went for want of room */
  put(summaries: Iterable<WindowSummary>): number {
    const { sql } = this.#outbox;
    let some = false;
    for (const { device, startUs, endUs, sampleCount, anomalyCount, ...scores } of summaries) {
      const counts = [startUs, endUs, sampleCount, anomalyCount];
      const { avgScore, maxScore, minScore } = scores;
      this.#count = undefined;
      sql.putSummary.run(device, ...counts, avgScore, maxScore, minScore);
      some = true;
    }
    return some ? Number(sql.boundSummaries.run(this.#max).changes) : 0;
  }

  /** @returns the oldest */
  oldest(limit: number): WindowSummary[] {
    if (this.count === 0) return [];
    return this.#outbox.sql.listSummaries.all(limit).map(summaryOf);
  }

  forget(summaries: readonly WindowSummary[]): void {
    if (summaries.length === 0) return;
    const { sql } = this.#outbox;
    this.#count = undefined;
    this.#outbox.transaction(() => {
      for (const { device, startUs } of summaries) sql.forgetSummary.run(device, startUs);
    });
  }
}
