/**
 * What access remembers, in a file of its own beside the store: `access.db`, readable by its owner alone. Decisions are
 * made where requests come in, without a word to the thread that owns the store; and a second process (`fernsight access
 * reset`) can change them while the server runs.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@fernsight/base';
import { openDatabase, transact } from '../store/sqlite/database.ts';
import { Audit } from './audit.ts';
import { Keys } from './keys.ts';
import { People } from './people.ts';
import { Tokens } from './tokens.ts';

const OWNER_ONLY = 0o600;

/** A credential was used: its hash in hexadecimal, and when. */
export interface Use {
  readonly kind: 'person' | 'key' | 'device';
  readonly digest: string;
  readonly usedUs: number;
}

export class AccessRecords {
  readonly people: People;
  readonly keys: Keys;
  readonly tokens: Tokens;
  readonly audit: Audit;
  readonly #database: DatabaseSync;

  /** @throws StorageFault, UsageFault */
  constructor(dataDir: string, clock: Clock) {
    const path = join(dataDir, 'access.db');
    closeSync(openSync(path, 'a', OWNER_ONLY));
    this.#database = openDatabase(path, 'write', new URL('.', import.meta.url));
    this.people = new People(this.#database);
    this.keys = new Keys(this.#database);
    this.tokens = new Tokens(this.#database, clock);
    this.audit = new Audit(this.#database);
  }

  /** In one commit and without an fsync: nothing depends on it. */
  noteUsed(uses: readonly Use[]): void {
    if (uses.length === 0) return;
    this.#database.exec('PRAGMA synchronous = NORMAL');
    transact(this.#database, () => {
      for (const use of uses) this.#note(use);
    });
    this.#database.exec('PRAGMA synchronous = FULL');
  }

  close(): void {
    this.#database.close();
  }

  #note({ kind, digest, usedUs }: Use): void {
    const bytes = Buffer.from(digest, 'hex');
    if (kind === 'person') this.people.sessionUsed(bytes, usedUs);
    else if (kind === 'key') this.keys.used(bytes, usedUs);
    else this.tokens.used(bytes, usedUs);
  }
}
