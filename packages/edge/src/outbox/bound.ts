/**
 * Keeps the outbox within its bytes. What happens at the bound is chosen, counted, and reaches the cloud:
 *
 * - `thin`        oldest normal stretches become a minute's min, max, mean and count; anomalies and the readings around
 *                 them stay raw in up to half of the bound, beyond it their peaks alone; then the oldest rows are dropped
 * - `drop-oldest` the oldest rows are dropped
 * - `reject`      new readings are dropped; a source that can repeat is made to wait
 *
 * A row keeps its range of numbers. Neighbours are joined only where none was ever handed to the uplink, because the
 * cloud may have applied one as it was. Rows that a restart needs to bring the detectors up to date are left alone.
 */
import {
  ANOMALY_SHARE,
  OUTBOX_LOW_SHARE,
  OUTBOX_RESERVE_BYTES,
  THINNED_BYTES_MAX,
} from '../limits.ts';
import { type Body, goneBody, numbersOf, readingsOf } from './body.ts';
import type { OutboxCounts } from './counts.ts';
import { packBody } from './packBody.ts';
import { cardOf, meets, type RowCard } from './row.ts';
import { WAITING } from './schema.ts';
import type { Statements } from './statements.ts';
import { GONE, joinBodies, PEAKS, RAW, SURROUNDED, thinBody } from './thin.ts';

export const AT_BOUND = ['thin', 'drop-oldest', 'reject'] as const;
export type AtBound = (typeof AT_BOUND)[number];

/** Rows thinned in one transaction: a few tens of milliseconds. They are dropped one at a time: no more than must go. */
const ROWS_PER_STEP = 32;

export interface BoundOptions {
  readonly bytesMax: number;
  readonly atBound: AtBound;
}

/** What the bound needs of the outbox. */
export interface Bounded {
  readonly sql: Statements;
  readonly counts: OutboxCounts;
  usedBytes(): number;
  /** rows that an exchange holds just now */
  readonly inFlight: ReadonlySet<number>;
  bodyOf(first: number): Body;
  /** runs `work` and writes the counts, in one transaction */
  change(work: () => void): void;
}

export class Bound {
  readonly #outbox: Bounded;
  readonly #options: BoundOptions;
  #closed = false;

  constructor(outbox: Bounded, options: BoundOptions) {
    this.#outbox = outbox;
    this.#options = options;
  }

  /** whether there is no room for new readings */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Brings the outbox below its bound where it is above. O(1) below it.
   * @param keepFrom index of the oldest reading that a restart needs
   */
  enforce(keepFrom: number): void {
    const high = this.#options.bytesMax - OUTBOX_RESERVE_BYTES;
    const used = this.#outbox.usedBytes();
    if (this.#closed && used < high * OUTBOX_LOW_SHARE) this.#closed = false;
    if (used < high) return;
    if (this.#options.atBound !== 'reject') this.#shrink(keepFrom);
    this.#closed = this.#outbox.usedBytes() >= high;
  }

  #shrink(keepFrom: number): void {
    const low = (this.#options.bytesMax - OUTBOX_RESERVE_BYTES) * OUTBOX_LOW_SHARE;
    for (let level = this.#nextLevel(keepFrom); level !== undefined; ) {
      this.#step(level, keepFrom);
      if (this.#outbox.usedBytes() < low) return;
      level = this.#nextLevel(keepFrom);
    }
  }

  /** What to do next: the gentlest thing for which there is a row; undefined where nothing is left. */
  #nextLevel(keepFrom: number): number | undefined {
    const { bytesMax, atBound } = this.#options;
    const has = (level: number) => this.#candidates(level - 1, keepFrom, 1).length > 0;
    if (atBound === 'thin') {
      const surrounded = Number(this.#outbox.sql.levelBytes.get(SURROUNDED)?.bytes);
      if (surrounded > bytesMax * ANOMALY_SHARE && has(PEAKS)) return PEAKS;
      if (has(SURROUNDED)) return SURROUNDED;
      if (has(PEAKS)) return PEAKS;
    }
    return has(GONE) ? GONE : undefined;
  }

  /** Brings the oldest rows to `level`, and joins each to the one before it where it may be. */
  #step(level: number, keepFrom: number): void {
    this.#outbox.change(() => {
      const limit = level === GONE ? 1 : ROWS_PER_STEP;
      for (const row of this.#candidates(level - 1, keepFrom, limit)) {
        const body = this.#outbox.bodyOf(row.first);
        const thinned = shrink(body, level);
        this.#count(body, thinned);
        this.#write(row, thinned, level);
      }
    });
  }

  #count(before: Body, after: Body): void {
    const { counts } = this.#outbox;
    const thinned = inMinutes(after) - inMinutes(before);
    const dropped = numbersOf(before) - readingsOf(before) - inMinutes(before);
    counts.thinned += thinned;
    counts.dropped += numbersOf(after) - readingsOf(after) - inMinutes(after) - dropped;
  }

  #write(row: RowCard, body: Body, level: number): void {
    const { sql } = this.#outbox;
    const before = this.#joinable(row, level);
    if (before === undefined) {
      sql.replaceBytes.run(packBody(body), level, row.first);
      return;
    }
    const joined = joinBodies(this.#outbox.bodyOf(before.first), body, before.count);
    sql.remove.run(row.first);
    sql.widen.run(
      before.count + row.count,
      Math.min(before.oldestUs, row.oldestUs),
      Math.max(before.newestUs, row.newestUs),
      before.anomalies + row.anomalies,
      packBody(joined),
      before.first,
    );
  }

  /** @returns the row before this one, where both are of one level, were never attempted, and fit together */
  #joinable(row: RowCard, level: number): RowCard | undefined {
    const found = this.#outbox.sql.rowBefore.get(row.first);
    if (found === undefined || row.state !== WAITING) return undefined;
    const before = cardOf(found);
    if (before.state !== WAITING || before.level !== level || !meets(before, row)) return undefined;
    const size = Number(this.#outbox.sql.sizeOf.get(before.first)?.bytes);
    return size < THINNED_BYTES_MAX ? before : undefined;
  }

  #candidates(levelMax: number, keepFrom: number, limit: number): RowCard[] {
    const from = Math.min(keepFrom, Number.MAX_SAFE_INTEGER);
    const { sql, inFlight } = this.#outbox;
    const rows = sql.listThinnable.all(Math.max(RAW, levelMax), from, limit + inFlight.size);
    return rows
      .map(cardOf)
      .filter((row) => !inFlight.has(row.first))
      .slice(0, limit);
  }
}

/** Rare readings take less room than their minutes would: those stay as they are, and go last. */
function shrink(body: Body, level: number): Body {
  if (level === GONE) return goneBody(body, 'dropped');
  const thinned = thinBody(body, level === PEAKS ? PEAKS : SURROUNDED);
  return packBody(thinned).length < packBody(body).length ? thinned : body;
}

function inMinutes(body: Body): number {
  return body.thinned.reduce((sum, minute) => sum + minute.count, 0);
}
