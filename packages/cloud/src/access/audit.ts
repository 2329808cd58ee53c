/** The audit log: who changed what, from where. Bounded; the oldest rows go. No row carries a secret. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AuditRow } from '@fernsight/wire';
import { allRows, asNumber, asText } from '../store/sqlite/database.ts';
import { AUDIT_ROWS_MAX } from './limits.ts';

const APPEND = 'INSERT INTO audit (tsUs, actor, address, action, subject) VALUES (?, ?, ?, ?, ?)';
const CUT = 'DELETE FROM audit WHERE id <= ?';
const LIST = `SELECT id, tsUs, actor, address, action, subject FROM audit
  WHERE id < ? ORDER BY id DESC LIMIT ?`;

export class Audit {
  readonly #append: StatementSync;
  readonly #cut: StatementSync;
  readonly #list: StatementSync;

  constructor(database: DatabaseSync) {
    this.#append = database.prepare(APPEND);
    this.#cut = database.prepare(CUT);
    this.#list = database.prepare(LIST);
  }

  write({ tsUs, actor, address, action, subject }: Omit<AuditRow, 'id'>): void {
    const { lastInsertRowid } = this.#append.run(tsUs, actor, address, action, subject);
    this.#cut.run(Number(lastInsertRowid) - AUDIT_ROWS_MAX);
  }

  /** @param before list rows older than this id. @returns newest first */
  list(before: number, limit: number): AuditRow[] {
    return allRows(this.#list, before, limit).map((row) => ({
      id: asNumber(row.id),
      tsUs: asNumber(row.tsUs),
      actor: asText(row.actor),
      address: asText(row.address),
      action: asText(row.action),
      subject: asText(row.subject),
    }));
  }
}
