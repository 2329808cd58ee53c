/**
 * Chunks as rows. `folded` says into which level a chunk's content was put as well, if into any. What
 * holds for every series, and all that a reader needs to know:
 *
 *     a series' past at a level = its chunks of that level + its chunks below that are unfolded, or folded above it
 *
 * Raw chunks are folded into minutes as they are written, except those of a series with less than two readings a minute:
 * it is its own minute rollup. The daily fold (fold.ts) puts what is left into hours. No raw or minute chunk crosses a
 * UTC day, no hour chunk a span of 32 days, so that a range is found by the first stamp alone.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { PackFault, US_PER_DAY, US_PER_MINUTE } from '@fernsight/base';
import { CHUNK_READINGS_MAX, CHUNK_READINGS_MIN } from '../../limits.ts';
import { packPoints, packRaw, type RawRows, unpackPoints, unpackRaw } from '../chunk.ts';
import { type Points, slicePoints } from '../points.ts';
import {
  floorTo,
  HOURS,
  LEVEL_US,
  type Level,
  MINUTES,
  RAW,
  rollPoints,
  rollRows,
} from '../rollup.ts';
import { asBytes, asNumber, eachRow, oneRow, type SqlValue } from './database.ts';
import { joinRows, sliceRows } from './rawRows.ts';

/** The longest that a chunk of each level reaches: where a range's first chunk may begin. */
export const CHUNK_SPAN_US: Readonly<Record<Level, number>> = {
  [RAW]: US_PER_DAY,
  [MINUTES]: US_PER_DAY,
  [HOURS]: 32 * US_PER_DAY,
};
/** Into which level a chunk's content was put as well; the number is on disk. */
export const UNFOLDED = 0;
export type Folded = typeof UNFOLDED | typeof MINUTES | typeof HOURS;
/** Fewer readings a minute than this, and minutes would be no smaller than the readings. */
const FOLD_READINGS_PER_MINUTE = 2;

const INSERT_CHUNK = `INSERT INTO chunk (series, level, folded, firstUs, lastUs, count, storedUs, bytes)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const LAST_CHUNK = `SELECT id, firstUs, folded, count FROM chunk
  WHERE series = ? AND level = ${RAW} ORDER BY firstUs DESC LIMIT 1`;
const READ_CHUNK = 'SELECT bytes FROM chunk WHERE id = ?';
const DELETE_CHUNK = 'DELETE FROM chunk WHERE id = ?';
const RECENT = `SELECT bytes FROM chunk WHERE series = ? AND level = ${RAW} ORDER BY firstUs DESC`;
const HOUR_CHUNK = `SELECT id, bytes FROM chunk
  WHERE series = ? AND level = ${HOURS} AND firstUs BETWEEN ? AND ? LIMIT 1`;
const COVERING = `SELECT id, firstUs, lastUs FROM chunk
  WHERE series = ?1 AND level = ${RAW} AND firstUs BETWEEN ?2 - ${US_PER_DAY} AND ?3 AND lastUs >= ?2`;

/** Hears of a series a chunk of which cannot be read. */
export type OnDamaged = (series: number, fault: PackFault) => void;

export class ChunkRows {
  readonly #onDamaged: OnDamaged;
  readonly #insert: StatementSync;
  readonly #last: StatementSync;
  readonly #read: StatementSync;
  readonly #delete: StatementSync;
  readonly #covering: StatementSync;
  readonly #hours: StatementSync;
  readonly #recent: StatementSync;

  constructor(database: DatabaseSync, onDamaged: OnDamaged) {
    this.#onDamaged = onDamaged;
    this.#insert = database.prepare(INSERT_CHUNK);
    this.#last = database.prepare(LAST_CHUNK);
    this.#read = database.prepare(READ_CHUNK);
    this.#delete = database.prepare(DELETE_CHUNK);
    this.#covering = database.prepare(COVERING);
    this.#hours = database.prepare(HOUR_CHUNK);
    this.#recent = database.prepare(RECENT);
  }

  /** Writes readings of one series, in time order, as chunks with their minutes. O(readings) */
  writeRaw(series: number, rows: RawRows, storedUs: number): void {
    for (let first = 0; first < rows.tsUs.length; ) {
      const day = floorTo(rows.tsUs[first] ?? 0, US_PER_DAY);
      let end = first + 1;
      while (
        end < rows.tsUs.length &&
        (rows.tsUs[end] ?? 0) < day + US_PER_DAY &&
        end - first < CHUNK_READINGS_MAX
      )
        end++;
      this.#writeDay(series, sliceRows(rows, first, end), storedUs);
      first = end;
    }
  }

  #writeDay(series: number, rows: RawRows, storedUs: number): void {
    const minutes = rollRows(rows, US_PER_MINUTE);
    const isDense = rows.tsUs.length >= FOLD_READINGS_PER_MINUTE * minutes.tsUs.length;
    const folded = isDense ? MINUTES : UNFOLDED;
    if (isDense) this.writePoints(series, minutes, { level: MINUTES, storedUs });
    const whole = this.#joinShort(series, rows, folded);
    const firstUs = whole.tsUs[0] ?? 0;
    const lastUs = whole.tsUs[whole.tsUs.length - 1] ?? firstUs;
    this.#insert.run(
      series,
      RAW,
      folded,
      firstUs,
      lastUs,
      whole.tsUs.length,
      storedUs,
      packRaw(whole),
    );
  }

  /**
   * Takes up the series' newest chunk where it is short, of the same day and as folded as the new rows. One that cannot be
   * read is left where it is.
   */
  #joinShort(series: number, rows: RawRows, folded: Folded): RawRows {
    const last = oneRow(this.#last, series);
    if (last === undefined || last.folded !== folded) return rows;
    if (asNumber(last.count) >= CHUNK_READINGS_MIN) return rows;
    const day = floorTo(rows.tsUs[0] ?? 0, US_PER_DAY);
    if (floorTo(asNumber(last.firstUs), US_PER_DAY) !== day) return rows;
    const id = asNumber(last.id);
    const before = this.readable(series, oneRow(this.#read, id)?.bytes, unpackRaw);
    if (before === undefined) return rows;
    this.#delete.run(id);
    return joinRows(before, rows);
  }

  /** @param points of one chunk's span, in time order */
  writePoints(
    series: number,
    points: Points,
    { level, storedUs, folded = UNFOLDED }: { level: Level; storedUs: number; folded?: Folded },
  ): void {
    const { tsUs } = points;
    const firstUs = tsUs[0];
    if (firstUs === undefined) return;
    const lastUs = tsUs[tsUs.length - 1] ?? firstUs;
    const bytes = packPoints(points);
    this.#insert.run(series, level, folded, firstUs, lastUs, tsUs.length, storedUs, bytes);
  }

  /**
   * Puts points into the series' hour chunks, one for each span of 32 days; beside one that cannot be read.
   * O(points of those chunks)
   */
  foldIntoHours(series: number, parts: readonly Points[], storedUs: number): void {
    const added = rollPoints(parts, LEVEL_US[HOURS]);
    for (let first = 0; first < added.tsUs.length; ) {
      const startUs = floorTo(added.tsUs[first] ?? 0, CHUNK_SPAN_US[HOURS]);
      const endUs = startUs + CHUNK_SPAN_US[HOURS];
      const next = added.tsUs.findIndex((tsUs) => tsUs >= endUs);
      const end = next < 0 ? added.tsUs.length : next;
      const ofSpan = slicePoints(added, first, end);
      const known = oneRow(this.#hours, series, startUs, endUs - 1);
      const before = known && this.readable(series, known.bytes, unpackPoints);
      if (before !== undefined) this.#delete.run(asNumber(known?.id));
      const merged = rollPoints(
        before === undefined ? [ofSpan] : [before, ofSpan],
        LEVEL_US[HOURS],
      );
      this.writePoints(series, merged, { level: HOURS, storedUs });
      first = end;
    }
  }

  /** @returns the newest readings of a series that can be read, in time order. O(readings of the chunks they are in) */
  recent(series: number, countMax: number): RawRows {
    const parts: RawRows[] = [];
    let count = 0;
    for (const row of eachRow(this.#recent, series)) {
      const rows = this.readable(series, row.bytes, unpackRaw);
      if (rows === undefined) continue;
      parts.unshift(rows);
      count += rows.tsUs.length;
      if (count >= countMax) break;
    }
    const joined = joinRows(...parts);
    return sliceRows(joined, Math.max(0, joined.tsUs.length - countMax), joined.tsUs.length);
  }

  /**
   * Puts the values that a series has at these stamps into `found`. Each chunk around them is unpacked once. What a damaged
   * chunk held is not known: a reading that comes again is stored again.
   * @param stamps ascending. O(chunks within a day of a stamp + readings of the chunks around the stamps)
   */
  valuesAt(series: number, stamps: readonly number[], found: Map<number, number>): void {
    for (const { first, end } of closeRuns(stamps)) {
      const fromUs = stamps[first] ?? 0;
      const toUs = stamps[end - 1] ?? fromUs;
      for (const { id, firstUs, lastUs } of eachRow(this.#covering, series, fromUs, toUs)) {
        const from = indexAtOrAfter(stamps, asNumber(firstUs));
        if ((stamps[from] ?? Number.POSITIVE_INFINITY) > asNumber(lastUs)) continue;
        const rows = this.readable(series, oneRow(this.#read, asNumber(id))?.bytes, unpackRaw);
        if (rows !== undefined) pickValues(rows, stamps, { from, found });
      }
    }
  }

  /** @returns what a chunk holds, or undefined where its bytes are damaged */
  readable<T>(
    series: number,
    bytes: SqlValue | undefined,
    unpack: (bytes: Uint8Array) => T,
  ): T | undefined {
    try {
      return unpack(asBytes(bytes));
    } catch (error) {
      if (!(error instanceof PackFault)) throw error;
      this.#onDamaged(series, error);
      return undefined;
    }
  }
}

/** @returns runs of stamps without a day between two of them: no run asks for chunks of days that it has nothing in */
function closeRuns(stamps: readonly number[]): { readonly first: number; readonly end: number }[] {
  const runs: { first: number; end: number }[] = [];
  for (let first = 0; first < stamps.length; ) {
    let end = first + 1;
    while (end < stamps.length && (stamps[end] ?? 0) - (stamps[end - 1] ?? 0) <= US_PER_DAY) end++;
    runs.push({ first, end });
    first = end;
  }
  return runs;
}

/** @returns the first place of an ascending list that is not below `tsUs`. O(log n) */
function indexAtOrAfter(stamps: readonly number[], tsUs: number): number {
  let [low, high] = [0, stamps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stamps[middle] ?? 0) < tsUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Both in time order, so that one pass finds all. What was found before stays. */
function pickValues(
  { tsUs, value }: RawRows,
  stamps: readonly number[],
  { from, found }: { readonly from: number; readonly found: Map<number, number> },
): void {
  let at = from;
  for (let row = 0; row < tsUs.length && at < stamps.length; row++) {
    const stamp = tsUs[row] ?? 0;
    while ((stamps[at] ?? Number.POSITIVE_INFINITY) < stamp) at++;
    if (stamps[at] === stamp && !found.has(stamp)) found.set(stamp, value[row] ?? 0);
  }
}
