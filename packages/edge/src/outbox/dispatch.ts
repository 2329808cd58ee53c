/**
 * The outbox's rows on their way to the cloud: picked for an exchange, put back, acknowledged, or set aside where the
 * cloud refuses them. Reading does not delete; a row is held by one exchange at a time.
 */
import { must, parseEpoch } from '@fernsight/base';
import { BATCH_SERIES_MAX } from '@fernsight/wire/agent';
import { LIVE_AGE_US, REFUSED_BATCHES_MAX } from '../limits.ts';
import { type Body, goneBody, readingsOf } from './body.ts';
import type { OutboxParts } from './outboxParts.ts';
import { packBody } from './packBody.ts';
import { partByAge } from './part.ts';
import { cardOf, follows, type Lane, type Parcel, type RowCard } from './row.ts';
import { ATTEMPTED, KEPT, WAITING } from './schema.ts';
import { GONE, RAW } from './thin.ts';

export class Dispatch {
  readonly #outbox: OutboxParts;
  /** rows that an exchange holds just now, by their first index */
  readonly inFlight = new Set<number>();

  constructor(outbox: OutboxParts) {
    this.#outbox = outbox;
  }

  /** @returns the oldest rows of a lane that are neither in flight nor too many, or undefined */
  pick(
    lane: Lane,
    limits: { readonly nowUs: number; readonly readingsMax: number },
  ): Parcel | undefined {
    if (this.#outbox.oldestUs() === undefined) return undefined;
    const border = limits.nowUs - LIVE_AGE_US;
    if (lane === 'live') this.#partOld(border);
    const statement = lane === 'live' ? this.#outbox.sql.pickLive : this.#outbox.sql.pickBackfill;
    const rows: RowCard[] = [];
    let count = 0;
    const bodies: Body[] = [];
    const series = new Set<string>();
    for (const row of statement.iterate(border)) {
      const card = cardOf(row);
      if (this.inFlight.has(card.first)) continue;
      const before = rows.at(-1);
      if (before !== undefined && !follows(before, card)) break;
      if (before !== undefined && count + card.count > limits.readingsMax) break;
      const body = this.#outbox.bodyOf(card.first);
      for (const run of body.series) series.add(`${run.device}/${run.sensor}/${run.ownClock}`);
      if (before !== undefined && series.size > BATCH_SERIES_MAX) break;
      rows.push(card);
      bodies.push(body);
      count += card.count;
    }
    const first = rows[0];
    if (first === undefined) return undefined;
    const epoch = parseEpoch(this.#outbox.sql.epochName.get(first.epoch)?.epoch);
    const parcel = { epoch, seqFirst: first.seq, seqCount: count, rows, bodies };
    this.#markAttempted(rows.filter((row) => row.state === WAITING));
    for (const row of rows) this.inFlight.add(row.first);
    return parcel;
  }

  /** What is old in a row that is still fresh at its end becomes a row of its own, and backfill. */
  #partOld(border: number): void {
    const { sql, bodyOf, transaction } = this.#outbox;
    for (const { first, count, epoch, seq, state } of sql.pickSpanning.all(border).map(cardOf)) {
      const parts = partByAge(bodyOf(first), count, border);
      if (parts === undefined) continue;
      transaction(() => {
        sql.remove.run(first);
        let done = 0;
        for (const part of parts) {
          const { oldestUs, newestUs, anomalyCount: marks } = part;
          const place = [first + done, part.count, epoch, seq + done] as const;
          const bytes = packBody(part.body);
          sql.putRow.run(...place, oldestUs, newestUs, marks, RAW, state, bytes);
          done += part.count;
        }
      });
    }
  }

  /** Once for each row, however often it is tried: an outage must not wear the flash. */
  #markAttempted(rows: readonly RowCard[]): void {
    if (rows.length === 0) return;
    this.#outbox.transaction(() => {
      for (const row of rows) this.#outbox.sql.setState.run(ATTEMPTED, row.first);
    });
  }

  /** Puts a parcel back: it was not sent, or may not have arrived. */
  release(parcel: Parcel): void {
    for (const row of parcel.rows) this.inFlight.delete(row.first);
  }

  /** The cloud has it. */
  acknowledge(parcel: Parcel, keepFrom: number): void {
    this.#outbox.change(() => {
      for (const [index, row] of parcel.rows.entries()) {
        const body = must(parcel.bodies[index], 'each row has a body');
        this.#outbox.counts.delivered += readingsOf(body);
        if (row.first + row.count > keepFrom) this.#outbox.sql.setState.run(KEPT, row.first);
        else this.#outbox.sql.remove.run(row.first);
      }
    });
    this.release(parcel);
  }

  /** The cloud will never take it: its bytes are kept aside, its numbers go as counts of `rejected`. One row. */
  setAside(parcel: Parcel, reason: string): void {
    const row = must(parcel.rows[0], 'a parcel has a row');
    const body = must(parcel.bodies[0], 'a row has a body');
    this.#outbox.change(() => {
      this.#outbox.sql.putRefused.run(row.first, reason, packBody(body));
      this.#outbox.sql.boundRefused.run(REFUSED_BATCHES_MAX);
      this.#outbox.counts.rejected += readingsOf(body);
      if (row.level === GONE) this.#outbox.sql.remove.run(row.first);
      else
        this.#outbox.sql.replaceBytes.run(
          GONE,
          packBody(goneBody(body, 'rejected')),
          0,
          0,
          row.first,
        );
    });
    this.release(parcel);
  }
}
