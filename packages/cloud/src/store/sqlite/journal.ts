/**
 * The journal: a row a commit with everything of its group, in order, until all of it is packed. Each has a checksum.
 *
 * A row that is not what was written is set aside at the start that finds it, kept for whoever wants to look as long as
 * readings are, and the start goes on: it costs what was in it, and nobody else anything. No number is given twice.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { Fault, type Log } from '@fernsight/base';
import { decodeEntries, type Entry, encodeEntries } from '../entry.ts';
import { asBytes, asNumber, eachRow, oneRow, type SqlRow, transact } from './database.ts';

const READ = 'SELECT id, bytes, anomalies, checksum FROM journal ORDER BY id';
const APPEND = 'INSERT INTO journal (id, bytes, anomalies, checksum) VALUES (?, ?, ?, ?)';
const CUT = 'DELETE FROM journal WHERE id < ?';
const LAST_PACKED = 'SELECT max(packedTo) AS id FROM device';
const LAST_DAMAGED = 'SELECT max(id) AS id FROM damagedJournal';
const SET_ASIDE = `INSERT INTO damagedJournal (id, storedUs, bytes, anomalies, checksum)
  SELECT id, ?2, bytes, anomalies, checksum FROM journal WHERE id = ?1`;
const DROP = 'DELETE FROM journal WHERE id = ?';
const COUNT_DAMAGED = 'SELECT count(*) AS count FROM damagedJournal';

/** Rows cut at a time, unless these are all: a cut is a transaction. */
const CUT_MIN = 32;

/** What a row holds. */
export interface Journalled {
  readonly entries: readonly Entry[];
  /** the group's anomalies as text (anomalyQueue.ts), null for none */
  readonly anomalies: string | null;
}

export class Journal {
  readonly #database: DatabaseSync;
  readonly #log: Log;
  readonly #append: StatementSync;
  readonly #cut: StatementSync;
  readonly #countDamaged: StatementSync;
  /** rows that are there, oldest first, with their sizes */
  readonly #rows: { readonly id: number; readonly bytes: number }[] = [];
  #bytes = 0;
  #newestId: number;

  constructor(database: DatabaseSync, log: Log) {
    this.#database = database;
    this.#log = log;
    this.#append = database.prepare(APPEND);
    this.#cut = database.prepare(CUT);
    this.#countDamaged = database.prepare(COUNT_DAMAGED);
    const last = [LAST_PACKED, LAST_DAMAGED].map((sql) => oneRow(database.prepare(sql))?.id);
    this.#newestId = Math.max(...last.map((id) => asNumber(id) || 0));
  }

  /** the number of the newest row there was, 0 before the first */
  get newestId(): number {
    return this.#newestId;
  }

  /** bytes of the rows that are there */
  get bytes(): number {
    return this.#bytes;
  }

  /** @returns how many damaged rows are kept */
  damagedCount(): number {
    return asNumber(oneRow(this.#countDamaged)?.count);
  }

  /**
   * Calls back with every row that is whole, in order. O(bytes)
   * @returns the numbers of those that are damaged: they go no further than `setAside`
   */
  replay(apply: (id: number, held: Journalled) => void): number[] {
    const damaged: number[] = [];
    for (const row of eachRow(this.#database.prepare(READ))) {
      const id = asNumber(row.id);
      this.#newestId = Math.max(this.#newestId, id);
      const held = this.#readable(id, row);
      if (held === undefined) {
        damaged.push(id);
        continue;
      }
      apply(id, held);
      this.#add(id, asBytes(row.bytes).length);
    }
    return damaged;
  }

  /** @param storedUs the newest receipt that is known, null for none. @throws StorageFault */
  setAside(ids: readonly number[], storedUs: number | null): void {
    if (ids.length === 0) return;
    const setAside = this.#database.prepare(SET_ASIDE);
    const drop = this.#database.prepare(DROP);
    transact(this.#database, () => {
      for (const id of ids) {
        setAside.run(id, storedUs);
        drop.run(id);
      }
    });
  }

  /** Writes the next row inside the caller's transaction. @returns what to call when that is committed */
  write({ entries, anomalies }: Journalled): () => void {
    const bytes = encodeEntries(entries);
    const id = this.#newestId + 1;
    this.#append.run(id, bytes, anomalies, checksumOf(bytes, anomalies));
    return () => {
      this.#newestId = id;
      this.#add(id, bytes.length);
    };
  }

  /** Drops the rows before one, where they are many or all. */
  cut(keepFrom: number): void {
    let cut = 0;
    while ((this.#rows[cut]?.id ?? keepFrom) < keepFrom) cut++;
    if (cut < CUT_MIN && cut < this.#rows.length) return;
    for (const { bytes } of this.#rows.splice(0, cut)) this.#bytes -= bytes;
    this.#cut.run(keepFrom);
  }

  #add(id: number, bytes: number): void {
    this.#rows.push({ id, bytes });
    this.#bytes += bytes;
  }

  #readable(row: number, columns: SqlRow): Journalled | undefined {
    try {
      return journalledIn(columns);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { message: reason } = error;
      this.#log.error('a row of the journal is damaged; it is set aside', { row, reason });
      return undefined;
    }
  }
}

/** @throws Fault where a row is not what was written. O(bytes) */
export function journalledIn(row: SqlRow): Journalled {
  const bytes = asBytes(row.bytes);
  const anomalies = typeof row.anomalies === 'string' ? row.anomalies : null;
  const isTold = typeof row.checksum === 'number';
  if (isTold && row.checksum !== checksumOf(bytes, anomalies)) {
    throw new Fault('the journal is damaged: its checksum is that of other bytes', {
      op: 'store.replay',
      hint: 'restore the data folder from its last backup',
    });
  }
  return { entries: decodeEntries(bytes), anomalies };
}

/** A CRC-32 finds every fault of up to 32 bits in a row, and takes a millisecond for some megabytes. */
function checksumOf(bytes: Uint8Array, anomalies: string | null): number {
  const ofBytes = crc32(bytes);
  return anomalies === null ? ofBytes : crc32(anomalies, ofBytes);
}
