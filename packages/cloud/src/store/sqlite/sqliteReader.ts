/**
 * The store's reading side on SQLite: a connection of its own that never waits for the writer. It sees what is packed;
 * the tail of the series in question comes with the query, and `packedTo` tells whether the two fit together.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AnomaliesReply } from '@fernsight/wire';
import { HISTORY_READINGS_MAX } from '../../limits.ts';
import { type Point, type RawRows, unpackPoints, unpackRaw } from '../chunk.ts';
import { type Past, pointsOfRows, widthFor } from '../past.ts';
import { HOURS, LEVEL_US, type Level, MINUTES, RAW, rollPoints, rollRows } from '../rollup.ts';
import type { AnomalyFilter, AnomalyMinute, PastQuery, StoreReader } from '../store.ts';
import { AnomalyRows } from './anomalyRows.ts';
import { CHUNK_SPAN_US } from './chunkRows.ts';
import { asBytes, asNumber, oneRow, openDatabase } from './database.ts';
import { joinRows, sliceRows } from './rawRows.ts';

const FIND_SERIES = `SELECT series.id, device.packedTo FROM series JOIN device ON device.id = series.device
  WHERE device.name = ? AND series.sensor = ?`;
const CHUNKS = `SELECT bytes FROM chunk
  WHERE series = ? AND level = ? AND folded <= ? AND firstUs BETWEEN ? AND ? AND lastUs >= ? ORDER BY firstUs`;
const COUNT_ROWS = `SELECT sum(count) AS count FROM chunk
  WHERE series = ? AND level = 0 AND firstUs BETWEEN ? AND ? AND lastUs >= ?`;

/** So many readings are read one by one to see whether they fit the points asked for: some milliseconds. */
const RAW_READINGS = 20_000;

interface Span {
  readonly series: number;
  readonly fromUs: number;
  readonly toUs: number;
}

export class SqliteReader implements StoreReader {
  readonly #database: DatabaseSync;
  readonly #findSeries: StatementSync;
  readonly #chunks: StatementSync;
  readonly #countRows: StatementSync;
  readonly #anomalies: AnomalyRows;

  /** @param path of a database that a writer has opened before */
  constructor(path: string) {
    this.#database = openDatabase(path, 'read');
    this.#findSeries = this.#database.prepare(FIND_SERIES);
    this.#chunks = this.#database.prepare(CHUNKS);
    this.#countRows = this.#database.prepare(COUNT_ROWS);
    this.#anomalies = new AnomalyRows(this.#database);
  }

  async past(query: PastQuery): Promise<Past | 'moved'> {
    this.#database.exec('BEGIN');
    try {
      return this.#past(query);
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  async anomalies(query: AnomalyFilter): Promise<AnomaliesReply> {
    return this.#anomalies.page(query);
  }

  async anomalyMinutes(sinceUs: number): Promise<AnomalyMinute[]> {
    return this.#anomalies.minutesSince(sinceUs);
  }

  close(): void {
    this.#database.close();
  }

  #past({ device, sensor, fromUs, toUs, pointsMax, tail }: PastQuery): Past | 'moved' {
    const found = oneRow(this.#findSeries, device, sensor);
    if (found === undefined) return { resolutionUs: 0, points: [] };
    if (asNumber(found.packedTo) !== tail.packedTo) return 'moved';
    const span = { series: asNumber(found.id), fromUs, toUs };
    const tailRows = within(tail.rows, span);
    const atMost = this.#rowCount(span) + tailRows.tsUs.length;
    if (atMost <= Math.max(RAW_READINGS, pointsMax)) {
      const rows = joinRows(...this.#rawRows(span, 1), tailRows);
      const isWhole = rows.tsUs.length > 0 || this.#points(span, MINUTES).length === 0;
      if (isWhole && rows.tsUs.length <= pointsMax)
        return { resolutionUs: 0, points: pointsOfRows(rows) };
    }
    const widthUs = widthFor(toUs - fromUs, pointsMax);
    const level = levelFor(widthUs, atMost);
    const resolutionUs = Math.max(widthUs, LEVEL_US[level]);
    const parts = [...this.#points(span, level), ...rollRows(tailRows, resolutionUs)];
    return { resolutionUs, points: rollPoints(parts, resolutionUs) };
  }

  /** A series' past at a level: its chunks there and the unfolded ones below, as parts that add up. */
  #points(span: Span, level: Level): Point[] {
    const parts: Point[] = [];
    if (level === RAW) return this.#rawRows(span, 1).flatMap(pointsOfRows);
    for (const rows of this.#rawRows(span, 0)) parts.push(...rollRows(rows, LEVEL_US[MINUTES]));
    parts.push(...this.#levelPoints(span, MINUTES, level === MINUTES ? 1 : 0));
    if (level === HOURS) parts.push(...this.#levelPoints(span, HOURS, 1));
    return parts.filter(({ tsUs }) => tsUs >= span.fromUs - LEVEL_US[level] && tsUs <= span.toUs);
  }

  #rawRows(span: Span, foldedMax: 0 | 1): RawRows[] {
    return this.#read(span, RAW, foldedMax).map((bytes) => within(unpackRaw(bytes), span));
  }

  #levelPoints(span: Span, level: Level, foldedMax: 0 | 1): Point[] {
    return this.#read(span, level, foldedMax).flatMap(unpackPoints);
  }

  #read({ series, fromUs, toUs }: Span, level: Level, foldedMax: 0 | 1): Uint8Array[] {
    const earliestUs = fromUs - CHUNK_SPAN_US[level];
    const lastFromUs = fromUs - LEVEL_US[level];
    const rows = this.#chunks.all(series, level, foldedMax, earliestUs, toUs, lastFromUs);
    return rows.map((row) => asBytes(row.bytes as Uint8Array));
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

function within(rows: RawRows, { fromUs, toUs }: Span): RawRows {
  let first = 0;
  let end = rows.tsUs.length;
  while (first < end && (rows.tsUs[first] ?? 0) < fromUs) first++;
  while (end > first && (rows.tsUs[end - 1] ?? 0) > toUs) end--;
  return sliceRows(rows, first, end);
}
