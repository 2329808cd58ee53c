/** People who may sign in, and their sessions. A session ends by idleness, by age, by signing out, with its person. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { must } from '@fernsight/base';
import type { PeopleReply, Person, Role } from '@fernsight/wire';
import { allRows, asNumber, asText, oneRow, type SqlRow } from '../store/sqlite/database.ts';
import {
  PEOPLE_MAX,
  PERSON_SESSIONS_MAX,
  SESSION_AGE_US_MAX,
  SESSION_IDLE_US_MAX,
} from './limits.ts';
import type { Principal } from './principal.ts';
import { digestOf, drawSecret } from './secret.ts';

const COUNT = 'SELECT count(*) AS count FROM person';
const COUNT_ADMINS = `SELECT count(*) AS count FROM person WHERE role = 'admin'`;
const LIST = 'SELECT name, role, createdUs FROM person ORDER BY name';
const FIND = 'SELECT name, role, password FROM person WHERE name = ?';
const ADD = `INSERT INTO person (name, role, password, createdUs) VALUES (?, ?, ?, ?)
  ON CONFLICT (name) DO NOTHING`;
const CHANGE = 'UPDATE person SET role = ?2, password = ?3 WHERE name = ?1';
const REMOVE = 'DELETE FROM person WHERE name = ?';
const OPEN_SESSION =
  'INSERT INTO session (digest, person, createdUs, usedUs) VALUES (?1, ?2, ?3, ?3)';
const BOUND_SESSIONS = `DELETE FROM session WHERE digest IN
  (SELECT digest FROM session WHERE person = ? ORDER BY createdUs DESC LIMIT -1 OFFSET ${PERSON_SESSIONS_MAX})`;
const FIND_SESSION = `SELECT person.name, person.role FROM session JOIN person ON person.name = session.person
  WHERE digest = ? AND session.createdUs > ? AND usedUs > ?`;
const USE_SESSION = 'UPDATE session SET usedUs = ?2 WHERE digest = ?1 AND usedUs < ?2';
const END_SESSION = 'DELETE FROM session WHERE digest = ?';
const END_SESSIONS = 'DELETE FROM session WHERE person = ?';
const END_OLD_SESSIONS = 'DELETE FROM session WHERE createdUs <= ? OR usedUs <= ?';

export interface StoredPerson extends Person {
  /** as password.ts made it */
  readonly password: string;
}

export class People {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(database: DatabaseSync) {
    this.#statements = prepareStatements(database);
  }

  get count(): number {
    return asNumber(oneRow(this.#statements.count)?.count);
  }

  get adminCount(): number {
    return asNumber(oneRow(this.#statements.countAdmins)?.count);
  }

  list(): PeopleReply['people'] {
    const rows = allRows(this.#statements.list);
    return rows.map((row) => ({ ...personOf(row), createdUs: asNumber(row.createdUs) }));
  }

  find(name: string): StoredPerson | undefined {
    const row = oneRow(this.#statements.find, name);
    return row === undefined ? undefined : { ...personOf(row), password: asText(row.password) };
  }

  /** @returns false where the name is taken or there is room for no more */
  add({ name, role, password }: StoredPerson, nowUs: number): boolean {
    if (this.count >= PEOPLE_MAX) return false;
    return this.#statements.add.run(name, role, password, nowUs).changes === 1;
  }

  /** Their sessions end: what they were opened with no longer holds. */
  change({ name, role, password }: StoredPerson): void {
    this.#statements.change.run(name, role, password);
    this.#statements.endSessions.run(name);
  }

  /** @returns whether there was one */
  remove(name: string): boolean {
    this.#statements.endSessions.run(name);
    return this.#statements.remove.run(name).changes === 1;
  }

  /** @returns the session's secret, which is nowhere else */
  openSession(person: string, nowUs: number): string {
    const secret = drawSecret('session');
    this.#statements.openSession.run(digestOf(secret), person, nowUs);
    this.#statements.boundSessions.run(person);
    return secret;
  }

  /** @returns who is signed in with a session, or undefined where it has ended */
  bySession(hex: string, nowUs: number): (Principal & { kind: 'person' }) | undefined {
    const since = [nowUs - SESSION_AGE_US_MAX, nowUs - SESSION_IDLE_US_MAX];
    const row = oneRow(this.#statements.findSession, Buffer.from(hex, 'hex'), ...since);
    if (row === undefined) return undefined;
    return { kind: 'person', ...personOf(row), digest: hex };
  }

  endSession(digest: Uint8Array): void {
    this.#statements.endSession.run(digest);
  }

  sessionUsed(digest: Uint8Array, usedUs: number): void {
    this.#statements.useSession.run(digest, usedUs);
  }

  endOldSessions(nowUs: number): void {
    this.#statements.endOldSessions.run(nowUs - SESSION_AGE_US_MAX, nowUs - SESSION_IDLE_US_MAX);
  }
}

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

function personOf(row: SqlRow): Person {
  const role = must(
    ROLES.find((known) => known === row.role),
    'a role that the table allows',
  );
  return { name: asText(row.name), role };
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    count: prepare(COUNT),
    countAdmins: prepare(COUNT_ADMINS),
    list: prepare(LIST),
    find: prepare(FIND),
    add: prepare(ADD),
    change: prepare(CHANGE),
    remove: prepare(REMOVE),
    openSession: prepare(OPEN_SESSION),
    boundSessions: prepare(BOUND_SESSIONS),
    findSession: prepare(FIND_SESSION),
    useSession: prepare(USE_SESSION),
    endSession: prepare(END_SESSION),
    endSessions: prepare(END_SESSIONS),
    endOldSessions: prepare(END_OLD_SESSIONS),
  };
}
