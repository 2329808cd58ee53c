/**
 * Retention: what is older than its time goes, counted from its receipt; and what is more than the bound of bytes, the
 * oldest of the least dear first (MAKE_ROOM). A series of less than two readings a minute is its own minute rollup: it is
 * kept as long as minutes are, and goes with them. Pages that become free are used again; the file does not shrink, and does
 * not grow either.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { US_PER_DAY } from '@fernsight/base';
import { IDEMPOTENCY_KEYS_MAX, IDEMPOTENCY_US } from '../../limits.ts';
import { HOURS, type Level, MINUTES, RAW } from '../rollup.ts';
import { EVICTED, type Keep, type Usage } from '../store.ts';
import { type Folded, UNFOLDED } from './chunkRows.ts';
import { allRows, asNumber, oneRow, transact } from './database.ts';

/** Chunks that go at a time: a millisecond or two. */
const CHUNKS = 64;
/** Fewer where every one is a loss. */
const OVERFULL_CHUNKS = 8;
const oldChunks = (level: Level, folded: Folded): string => `DELETE FROM chunk WHERE id IN
  (SELECT id FROM chunk WHERE level = ${level} AND storedUs < ? AND folded = ${folded} LIMIT ${CHUNKS})`;
/** Receipts ascend with the numbers: when the first are young, all are. */
const oldRows = (table: string, receipt: string): string => `DELETE FROM ${table} WHERE id IN
  (SELECT id FROM (SELECT id, ${receipt} AS atUs FROM ${table} ORDER BY id LIMIT ${CHUNKS}) WHERE atUs < ?)`;
const OLD_DAMAGED = 'DELETE FROM damagedJournal WHERE storedUs < ?';
const OLD_RECEIPTS = `DELETE FROM receipt WHERE key IN
  (SELECT key FROM receipt WHERE receivedUs < ? ORDER BY receivedUs LIMIT ${CHUNKS})`;
const SPARE_RECEIPTS = `DELETE FROM receipt WHERE key IN
  (SELECT key FROM receipt ORDER BY receivedUs DESC LIMIT ${CHUNKS} OFFSET ${IDEMPOTENCY_KEYS_MAX})`;
/** The oldest chunks of a few kinds, each of which the index has in order. */
const oldestChunks = (...kinds: readonly (readonly [Level, Folded])[]): string => `DELETE FROM chunk
  WHERE id IN (SELECT id FROM (${kinds.map(oldestOf).join(' UNION ALL ')}) ORDER BY storedUs LIMIT ${OVERFULL_CHUNKS})
  RETURNING CASE level WHEN ${RAW} THEN 'readings' WHEN ${MINUTES} THEN 'minutes' ELSE 'hours' END AS what, count`;
const oldestOf = ([level, folded]: readonly [
  Level,
  Folded,
]): string => `SELECT * FROM (SELECT id, storedUs FROM chunk
  WHERE level = ${level} AND folded = ${folded} ORDER BY storedUs LIMIT ${OVERFULL_CHUNKS})`;
const firstRows = (table: string, countMax: number): string =>
  `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} ORDER BY id LIMIT ${countMax})`;

/**
 * What goes for want of room, in this order: readings that minutes hold, minutes and sparse readings that hours hold, hours,
 * past anomalies, alarms, windows; last, though it is new, what is in no coarser level yet.
 */
const MAKE_ROOM: readonly string[] = [
  oldestChunks([RAW, MINUTES]),
  oldestChunks([MINUTES, HOURS], [RAW, HOURS]),
  oldestChunks([HOURS, UNFOLDED]),
  `${firstRows('pastAnomaly', 1)} RETURNING 'anomalies' AS what, count`,
  `${firstRows('anomaly', CHUNKS)} RETURNING 'anomalies' AS what, 1 AS count`,
  `${firstRows('window', CHUNKS)} RETURNING 'windows' AS what, 1 AS count`,
  oldestChunks([MINUTES, UNFOLDED], [RAW, UNFOLDED]),
];
const FOLDED: readonly Folded[] = [UNFOLDED, MINUTES, HOURS];
const OLDEST = `SELECT min(storedUs) AS storedUs FROM (${FOLDED.map((folded) => oldestOf([RAW, folded])).join(' UNION ALL ')})`;

export class Retention {
  readonly #database: DatabaseSync;
  readonly #steps: readonly {
    readonly statement: StatementSync;
    readonly days: (keep: Keep) => number;
  }[];
  readonly #makeRoom: readonly StatementSync[];
  readonly #spareReceipts: StatementSync;
  readonly #oldest: StatementSync;
  readonly #evicted = { readings: 0, minutes: 0, hours: 0, anomalies: 0, windows: 0 };

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#spareReceipts = database.prepare(SPARE_RECEIPTS);
    this.#makeRoom = MAKE_ROOM.map((sql) => database.prepare(sql));
    this.#oldest = database.prepare(OLDEST);
    const step = (sql: string, days: (keep: Keep) => number) => ({
      statement: database.prepare(sql),
      days,
    });
    this.#steps = [
      step(oldChunks(RAW, MINUTES), (keep) => keep.rawDays),
      step(oldChunks(RAW, HOURS), (keep) => Math.max(keep.rawDays, keep.minuteDays)),
      step(oldChunks(MINUTES, HOURS), (keep) => keep.minuteDays),
      step(oldChunks(HOURS, UNFOLDED), (keep) => keep.hourDays),
      step(OLD_DAMAGED, (keep) => keep.rawDays),
      step(oldRows('anomaly', 'storedUs'), (keep) => keep.hourDays),
      step(oldRows('pastAnomaly', 'storedUs'), (keep) => keep.hourDays),
      step(oldRows('window', 'receivedUs'), (keep) => keep.hourDays),
      step(OLD_RECEIPTS, () => IDEMPOTENCY_US / US_PER_DAY),
    ];
  }

  /** Deletes some of what is due. @returns how many rows; 0: nothing is left to do */
  step(keep: Keep, nowUs: number): number {
    return transact(this.#database, () => {
      for (const { statement, days } of this.#steps) {
        const { changes } = statement.run(nowUs - days(keep) * US_PER_DAY);
        if (changes > 0) return Number(changes);
      }
      const spare = Number(this.#spareReceipts.run().changes);
      if (spare > 0) return spare;
      if (this.usage().bytes <= keep.bytesMax) return 0;
      return this.#evict();
    });
  }

  usage(): Omit<Usage, 'damaged'> {
    const pragma = (name: string): number => {
      const row = this.#database.prepare(`PRAGMA ${name}`).get();
      return Number(row?.[name] ?? 0);
    };
    const bytes = (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
    const oldestUs = oneRow(this.#oldest)?.storedUs;
    return {
      bytes,
      oldestUs: typeof oldestUs === 'number' ? oldestUs : undefined,
      evicted: { ...this.#evicted },
    };
  }

  /** @returns how many rows went to make room; 0: there is nothing left that may go */
  #evict(): number {
    for (const statement of this.#makeRoom) {
      const rows = allRows(statement);
      for (const { what, count } of rows) {
        const kind = EVICTED.find((one) => one === what);
        if (kind !== undefined) this.#evicted[kind] += asNumber(count);
      }
      if (rows.length > 0) return rows.length;
    }
    return 0;
  }
}
