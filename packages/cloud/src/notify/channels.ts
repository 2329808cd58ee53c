/** Channels: where people are told. What is secret of one is sealed; the rest is for lists. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { must } from '@fernsight/base';
import { type AddChannel, Cause, Channel, ChannelTarget } from '@fernsight/wire';
import { Check, Parse } from 'typebox/value';
import {
  allRows,
  asBytes,
  asNumber,
  asText,
  oneRow,
  type SqlRow,
} from '../store/sqlite/database.ts';
import { CHANNELS_MAX } from './limits.ts';
import type { Vault } from './vault.ts';

const ADD = `INSERT INTO channel (name, kind, host, causes, tellsEnd, sealed)
  SELECT ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM channel) < ${CHANNELS_MAX}
  ON CONFLICT (name) DO NOTHING RETURNING id`;
const LIST = `SELECT id, name, kind, host, causes, tellsEnd, givenUp, lastDoneUs, lastError,
  (SELECT count(*) FROM delivery WHERE channel = channel.id) AS waiting FROM channel ORDER BY name`;
const FIND = 'SELECT id, name, sealed FROM channel WHERE id = ?';
const REMOVE = 'DELETE FROM channel WHERE id = ?';
const DONE = 'UPDATE channel SET lastDoneUs = ?2, lastError = NULL WHERE id = ?1';
const FAILED = 'UPDATE channel SET lastError = ?2 WHERE id = ?1';

/** A channel with its secrets, as the courier needs it. */
export interface OpenChannel {
  readonly id: number;
  readonly name: string;
  readonly target: ChannelTarget;
  /** webhooks are signed with it */
  readonly signingSecret: string | null;
}

export class Channels {
  readonly #vault: Vault;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(database: DatabaseSync, vault: Vault) {
    this.#vault = vault;
    this.#statements = prepareStatements(database);
  }

  list(): Channel[] {
    return allRows(this.#statements.list).map(channelOf);
  }

  /** @returns its number, or undefined where the name is taken or there is room for no more */
  add(wanted: AddChannel, signingSecret: string | null): number | undefined {
    const { name, target, causes = CAUSES, tellsEnd = true } = wanted;
    const sealed = this.#vault.seal(JSON.stringify({ target, signingSecret }));
    const about = [name, target.kind, hostOf(target), causes.join(' '), tellsEnd ? 1 : 0] as const;
    const row = oneRow(this.#statements.add, ...about, sealed);
    return row === undefined ? undefined : asNumber(row.id);
  }

  /** @throws VaultFault */
  find(id: number): OpenChannel | undefined {
    const row = oneRow(this.#statements.find, id);
    if (row === undefined) return undefined;
    const opened: unknown = JSON.parse(this.#vault.open(asBytes(row.sealed)));
    const { target, signingSecret } = Object(opened);
    return {
      id,
      name: asText(row.name),
      target: Parse(ChannelTarget, target),
      signingSecret: typeof signingSecret === 'string' ? signingSecret : null,
    };
  }

  /** @returns whether there was one */
  remove(id: number): boolean {
    return this.#statements.remove.run(id).changes === 1;
  }

  done(id: number, nowUs: number): void {
    this.#statements.done.run(id, nowUs);
  }

  failed(id: number, error: string): void {
    this.#statements.failed.run(id, error);
  }
}

const CAUSES: readonly Cause[] = ['anomaly', 'sensorFault', 'silent'];

function hostOf(target: ChannelTarget): string {
  return new URL(target.kind === 'email' ? target.server : target.url).host;
}

function channelOf(row: SqlRow): Channel {
  const kind = Channel.properties.kind;
  return {
    id: asNumber(row.id),
    name: asText(row.name),
    kind: must(Check(kind, row.kind) ? row.kind : undefined, 'a kind that was checked'),
    host: asText(row.host),
    causes: asText(row.causes)
      .split(' ')
      .filter((cause): cause is Cause => Check(Cause, cause)),
    tellsEnd: row.tellsEnd === 1,
    waiting: asNumber(row.waiting),
    givenUp: asNumber(row.givenUp),
    lastDoneUs: row.lastDoneUs === null ? null : asNumber(row.lastDoneUs),
    lastError: row.lastError === null ? null : asText(row.lastError),
  };
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    add: prepare(ADD),
    list: prepare(LIST),
    find: prepare(FIND),
    remove: prepare(REMOVE),
    done: prepare(DONE),
    failed: prepare(FAILED),
  };
}
