/**
 * The store's reading side on SQLite: a connection of its own that never waits for the writer. It sees what is packed;
 * the tail of the series in question comes with the query, and `packedTo` tells whether the two fit together.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { PackFault } from '@fernsight/base';
import type { AnomaliesReply } from '@fernsight/wire';
import { HISTORY_READINGS_MAX } from '../../limits.ts';
import { type RawRows, unpackPoints, unpackRaw } from '../chunk.ts';
import { joinStretches, type Past, pointsOfRows, type Stretch, widthFor } from '../past.ts';
import { createPoints, type Points, pointsWithin } from '../points.ts';
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
import type {
  AnomalyFilter,
  AnomalyMinute,
  CheckedPart,
  CheckQuery,
  EventQuery,
  FirstQuery,
  PastQuery,
  Quieted,
  RowsPart,
  SpanQuery,
  StoredEvent,
  StoreReader,
} from '../store.ts';
import { AnomalyRows } from './anomalyRows.ts';
import { CHUNK_SPAN_US, UNFOLDED } from './chunkRows.ts';
import {
  allRows,
  asBytes,
  asNumber,
  eachRow,
  oneRow,
  openDatabase,
  type SqlRow,
} from './database.ts';
import { joinRows, sliceRows } from './rawRows.ts';

const FIND_SERIES = `SELECT series.id, device.packedTo FROM series JOIN device ON device.id = series.device
  WHERE device.name = ? AND series.sensor = ?`;
const CHUNKS = `SELECT firstUs, lastUs, bytes FROM chunk
  WHERE series = ? AND level = ? AND (folded = ${UNFOLDED} OR folded > ?) AND firstUs BETWEEN ? AND ? AND lastUs >= ? ORDER BY firstUs`;
const NEXT_CHUNK = `SELECT firstUs FROM chunk
  WHERE series = ? AND level = ${RAW} AND firstUs > ? AND lastUs > ? ORDER BY firstUs LIMIT 1`;
const CHUNKS_ACROSS = `SELECT bytes FROM chunk
  WHERE series = ?1 AND level = ?2 AND firstUs BETWEEN ?3 AND ?4 AND lastUs >= ?4`;
const CHUNKS_FROM = `SELECT firstUs, lastUs, bytes FROM chunk
  WHERE series = ? AND level = 0 AND firstUs BETWEEN ? AND ? AND lastUs >= ? ORDER BY firstUs`;
const FIRST_CHUNK = `SELECT firstUs FROM chunk
  WHERE series = ? AND level = ? AND firstUs > ? AND firstUs <= ? ORDER BY firstUs LIMIT 1`;
const COUNT_ROWS = `SELECT sum(count) AS count FROM chunk
  WHERE series = ? AND level = ${RAW} AND firstUs BETWEEN ? AND ? AND lastUs >= ?`;

/** So many readings are read one by one to see whether they fit the points asked for: some milliseconds. */
const RAW_READINGS = 20_000;

/** So many readings are tried at a time: some milliseconds. */
const CHECKED_READINGS = 65_536;

/** Above no level at all: a chunk of the level itself counts however it is folded. */
const FOLDED_ANYWHERE = -1;

interface Span {
  readonly series: number;
  readonly fromUs: number;
  readonly toUs: number;
}

export class SqliteReader implements StoreReader {
  readonly #database: DatabaseSync;
  readonly #findSeries: StatementSync;
  readonly #chunks: StatementSync;
  readonly #chunksFrom: StatementSync;
  readonly #countRows: StatementSync;
  readonly #across: StatementSync;
  readonly #first: StatementSync;
  readonly #next: StatementSync;
  readonly #anomalies: AnomalyRows;

  /** @param path of a database that a writer has opened before */
  constructor(path: string) {
    this.#database = openDatabase(path, 'read');
    this.#findSeries = this.#database.prepare(FIND_SERIES);
    this.#chunks = this.#database.prepare(CHUNKS);
    this.#chunksFrom = this.#database.prepare(CHUNKS_FROM);
    this.#countRows = this.#database.prepare(COUNT_ROWS);
    this.#across = this.#database.prepare(CHUNKS_ACROSS);
    this.#first = this.#database.prepare(FIRST_CHUNK);
    this.#next = this.#database.prepare(NEXT_CHUNK);
    this.#anomalies = new AnomalyRows(this.#database);
  }

  async past(query: PastQuery): Promise<Past | 'moved'> {
    return this.#together(query, (span) => {
      if (span === undefined) return { resolutionUs: 0, points: createPoints(), unreadable: [] };
      return this.#past(span, within(query.tail.rows, span), query.pointsMax);
    });
  }

  async rows(query: SpanQuery): Promise<RowsPart | 'moved'> {
    return this.#together(query, (span) => {
      const tail = query.tail.rows;
      if (span === undefined) return { rows: tail, nextUs: undefined, unreadable: [] };
      const lost: Stretch[] = [];
      const rows = joinRows(...this.#rawRows(span, RAW, lost), within(tail, span));
      const inChunks = oneRow(
        this.#next,
        span.series,
        span.toUs - CHUNK_SPAN_US[RAW],
        span.toUs,
      )?.firstUs;
      const inTail = tail.tsUs.find((tsUs) => tsUs > span.toUs);
      const chunkUs = typeof inChunks === 'number' ? Math.max(inChunks, span.toUs + 1) : undefined;
      const next = Math.min(
        chunkUs ?? Number.POSITIVE_INFINITY,
        inTail ?? Number.POSITIVE_INFINITY,
      );
      const unreadable = joinStretches(lost);
      return { rows, nextUs: Number.isFinite(next) ? next : undefined, unreadable };
    });
  }

  async firstRows(query: FirstQuery): Promise<RowsPart | 'moved'> {
    return this.#together(query, (span) => {
      const { fromUs, toUs, tail, rowsMax } = query;
      const lost: Stretch[] = [];
      const { parts, untilUs } =
        span === undefined ? { parts: [], untilUs: toUs } : this.#firstChunks(span, rowsMax, lost);
      const reach = { fromUs, toUs: untilUs };
      const all = joinRows(...[...parts, tail.rows].map((rows) => within(rows, reach)));
      const end = endOfStamp(all.tsUs, rowsMax);
      const nextUs = all.tsUs[end] ?? (untilUs < toUs ? untilUs + 1 : undefined);
      return { rows: sliceRows(all, 0, end), nextUs, unreadable: joinStretches(lost) };
    });
  }

  async check({ device, sensor, fromUs, toUs, startUs }: CheckQuery): Promise<CheckedPart> {
    return this.#atOnce(() => {
      const found = oneRow(this.#findSeries, device, sensor);
      const lost: Stretch[] = [];
      if (found === undefined) return { unreadable: lost, nextUs: undefined };
      const earliestUs = Math.max(startUs, fromUs - CHUNK_SPAN_US[RAW]);
      let [count, newestUs] = [0, earliestUs];
      for (const row of eachRow(this.#chunksFrom, asNumber(found.id), earliestUs, toUs, fromUs)) {
        const firstUs = asNumber(row.firstUs);
        if (count >= CHECKED_READINGS && firstUs > newestUs)
          return { unreadable: joinStretches(lost), nextUs: firstUs };
        const rows = readable(row, unpackRaw);
        if (rows === undefined) lost.push(stretchOf(row, { fromUs, toUs }));
        count += rows?.tsUs.length ?? 0;
        newestUs = firstUs;
      }
      return { unreadable: joinStretches(lost), nextUs: undefined };
    });
  }

  async anomalies(query: AnomalyFilter): Promise<AnomaliesReply> {
    return this.#atOnce(() => this.#anomalies.page(query));
  }

  async event(query: EventQuery): Promise<StoredEvent | undefined> {
    return this.#atOnce(() => this.#anomalies.eventOf(query));
  }

  async quieted(regions: readonly number[]): Promise<Quieted[]> {
    return this.#anomalies.quieted(regions);
  }

  async anomalyMinutes(sinceUs: number): Promise<AnomalyMinute[]> {
    return this.#atOnce(() => this.#anomalies.minutesSince(sinceUs));
  }

  close(): void {
    this.#database.close();
  }

  /** Reads within one transaction, where the tail fits its chunks; the span is undefined for a series not yet stored. */
  #together<T>(query: SpanQuery, read: (span: Span | undefined) => T): T | 'moved' {
    const { device, sensor, fromUs, toUs, tail } = query;
    return this.#atOnce(() => {
      const found = oneRow(this.#findSeries, device, sensor);
      if (found === undefined) return read(undefined);
      if (asNumber(found.packedTo) !== tail.packedTo) return 'moved';
      return read({ series: asNumber(found.id), fromUs, toUs });
    });
  }

  /** Reads within one transaction. */
  #atOnce<T>(read: () => T): T {
    this.#database.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  #past(span: Span, tailRows: RawRows, pointsMax: number): Past {
    const atMost = this.#rowCount(span) + tailRows.tsUs.length;
    const reaching = this.#reachingLevel(span, tailRows);
    const widthUs = widthFor(span.toUs - span.fromUs, pointsMax);
    const fitting = levelFor(widthUs, atMost);
    const level = reaching > fitting ? reaching : fitting;
    const resolutionUs = Math.max(widthUs, LEVEL_US[level]);
    const roll = (rows: RawRows): Points =>
      rollRows(rows, resolutionUs, { withFuture: level === RAW });
    if (reaching === RAW && atMost <= Math.max(RAW_READINGS, pointsMax)) {
      const lost: Stretch[] = [];
      const rows = joinRows(...this.#rawRows(span, RAW, lost), tailRows);
      const unreadable = joinStretches(lost);
      if (rows.tsUs.length <= pointsMax)
        return { resolutionUs: 0, points: pointsOfRows(rows), unreadable };
      if (level === RAW) return { resolutionUs, points: roll(rows), unreadable };
    }
    const lost: Stretch[] = [];
    const parts = [
      ...this.#rawRows(span, level, lost).map(roll),
      ...this.#levelPoints(span, level, lost),
      roll(tailRows),
    ];
    const points = rollPoints(parts, resolutionUs);
    return { resolutionUs, points, unreadable: joinStretches(lost) };
  }

  /**
   * The finest level that reaches back furthest: single readings go first, then minutes. What counts is where each
   * level begins within the span, by the stretches of the coarser one: a chunk that begins before it tells nothing, as a
   * pause may follow.
   */
  #reachingLevel(span: Span, tailRows: RawRows): Level {
    const raw = Math.min(this.#firstOf(span, RAW), tailRows.tsUs[0] ?? Number.POSITIVE_INFINITY);
    if (raw === span.fromUs) return RAW;
    const minutes = this.#firstOf(span, MINUTES);
    const hours = this.#firstOf(span, HOURS);
    if (hours < floorTo(Math.min(raw, minutes), LEVEL_US[HOURS])) return HOURS;
    return minutes < floorTo(raw, LEVEL_US[MINUTES]) ? MINUTES : RAW;
  }

  /** @returns the start of a level's first point within the span, Infinity where there is none */
  #firstOf({ series, fromUs, toUs }: Span, level: Level): number {
    const row = oneRow(this.#first, series, level, fromUs, toUs);
    const inside = typeof row?.firstUs === 'number' ? row.firstUs : Number.POSITIVE_INFINITY;
    const across = allRows(this.#across, series, level, fromUs - CHUNK_SPAN_US[level], fromUs);
    if (across.length === 0) return inside;
    // a chunk of readings is there or gone as a whole
    if (level === RAW) return fromUs;
    const starts = across.map((row) =>
      readable(row, unpackPoints)?.tsUs.find((tsUs) => tsUs >= fromUs),
    );
    return Math.min(inside, ...starts.map((startUs) => startUs ?? inside));
  }

  /**
   * @param forLevel leaves out what is folded into this level or one that leads to it
   * @param lost gets the stretches of chunks that cannot be read
   */
  #rawRows(span: Span, forLevel: Level, lost: Stretch[]): RawRows[] {
    return this.#read(span, RAW, forLevel).flatMap((row) => {
      const rows = readable(row, unpackRaw);
      if (rows !== undefined) return [within(rows, span)];
      lost.push(stretchOf(row, span));
      return [];
    });
  }

  /**
   * A series' past at a level is its chunks there, and those below that are not folded into it: parts that add up.
   *
   * @param lost gets the stretches of chunks that cannot be read. @returns what is rolled up
   */
  #levelPoints(span: Span, forLevel: Level, lost: Stretch[]): Points[] {
    return ([MINUTES, HOURS] as const)
      .filter((level) => level <= forLevel)
      .flatMap((level) => {
        const firstUs = firstStartUs(span, level);
        return this.#read(span, level, forLevel).flatMap((row) => {
          const points = readable(row, unpackPoints);
          if (points !== undefined) return [pointsWithin(points, firstUs, span.toUs)];
          lost.push(stretchOf(row, span, LEVEL_US[level]));
          return [];
        });
      });
  }

  /** @returns chunks in order until they hold so many readings of the span, and up to which stamp nothing else is in it */
  #firstChunks(
    { series, fromUs, toUs }: Span,
    rowsMax: number,
    lost: Stretch[],
  ): { readonly parts: readonly RawRows[]; readonly untilUs: number } {
    const parts: RawRows[] = [];
    let count = 0;
    const chunks = eachRow(this.#chunksFrom, series, fromUs - CHUNK_SPAN_US[RAW], toUs, fromUs);
    for (const row of chunks) {
      const startUs = asNumber(row.firstUs);
      if (count >= rowsMax && startUs > fromUs) return { parts, untilUs: startUs - 1 };
      const whole = readable(row, unpackRaw);
      if (whole === undefined) {
        lost.push(stretchOf(row, { fromUs, toUs }));
        continue;
      }
      const rows = within(whole, { fromUs, toUs });
      parts.push(rows);
      count += rows.tsUs.length;
    }
    return { parts, untilUs: toUs };
  }

  #read(span: Span, level: Level, forLevel: Level): SqlRow[] {
    const { series, fromUs, toUs } = span;
    const earliestUs = fromUs - CHUNK_SPAN_US[level];
    const lastFromUs = firstStartUs(span, level);
    const foldedMax = level === forLevel ? FOLDED_ANYWHERE : forLevel;
    return allRows(this.#chunks, series, level, foldedMax, earliestUs, toUs, lastFromUs);
  }

  #rowCount({ series, fromUs, toUs }: Span): number {
    const row = oneRow(this.#countRows, series, fromUs - CHUNK_SPAN_US[RAW], toUs, fromUs);
    return asNumber(row?.count) || 0;
  }
}

/** The coarsest level that is still as fine as the points asked for; coarser where the readings are too many. */
function levelFor(widthUs: number, count: number): Level {
  if (widthUs >= LEVEL_US[HOURS] * 2) return HOURS;
  if (widthUs >= LEVEL_US[MINUTES] * 2 || count > HISTORY_READINGS_MAX) return MINUTES;
  return RAW;
}

/** @returns where a point of the level starts at the earliest that does not end before the span begins */
function firstStartUs({ fromUs }: Span, level: Level): number {
  return level === RAW ? fromUs : fromUs - LEVEL_US[level] + 1;
}

/** @returns where the row at `count - 1` and those of its stamp end. @param tsUs ascending */
function endOfStamp(tsUs: Float64Array, count: number): number {
  let end = Math.min(count, tsUs.length);
  while (end < tsUs.length && tsUs[end] === tsUs[end - 1]) end++;
  return end;
}

/** @returns what a chunk holds, or undefined where its bytes are damaged */
function readable<T>({ bytes }: SqlRow, unpack: (bytes: Uint8Array) => T): T | undefined {
  try {
    return unpack(asBytes(bytes));
  } catch (error) {
    if (!(error instanceof PackFault)) throw error;
    return undefined;
  }
}

/** @returns what of a span stands in a chunk, whose last point ends after so long */
function stretchOf(
  { firstUs, lastUs }: SqlRow,
  { fromUs, toUs }: Pick<Span, 'fromUs' | 'toUs'>,
  pointUs = 1,
): Stretch {
  return {
    fromUs: Math.max(asNumber(firstUs), fromUs),
    toUs: Math.min(asNumber(lastUs) + pointUs - 1, toUs),
  };
}

function within(rows: RawRows, { fromUs, toUs }: Pick<Span, 'fromUs' | 'toUs'>): RawRows {
  let first = 0;
  let end = rows.tsUs.length;
  while (first < end && (rows.tsUs[first] ?? 0) < fromUs) first++;
  while (end > first && (rows.tsUs[end - 1] ?? 0) > toUs) end--;
  return sliceRows(rows, first, end);
}
