/**
 * Notices on their way, durable: a delivery of a notice to a channel stays until it has succeeded, is too old, or is
 * crowded out. What is given up is counted by channel.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Notice } from '@fernsight/wire';
import { Parse } from 'typebox/value';
import { allRows, asNumber, asText, oneRow } from '../store/sqlite/database.ts';
import { CHANNEL_BACKLOG_MAX, DELIVERY_AGE_US_MAX } from './limits.ts';

const ADD_NOTICE = 'INSERT INTO notice (body) VALUES (?) RETURNING id';
const ADD_DELIVERIES = `INSERT INTO delivery (notice, channel, firstUs, nextUs)
  SELECT ?1, id, ?2, ?2 FROM channel
  WHERE instr(' ' || causes || ' ', ' ' || ?3 || ' ') > 0 AND (tellsEnd = 1 OR ?4 <> 'resolved')`;
const DUE = `SELECT min(delivery.id) AS id, channel, attempts, firstUs, notice.id AS notice, notice.body FROM delivery
  JOIN notice ON notice.id = delivery.notice
  WHERE nextUs <= ? AND channel NOT IN (SELECT value FROM json_each(?)) GROUP BY channel`;
const RETRY = 'UPDATE delivery SET attempts = attempts + 1, nextUs = ?2 WHERE id = ?1';
const REMOVE = 'DELETE FROM delivery WHERE id = ?';
const GIVE_UP = 'UPDATE channel SET givenUp = givenUp + ?2 WHERE id = ?1';
const CROWDED = `DELETE FROM delivery WHERE channel = ?1 AND id <=
  (SELECT id FROM delivery WHERE channel = ?1 ORDER BY id DESC LIMIT 1 OFFSET ${CHANNEL_BACKLOG_MAX})`;
const CHANNELS = 'SELECT DISTINCT channel FROM delivery';
const DROP_DONE = 'DELETE FROM notice WHERE id NOT IN (SELECT notice FROM delivery)';

export interface Delivery {
  readonly id: number;
  readonly channel: number;
  readonly notice: Notice;
  /** failed so far */
  readonly attempts: number;
  readonly firstUs: number;
}

export class NoticeQueue {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(database: DatabaseSync) {
    this.#statements = prepareStatements(database);
  }

  /** Queues a notice for each channel that wants it. */
  add(notice: Omit<Notice, 'id'>): void {
    const { cause, event, tsUs } = notice;
    const row = oneRow(this.#statements.addNotice, JSON.stringify(notice));
    this.#statements.addDeliveries.run(asNumber(row?.id), tsUs, cause, event);
    for (const { channel } of allRows(this.#statements.channels)) {
      const crowded = this.#statements.crowded.run(channel ?? null).changes;
      if (crowded > 0) this.#statements.giveUp.run(channel ?? null, crowded);
    }
    this.#statements.dropDone.run();
  }

  /**
   * @param busy channels to which something is on its way
   * @returns the oldest delivery of each other channel that is to be attempted now
   */
  due(nowUs: number, busy: readonly number[]): Delivery[] {
    return allRows(this.#statements.due, nowUs, JSON.stringify(busy)).map((row) => ({
      id: asNumber(row.id),
      channel: asNumber(row.channel),
      notice: Parse(Notice, { ...Object(JSON.parse(asText(row.body))), id: row.notice }),
      attempts: asNumber(row.attempts),
      firstUs: asNumber(row.firstUs),
    }));
  }

  done({ id }: Delivery): void {
    this.#statements.remove.run(id);
  }

  /** Another attempt is made at `nextUs`, unless it would be no news by then. @returns whether there will be one */
  failed({ id, channel, firstUs }: Delivery, nextUs: number): boolean {
    if (nextUs - firstUs <= DELIVERY_AGE_US_MAX) {
      this.#statements.retry.run(id, nextUs);
      return true;
    }
    this.#statements.remove.run(id);
    this.#statements.giveUp.run(channel, 1);
    return false;
  }
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    addNotice: prepare(ADD_NOTICE),
    addDeliveries: prepare(ADD_DELIVERIES),
    due: prepare(DUE),
    retry: prepare(RETRY),
    remove: prepare(REMOVE),
    giveUp: prepare(GIVE_UP),
    crowded: prepare(CROWDED),
    channels: prepare(CHANNELS),
    dropDone: prepare(DROP_DONE),
  };
}
