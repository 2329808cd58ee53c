/** The outbox's rows as the agent handles them: without their bytes, and picked for one exchange. */
import type { SQLOutputValue } from 'node:sqlite';
import type { Epoch } from '@fernsight/base';
import type { WindowSummary } from '@fernsight/wire/agent';
import type { Body } from './body.ts';
import { RAW } from './thin.ts';

export type Lane = 'live' | 'backfill';

/** A row without its bytes. */
export interface RowCard {
  readonly first: number;
  readonly count: number;
  /** the epoch's row id */
  readonly epoch: number;
  readonly seq: number;
  readonly oldestUs: number;
  readonly newestUs: number;
  readonly anomalies: number;
  /** what is left of its readings (thin.ts); one that is not RAW is sent alone, its range as it is */
  readonly level: number;
  readonly state: number;
}

/** Rows picked for one exchange: one epoch, numbers without a hole. */
export interface Parcel {
  readonly epoch: Epoch;
  readonly seqFirst: number;
  readonly seqCount: number;
  readonly rows: readonly RowCard[];
  /** one a row */
  readonly bodies: readonly Body[];
}

/** @returns a row of the table `batches` */
export function cardOf(row: Record<string, SQLOutputValue>): RowCard {
  return {
    first: Number(row.first),
    count: Number(row.count),
    epoch: Number(row.epoch),
    seq: Number(row.seq),
    oldestUs: Number(row.oldest_us),
    newestUs: Number(row.newest_us),
    anomalies: Number(row.anomalies),
    level: Number(row.level),
    state: Number(row.state),
  };
}

/** @returns a row of the table `summaries` */
export function summaryOf(row: Record<string, SQLOutputValue>): WindowSummary {
  return {
    device: String(row.device),
    startUs: Number(row.start_us),
    endUs: Number(row.end_us),
    sampleCount: Number(row.sample_count),
    anomalyCount: Number(row.anomaly_count),
    avgScore: Number(row.avg_score),
    maxScore: Number(row.max_score),
    minScore: Number(row.min_score),
  };
}

/** @returns whether the second row's numbers come right after the first's */
export function meets(before: RowCard, card: RowCard): boolean {
  return card.epoch === before.epoch && card.seq === before.seq + before.count;
}

/** Rows that go in one request: without a hole, and thinned ones alone, so that their range never changes. */
export function follows(before: RowCard, card: RowCard): boolean {
  return meets(before, card) && card.level === RAW && before.level === RAW;
}

/** A run of readings that no row holds. */
export type Gap = Pick<RowCard, 'first' | 'count' | 'epoch' | 'seq'>;

/**
 * What stands between the rows of an outbox and after them, by its numbers. A gap that lies over the border of two
 * epochs is two; epochs of which no row is left cannot be named, and are no gaps.
 * @param cards all rows, in their order
 * @param next index of the next reading
 */
export function gapsIn(cards: readonly RowCard[], next: number): Gap[] {
  const gaps: Gap[] = [];
  let before: RowCard | undefined;
  for (const card of cards) {
    const end = before === undefined ? 0 : before.first + before.count;
    const missing = card.first - end;
    const count = before?.epoch === card.epoch ? missing : Math.min(missing, card.seq);
    if (before !== undefined) gaps.push(gapAfter(before, missing - count));
    gaps.push({ first: card.first - count, count, epoch: card.epoch, seq: card.seq - count });
    before = card;
  }
  if (before !== undefined) gaps.push(gapAfter(before, next - before.first - before.count));
  return gaps.filter(({ count }) => count > 0);
}

function gapAfter({ first, count, epoch, seq }: RowCard, missing: number): Gap {
  return { first: first + count, count: missing, epoch, seq: seq + count };
}
