/** What came of the server's own trials, in the registry's file. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { allRows, asNumber, asText, oneRow, type SqlRow } from '../store/sqlite/database.ts';
import { JUDGING, WANTED } from './wanted.ts';

const UNTRIED = `${WANTED} AND hash NOT IN (SELECT hash FROM trial)`;
const DECIDE = `INSERT INTO trial (hash, reason, atUs) VALUES (?1, ?2, ?3)
  ON CONFLICT (hash) DO UPDATE SET reason = ?2, atUs = ?3`;
const REFUSAL = `SELECT hash, reason, atUs FROM trial JOIN (${WANTED}) AS chosen USING (hash)
  WHERE sensorType = ? AND reason IS NOT NULL`;

export interface Untried {
  readonly sensorType: string;
  readonly hash: string;
}

export interface Refusal {
  readonly hash: string;
  readonly reason: string;
  readonly atUs: number;
}

export class TrialRows {
  readonly #untried: StatementSync;
  readonly #judging: StatementSync;
  readonly #decide: StatementSync;
  readonly #refusal: StatementSync;

  constructor(database: DatabaseSync) {
    this.#untried = database.prepare(UNTRIED);
    this.#judging = database.prepare(JUDGING);
    this.#decide = database.prepare(DECIDE);
    this.#refusal = database.prepare(REFUSAL);
  }

  /** @returns what is chosen and was not tried here yet */
  untried(): Untried[] {
    return allRows(this.#untried).map(choiceOf);
  }

  /** @returns the model that judges a type here: the last that was chosen and not refused; null is what ships */
  judging(sensorType: string): string | null {
    const rows = allRows(this.#judging).map(choiceOf);
    return rows.find((one) => one.sensorType === sensorType)?.hash ?? null;
  }

  /** @param reason why it is refused; null: it is taken */
  decide(hash: string, reason: string | null, atUs: number): void {
    this.#decide.run(hash, reason, atUs);
  }

  /** @returns why what is chosen for a type does not judge it here, where it was refused */
  refusal(sensorType: string): Refusal | null {
    const row = oneRow(this.#refusal, sensorType);
    if (row === undefined) return null;
    return { hash: asText(row.hash), reason: asText(row.reason), atUs: asNumber(row.atUs) };
  }
}

function choiceOf(row: SqlRow): Untried {
  return { sensorType: asText(row.sensorType), hash: asText(row.hash) };
}
