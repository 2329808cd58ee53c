/**
 * The daily fold: what is left of past days is put into hours, and the many small minute chunks of a day become one. A
 * series at a time, each in a transaction of its own, so that it fits between two commits. A chunk that cannot be read
 * stays where it is and counts as folded: what comes after it goes on.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { US_PER_DAY } from '@fernsight/base';
import { unpackPoints, unpackRaw } from '../chunk.ts';
import type { Points } from '../points.ts';
import { floorTo, HOURS, LEVEL_US, MINUTES, RAW, rollPoints, rollRows } from '../rollup.ts';
import { type ChunkRows, UNFOLDED } from './chunkRows.ts';
import { allRows, asNumber, oneRow, transact } from './database.ts';

const NEXT_SERIES = `SELECT series FROM chunk
  WHERE folded = ${UNFOLDED} AND level < ${HOURS} AND lastUs < ? ORDER BY lastUs LIMIT 1`;
const UNFOLDED_CHUNKS = `SELECT id, level, bytes FROM chunk
  WHERE series = ? AND level < ${HOURS} AND folded = ${UNFOLDED} AND lastUs < ? ORDER BY firstUs LIMIT ?`;
const MARK_FOLDED = `UPDATE chunk SET folded = ${HOURS} WHERE id = ?`;
const DELETE_CHUNK = 'DELETE FROM chunk WHERE id = ?';

/** Chunks of one series folded at a time: some milliseconds. */
const CHUNKS_MAX = 128;

export class Fold {
  readonly #database: DatabaseSync;
  readonly #chunks: ChunkRows;
  readonly #next: StatementSync;
  readonly #unfolded: StatementSync;
  readonly #mark: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync, chunks: ChunkRows) {
    this.#database = database;
    this.#chunks = chunks;
    this.#next = database.prepare(NEXT_SERIES);
    this.#unfolded = database.prepare(UNFOLDED_CHUNKS);
    this.#mark = database.prepare(MARK_FOLDED);
    this.#delete = database.prepare(DELETE_CHUNK);
  }

  /** Folds one series' chunks that end before a time. @returns how many; 0: nothing is left to do */
  step(beforeUs: number, nowUs: number): number {
    const series = oneRow(this.#next, beforeUs)?.series;
    if (series === undefined) return 0;
    return transact(this.#database, () => this.#foldSeries(asNumber(series), { beforeUs, nowUs }));
  }

  #foldSeries(series: number, { beforeUs, nowUs }: { beforeUs: number; nowUs: number }): number {
    const hours: Points[] = [];
    const days = new Map<number, Points[]>();
    const rows = allRows(this.#unfolded, series, beforeUs, CHUNKS_MAX);
    for (const { id, level, bytes } of rows) {
      if (level === RAW) {
        const readings = this.#chunks.readable(series, bytes, unpackRaw);
        if (readings !== undefined) hours.push(rollRows(readings, LEVEL_US[HOURS]));
        this.#mark.run(asNumber(id));
        continue;
      }
      const minutes = this.#chunks.readable(series, bytes, unpackPoints);
      if (minutes === undefined) {
        this.#mark.run(asNumber(id));
        continue;
      }
      hours.push(minutes);
      const day = floorTo(minutes.tsUs[0] ?? 0, US_PER_DAY);
      days.set(day, [...(days.get(day) ?? []), minutes]);
      this.#delete.run(asNumber(id));
    }
    for (const minutes of days.values()) {
      const whole = rollPoints(minutes, LEVEL_US[MINUTES]);
      this.#chunks.writePoints(series, whole, { level: MINUTES, storedUs: nowUs, folded: HOURS });
    }
    this.#chunks.foldIntoHours(series, hours, nowUs);
    return rows.length;
  }
}
