/**
 * The models as the worker sees them: which judges which sensor type, and the forest of each. It reads the
 * registry's file for itself, on the thread that judges; what is chosen is looked up again when somebody says so. A model
 * whose bytes are not those of its name is as one that is not there: what ships judges until the registry has said so.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeModel, type RowScorer } from '@fernsight/detect';
import { allRows, asBytes, asText, oneRow } from '../store/sqlite/database.ts';
import type { JudgeModels } from '../worker/deviceModels.ts';
import { hashOf } from './modelHash.ts';
import { JUDGING, WANTED } from './wanted.ts';

const HAS_TABLE = 'SELECT 1 FROM sqlite_schema WHERE name = ?';
const FETCH = 'SELECT bytes FROM model WHERE hash = ?';

export class StoredModels implements JudgeModels {
  readonly #path: string;
  readonly #forests = new Map<string, RowScorer>();
  #chosen: ReadonlyMap<string, string> = new Map();

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'models.db');
    this.refresh();
  }

  get chosen(): ReadonlyMap<string, string> {
    return this.#chosen;
  }

  /** Looks up what is chosen now. */
  refresh(): void {
    const rows = this.#read((database) => allRows(database.prepare(judgingIn(database)))) ?? [];
    this.#chosen = new Map(rows.map((row) => [asText(row.sensorType), asText(row.hash)]));
  }

  /** @returns undefined where the registry has no such model, or it is no longer what it was */
  forest(hash: string): RowScorer | undefined {
    const known = this.#forests.get(hash);
    if (known !== undefined) return known;
    const row = this.#read((database) => oneRow(database.prepare(FETCH), hash));
    if (row === undefined) return undefined;
    const bytes = asBytes(row.bytes);
    if (hashOf(bytes) !== hash) return undefined;
    const { forest } = decodeModel(bytes);
    this.#forests.set(hash, forest);
    return forest;
  }

  /** @returns undefined where no model was ever stored */
  #read<T>(work: (database: DatabaseSync) => T): T | undefined {
    if (!existsSync(this.#path)) return undefined;
    const database = new DatabaseSync(this.#path, { readOnly: true });
    try {
      return hasTable(database, 'activation') ? work(database) : undefined;
    } finally {
      database.close();
    }
  }
}

/** A folder of an earlier release has no trials until the registry opens it: what was chosen judged there. */
function judgingIn(database: DatabaseSync): string {
  return hasTable(database, 'trial') ? JUDGING : WANTED;
}

function hasTable(database: DatabaseSync, name: string): boolean {
  return oneRow(database.prepare(HAS_TABLE), name) !== undefined;
}
