/**
 * Keeps the outbox within its bytes. What happens at the bound is chosen, counted, and reaches the cloud:
 *
 * - `thin`        oldest normal stretches become a minute's min, max, mean and count; anomalies and the readings around
 *                 them stay raw. Anomalies have half of the bound for themselves: beyond it the oldest keep their peaks
 *                 alone, then go; within it none goes for the sake of minutes, of which the oldest are dropped
 * - `drop-oldest` the oldest rows are dropped
 * - `reject`      new readings are dropped; a source that can repeat is made to wait
 *
 * A row keeps its range of numbers. Neighbours are joined only where none was ever handed to the uplink, because the
 * cloud may have applied one as it was. Rows that a restart needs to bring the detectors up to date are left alone.
 */
import { unreachable } from '@fernsight/base';
import {
  ANOMALY_SHARE,
  OUTBOX_LOW_SHARE,
  OUTBOX_RESERVE_BYTES,
  THINNED_BYTES_MAX,
} from '../limits.ts';
import { type Body, goneBody, numbersOf, readingsOf } from './body.ts';
import type { OutboxParts } from './outboxParts.ts';
import { packBody } from './packBody.ts';
import { cardOf, meets, type RowCard } from './row.ts';
import { WAITING } from './schema.ts';
import { GONE, joinBodies, PEAKS, RAW, SURROUNDED, thinBody } from './thin.ts';

export const AT_BOUND = ['thin', 'drop-oldest', 'reject'] as const;
export type AtBound = (typeof AT_BOUND)[number];

/** What can be done to a row: its normal readings, its minutes, all but its peaks, or all of it go. */
type Step = 'thin' | 'dropMinutes' | 'keepPeaks' | 'drop';

/** Rows of one transaction: a few tens of milliseconds. What loses something is done a row at a time: no more than must. */
const ROWS_PER_STEP: Readonly<Record<Step, number>> = {
  thin: 32,
  dropMinutes: 1,
  keepPeaks: 1,
  drop: 1,
};

export interface BoundOptions {
  readonly bytesMax: number;
  readonly atBound: AtBound;
}

export class Bound {
  readonly #outbox: OutboxParts;
  readonly #inFlight: ReadonlySet<number>;
  readonly #options: BoundOptions;
  #closed = false;

  /** @param inFlight rows that an exchange holds just now: they are left alone */
  constructor(outbox: OutboxParts, inFlight: ReadonlySet<number>, options: BoundOptions) {
    this.#outbox = outbox;
    this.#inFlight = inFlight;
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

  /** Thinning makes room for a while; what loses something stops as soon as there is room. */
  #shrink(keepFrom: number): void {
    const high = this.#options.bytesMax - OUTBOX_RESERVE_BYTES;
    const low = high * OUTBOX_LOW_SHARE;
    for (;;) {
      const step = this.#steps().find((one) => this.#candidates(one, keepFrom, 1).length > 0);
      const used = this.#outbox.usedBytes();
      if (step === undefined || used < (step === 'thin' ? low : high)) return;
      this.#take(step, keepFrom);
    }
  }

  /** What to try next, in this order. */
  #steps(): readonly Step[] {
    const { bytesMax, atBound } = this.#options;
    if (atBound !== 'thin') return ['drop'];
    const anomalyBytes = Number(this.#outbox.sql.anomalyBytes.get()?.bytes);
    return anomalyBytes > bytesMax * ANOMALY_SHARE
      ? ['keepPeaks', 'thin', 'drop']
      : ['thin', 'dropMinutes', 'keepPeaks', 'drop'];
  }

  /** Takes a step with the oldest rows for which it is one, and joins each to the one before it where it may be. */
  #take(step: Step, keepFrom: number): void {
    this.#outbox.change(() => {
      for (const row of this.#candidates(step, keepFrom, ROWS_PER_STEP[step])) {
        const body = this.#outbox.bodyOf(row.first);
        const { level, body: shrunk } = shrink(body, step, row.level);
        this.#count(body, shrunk);
        this.#write(row, shrunk, level);
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
      this.#replace(row.first, body, level);
      return;
    }
    const joined = joinBodies(this.#outbox.bodyOf(before.first), body, before.count);
    sql.remove.run(row.first);
    sql.widen.run(
      before.count + row.count,
      Math.min(before.oldestUs, row.oldestUs),
      Math.max(before.newestUs, row.newestUs),
      before.anomalies + row.anomalies,
      before.first,
    );
    this.#replace(before.first, joined, level);
  }

  #replace(first: number, body: Body, level: number): void {
    const bytes = packBody(body);
    const { series, joint, thinned } = thinBody(body, SURROUNDED);
    const anomalous = series.length + joint.length > 0;
    const anomalyBytes = anomalous ? packBody({ series, joint, thinned: [], gone: [] }).length : 0;
    const minutesBytes = thinned.length > 0 ? Math.max(1, bytes.length - anomalyBytes) : 0;
    this.#outbox.sql.replaceBytes.run(level, bytes, anomalyBytes, minutesBytes, first);
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

  #candidates(step: Step, keepFrom: number, limit: number): RowCard[] {
    const from = Math.min(keepFrom, Number.MAX_SAFE_INTEGER);
    const { sql } = this.#outbox;
    const most = limit + this.#inFlight.size;
    const rows =
      step === 'dropMinutes'
        ? sql.listMinutes.all(from, most)
        : sql.listLevels.all(...LEVELS[step], from, most);
    return rows
      .map(cardOf)
      .filter((row) => !this.#inFlight.has(row.first))
      .slice(0, limit);
  }
}

/** Levels of the rows for which a step is one: least and most. */
const LEVELS = {
  thin: [RAW, RAW],
  keepPeaks: [SURROUNDED, SURROUNDED],
  drop: [RAW, PEAKS],
} as const;

function shrink(
  body: Body,
  step: Step,
  level: number,
): { readonly body: Body; readonly level: number } {
  switch (step) {
    case 'thin':
      return { body: smaller(body, thinBody(body, SURROUNDED)), level: SURROUNDED };
    case 'keepPeaks':
      return { body: smaller(body, thinBody(body, PEAKS)), level: PEAKS };
    case 'dropMinutes': {
      const left = dropMinutes(body);
      return { body: left, level: left.series.length + left.joint.length > 0 ? level : GONE };
    }
    case 'drop':
      return { body: goneBody(body, 'dropped'), level: GONE };
    default:
      return unreachable(step);
  }
}

/** Rare readings take less room than their minutes would: those stay as they are, and go with the minutes. */
function smaller(body: Body, thinned: Body): Body {
  return packBody(thinned).length < packBody(body).length ? thinned : body;
}

/** @returns the anomalies and their surroundings; of all else, counts */
function dropMinutes(body: Body): Body {
  const { series, joint, ...rest } = thinBody(body, SURROUNDED);
  return { ...goneBody({ series: [], joint: [], ...rest }, 'dropped'), series, joint };
}

function inMinutes(body: Body): number {
  return body.thinned.reduce((sum, minute) => sum + minute.count, 0);
}
