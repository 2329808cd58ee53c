/**
 * Retention: what is older than its time goes, counted from its receipt, and within a bound of bytes the oldest single
 * readings go first. A series of less than two readings a minute is its own minute rollup and is kept as long as minutes
 * are. Pages that become free are used again; the file does not shrink, and does not grow either.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { US_PER_DAY } from '@fernsight/base';
import { IDEMPOTENCY_KEYS_MAX, IDEMPOTENCY_US } from '../../limits.ts';
import { HOURS, type Level, MINUTES, RAW } from '../rollup.ts';
import type { Keep, Usage } from '../store.ts';
import { asNumber, oneRow, transact } from './database.ts';

/** Chunks that go at a time: a millisecond or two. */
const CHUNKS = 64;
/** Fewer where every one is a loss. */
const OVERFULL_CHUNKS = 8;
const oldChunks = (level: Level, folded: number): string => `DELETE FROM chunk WHERE id IN
  (SELECT id FROM chunk WHERE level = ${level} AND storedUs < ? AND folded = ${folded} LIMIT ${CHUNKS})`;
const OLDEST_RAW = `DELETE FROM chunk WHERE id IN
  (SELECT id FROM chunk WHERE level = 0 ORDER BY storedUs LIMIT ${OVERFULL_CHUNKS})`;
/** Receipts ascend with the numbers: when the first are young, all are. */
const oldRows = (table: string, receipt: string): string => `DELETE FROM ${table} WHERE id IN
  (SELECT id FROM (SELECT id, ${receipt} AS atUs FROM ${table} ORDER BY id LIMIT ${CHUNKS}) WHERE atUs < ?)`;
const OLD_RECEIPTS = `DELETE FROM receipt WHERE key IN
  (SELECT key FROM receipt WHERE receivedUs < ? ORDER BY receivedUs LIMIT ${CHUNKS})`;
const SPARE_RECEIPTS = `DELETE FROM receipt WHERE key IN
  (SELECT key FROM receipt ORDER BY receivedUs DESC LIMIT ${CHUNKS} OFFSET ${IDEMPOTENCY_KEYS_MAX})`;
const OLDEST = 'SELECT storedUs FROM chunk WHERE level = 0 ORDER BY storedUs LIMIT 1';

export class Retention {
  readonly #database: DatabaseSync;
  readonly #steps: readonly {
    readonly statement: StatementSync;
    readonly days: (keep: Keep) => number;
  }[];
  readonly #oldestRaw: StatementSync;
  readonly #spareReceipts: StatementSync;
  readonly #oldest: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#spareReceipts = database.prepare(SPARE_RECEIPTS);
    this.#oldestRaw = database.prepare(OLDEST_RAW);
    this.#oldest = database.prepare(OLDEST);
    const step = (sql: string, days: (keep: Keep) => number) => ({
      statement: database.prepare(sql),
      days,
    });
    this.#steps = [
      step(oldChunks(RAW, MINUTES), (keep) => keep.rawDays),
      step(oldChunks(RAW, HOURS), (keep) => Math.max(keep.rawDays, keep.minuteDays)),
      step(oldChunks(MINUTES, HOURS), (keep) => keep.minuteDays),
      step(oldChunks(HOURS, 0), (keep) => keep.hourDays),
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
      return Number(this.#oldestRaw.run().changes);
    });
  }

  usage(): Usage {
    const pragma = (name: string): number => {
      const row = this.#database.prepare(`PRAGMA ${name}`).get();
      return Number(row?.[name] ?? 0);
    };
    const bytes = (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
    const oldest = oneRow(this.#oldest);
    return { bytes, oldestUs: oldest === undefined ? undefined : asNumber(oldest.storedUs) };
  }
}
