/** API keys: secrets of programs, with the scopes that each needs. A provisioning key is one with that scope. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type AddKey, type FreshKey, type Key, Scope } from '@fernsight/wire';
import { Check } from 'typebox/value';
import { allRows, asNumber, asText, oneRow, type SqlRow } from '../store/sqlite/database.ts';
import { KEYS_MAX } from './limits.ts';
import type { Principal } from './principal.ts';
import { digestOf, drawSecret } from './secret.ts';

const COUNT = 'SELECT count(*) AS count FROM key';
const LIST = 'SELECT id, name, scopes, createdUs, usedUs, endsUs FROM key ORDER BY name';
const ADD = `INSERT INTO key (id, name, digest, scopes, createdUs, endsUs) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (name) DO NOTHING`;
const FIND = `SELECT id, name, scopes FROM key WHERE digest = ? AND (endsUs IS NULL OR endsUs > ?)`;
const USE = 'UPDATE key SET usedUs = ?2 WHERE digest = ?1';
const REVOKE = 'DELETE FROM key WHERE id = ? RETURNING name';

/** Digits of a digest that name a key: enough to tell a thousand apart, too few to try secrets against. */
const ID_DIGITS = 12;

export class Keys {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(database: DatabaseSync) {
    this.#statements = prepareStatements(database);
  }

  list(): Key[] {
    return allRows(this.#statements.list).map((row) => ({
      id: asText(row.id),
      name: asText(row.name),
      scopes: scopesOf(row),
      createdUs: asNumber(row.createdUs),
      usedUs: timeOrNull(row.usedUs),
      endsUs: timeOrNull(row.endsUs),
    }));
  }

  /** @returns the key's secret, which is nowhere else; undefined where the name is taken or there is no room */
  add({ name, scopes, endsUs }: AddKey, nowUs: number): FreshKey | undefined {
    if (asNumber(oneRow(this.#statements.count)?.count) >= KEYS_MAX) return undefined;
    const secret = drawSecret('key');
    const digest = digestOf(secret);
    const id = Buffer.from(digest).toString('hex').slice(0, ID_DIGITS);
    const values = [id, name, digest, scopes.join(' '), nowUs, endsUs ?? null] as const;
    return this.#statements.add.run(...values).changes === 1 ? { id, secret } : undefined;
  }

  find(hex: string, nowUs: number): (Principal & { kind: 'key' }) | undefined {
    const row = oneRow(this.#statements.find, Buffer.from(hex, 'hex'), nowUs);
    if (row === undefined) return undefined;
    return {
      kind: 'key',
      id: asText(row.id),
      name: asText(row.name),
      scopes: scopesOf(row),
      digest: hex,
    };
  }

  used(digest: Uint8Array, usedUs: number): void {
    this.#statements.use.run(digest, usedUs);
  }

  /** @returns the name of the key that was, or undefined where there is none */
  revoke(id: string): string | undefined {
    const row = oneRow(this.#statements.revoke, id);
    return row === undefined ? undefined : asText(row.name);
  }
}

function scopesOf(row: SqlRow): Scope[] {
  return asText(row.scopes)
    .split(' ')
    .filter((scope): scope is Scope => Check(Scope, scope));
}

function timeOrNull(value: SqlRow[string] | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    count: prepare(COUNT),
    list: prepare(LIST),
    add: prepare(ADD),
    find: prepare(FIND),
    use: prepare(USE),
    revoke: prepare(REVOKE),
  };
}
