/**
 * Past anomalies on their way out of their table into packed blocks, a block at a time, in order of arrival. What began
 * an alarm, or was kept quiet by a region, stays: these are few, and asked for by themselves.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { packAnomalies, type StoredAnomaly, unpackAnomalies } from './anomalyPack.ts';
import { storedOf } from './anomalyRows.ts';
import { allRows, asBytes, asNumber, asText, oneRow, type SqlRow, transact } from './database.ts';
import { packSeries, seriesIn } from './pastAnomalies.ts';

const PACKABLE = 'began = 0 AND region IS NULL';
const NEXT = `SELECT * FROM anomaly WHERE id > ? AND ${PACKABLE} ORDER BY id LIMIT ?`;
const DELETE = `DELETE FROM anomaly WHERE id > ? AND id <= ? AND ${PACKABLE}`;
const NEWEST = 'SELECT id, count, bytes FROM pastAnomaly ORDER BY id DESC LIMIT 1';
const ALL = 'SELECT id, series, storedUs FROM pastAnomaly';
const READ = 'SELECT bytes FROM pastAnomaly WHERE id = ?';
const WRITE = `INSERT OR REPLACE INTO pastAnomaly (id, firstUs, lastUs, count, series, bytes, storedUs)
  VALUES (?, ?, ?, ?, ?, ?, ?)`;
const REMOVE = 'DELETE FROM pastAnomaly WHERE id = ?';
const READ_DONE = `SELECT value FROM setting WHERE name = 'anomaliesPackedTo'`;
const WRITE_DONE = `INSERT INTO setting (name, value) VALUES ('anomaliesPackedTo', ?1)
  ON CONFLICT (name) DO UPDATE SET value = ?1`;

/** Rows of one block: packed or read in some tens of milliseconds. */
const BLOCK_ROWS = 4_096;

export class AnomalyFold {
  readonly #database: DatabaseSync;
  readonly #statements: Readonly<
    Record<
      'next' | 'delete' | 'newest' | 'all' | 'read' | 'write' | 'remove' | 'done',
      StatementSync
    >
  >;
  readonly #blockRows: number;
  #doneTo: number;

  constructor(database: DatabaseSync, blockRows = BLOCK_ROWS) {
    this.#database = database;
    this.#blockRows = blockRows;
    this.#statements = {
      next: database.prepare(NEXT),
      delete: database.prepare(DELETE),
      newest: database.prepare(NEWEST),
      all: database.prepare(ALL),
      read: database.prepare(READ),
      write: database.prepare(WRITE),
      remove: database.prepare(REMOVE),
      done: database.prepare(WRITE_DONE),
    };
    this.#doneTo = Number(asText(oneRow(database.prepare(READ_DONE))?.value) || 0);
  }

  /** the packed rows have numbers up to this: none of them is given again */
  get doneTo(): number {
    return this.#doneTo;
  }

  /** Fills up the newest block, or begins one. @returns how many rows; 0: nothing is left to do */
  step(): number {
    const newest = oneRow(this.#statements.newest);
    const isFull = newest === undefined || asNumber(newest.count) >= this.#blockRows;
    const room = this.#blockRows - (isFull ? 0 : asNumber(newest.count));
    const found = allRows(this.#statements.next, this.#doneTo, room);
    const rows = found.map(storedOf);
    const last = rows[rows.length - 1];
    if (last === undefined) return 0;
    const storedUs = asNumber(found[found.length - 1]?.storedUs);
    transact(this.#database, () => {
      const before = isFull ? [] : unpackAnomalies(asBytes(newest.bytes));
      this.#write({ id: isFull ? null : asNumber(newest.id), storedUs }, [...before, ...rows]);
      this.#statements.delete.run(this.#doneTo, last.id);
      this.#statements.done.run(String(last.id));
    });
    this.#doneTo = last.id;
    return rows.length;
  }

  /** Takes the rows of these series out of every block, inside the caller's transaction. O(blocks) */
  remove(series: ReadonlySet<number>): void {
    for (const row of allRows(this.#statements.all)) {
      if (seriesIn(asBytes(row.series)).some((one) => series.has(one))) this.#without(row, series);
    }
  }

  #without(row: SqlRow, series: ReadonlySet<number>): void {
    const id = asNumber(row.id);
    const rows = unpackAnomalies(asBytes(oneRow(this.#statements.read, id)?.bytes));
    const kept = rows.filter((one) => !series.has(one.series));
    if (kept.length === 0) this.#statements.remove.run(id);
    else this.#write({ id, storedUs: asNumber(row.storedUs) }, kept);
  }

  /** @param id null: a new block. @param storedUs when its last row came */
  #write(
    { id, storedUs }: { readonly id: number | null; readonly storedUs: number },
    rows: readonly StoredAnomaly[],
  ): void {
    const stamps = rows.map(({ tsUs }) => tsUs);
    const [firstUs, lastUs] = [Math.min(...stamps), Math.max(...stamps)];
    const packed = [packSeries(rows), packAnomalies(rows)];
    this.#statements.write.run(id, firstUs, lastUs, rows.length, ...packed, storedUs);
  }
}
