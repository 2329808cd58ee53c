/**
 * Devices' tokens. A device has one; while it is being rotated it has two, until the new one is first used. A device
 * whose token was revoked stays listed and cannot enrol by itself: an administrator must give it a token.
 *
 * A token writes for its device and the devices behind it. A child belongs to the first that claims it; a device with a
 * token of its own is nobody's child.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from '@fernsight/base';
import type { DeviceToken } from '@fernsight/wire';
import {
  allRows,
  asNumber,
  asText,
  oneRow,
  type SqlRow,
  transact,
} from '../store/sqlite/database.ts';
import { CHILDREN_MAX, ROTATION_US_MAX, TOKENS_MAX } from './limits.ts';
import type { Principal } from './principal.ts';
import { Recall } from './recall.ts';
import { digestOf, drawSecret } from './secret.ts';

const COUNT = 'SELECT count(*) AS count FROM device';
const LIST = `SELECT name, device.createdUs, revokedUs,
  (SELECT max(usedUs) FROM token WHERE token.device = device.name) AS usedUs,
  (SELECT count(*) FROM child WHERE parent = device.name) AS childCount
  FROM device WHERE name > ? ORDER BY name LIMIT ?`;
const FIND_DEVICE = 'SELECT name, revokedUs FROM device WHERE name = ?';
const ADD_DEVICE = `INSERT INTO device (name, createdUs) VALUES (?1, ?2)
  ON CONFLICT (name) DO UPDATE SET revokedUs = NULL`;
const REVOKE_DEVICE = 'UPDATE device SET revokedUs = ?2 WHERE name = ?1 AND revokedUs IS NULL';
const ADD_TOKEN = 'INSERT INTO token (digest, device, createdUs) VALUES (?, ?, ?)';
const FIND_TOKEN = `SELECT token.device, usedUs FROM token JOIN device ON device.name = token.device
  WHERE digest = ? AND revokedUs IS NULL AND (endsUs IS NULL OR endsUs > ?)`;
const END_TOKENS = `UPDATE token SET endsUs = ?2 WHERE device = ?1 AND (endsUs IS NULL OR endsUs > ?2)`;
const DROP_TOKENS = 'DELETE FROM token WHERE device = ?';
const DROP_OLDER = `DELETE FROM token WHERE device = ?1 AND digest <> ?2 AND endsUs IS NOT NULL`;
const USE_TOKEN = 'UPDATE token SET usedUs = ?2 WHERE digest = ?1';
const CLAIM = `INSERT INTO child (device, parent)
  SELECT ?1, ?2 WHERE ?1 NOT IN (SELECT name FROM device)
  AND (SELECT count(*) FROM child WHERE parent = ?2) < ${CHILDREN_MAX}
  ON CONFLICT (device) DO NOTHING`;
const PARENT_OF = 'SELECT parent FROM child WHERE device = ?';
const FREE_CHILD = 'DELETE FROM child WHERE device = ?';

/** Why a device was given no token. */
export type TokenRefusal = 'exists' | 'revoked' | 'child' | 'full';

type DevicePrincipal = Principal & { readonly kind: 'device' };

export class Tokens {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** by digest; null: there is none */
  readonly #holders: Recall<DevicePrincipal | null>;
  readonly #parents: Recall<string | null>;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
    this.#holders = new Recall(clock);
    this.#parents = new Recall(clock);
    this.#statements = prepareStatements(database);
  }

  /** @param after list devices whose names come after this one */
  list(after: string, limit: number): DeviceToken[] {
    return allRows(this.#statements.list, after, limit).map((row) => ({
      device: asText(row.name),
      createdUs: asNumber(row.createdUs),
      usedUs: timeOrNull(row.usedUs),
      revokedUs: timeOrNull(row.revokedUs),
      childCount: asNumber(row.childCount),
    }));
  }

  /** A device enrols by itself, with a provisioning key. @returns its token, which is nowhere else, or why not */
  enrol(device: string, nowUs: number): { readonly token: string } | TokenRefusal {
    return this.#change(() => {
      const known = oneRow(this.#statements.findDevice, device);
      if (known !== undefined) return known.revokedUs === null ? 'exists' : 'revoked';
      if (this.#parentOf(device) !== null) return 'child';
      return this.#issue(device, nowUs);
    });
  }

  /** An administrator gives a device a token: one that is new, was revoked, or stood behind another. */
  add(device: string, nowUs: number): { readonly token: string } | TokenRefusal {
    return this.#change(() => {
      if (oneRow(this.#statements.findDevice, device)?.revokedUs === null) return 'exists';
      this.#statements.freeChild.run(device);
      return this.#issue(device, nowUs);
    });
  }

  /** @returns the new token, or undefined where the device has none that holds */
  rotate(device: string, nowUs: number): { readonly token: string } | undefined {
    return this.#change(() => {
      if (oneRow(this.#statements.findDevice, device)?.revokedUs !== null) return undefined;
      this.#statements.endTokens.run(device, nowUs + ROTATION_US_MAX);
      return this.#insert(device, nowUs);
    });
  }

  /** @returns whether there was one that held */
  revoke(device: string, nowUs: number): boolean {
    return this.#change(() => {
      const isHeld = this.#statements.revokeDevice.run(device, nowUs).changes === 1;
      this.#statements.dropTokens.run(device);
      return isHeld;
    });
  }

  /** @param hex the SHA-256 of what was presented, in hexadecimal */
  find(hex: string, nowUs: number): DevicePrincipal | undefined {
    return this.#holders.get(hex, () => this.#find(hex, nowUs)) ?? undefined;
  }

  used(digest: Uint8Array, usedUs: number): void {
    this.#statements.useToken.run(digest, usedUs);
  }

  /** New claims are written in one commit. @returns those that do not stand behind `parent` */
  claim(parent: string, children: readonly string[]): string[] {
    const others = children.filter((child) => this.parentOf(child) !== parent);
    if (others.length === 0) return [];
    return this.#change(() =>
      others.filter((child) => this.#statements.claim.run(child, parent).changes === 0),
    );
  }

  parentOf(device: string): string | undefined {
    return this.#parents.get(device, () => this.#parentOf(device)) ?? undefined;
  }

  #find(hex: string, nowUs: number): DevicePrincipal | null {
    const digest = Buffer.from(hex, 'hex');
    const row = oneRow(this.#statements.findToken, digest, nowUs);
    if (row === undefined) return null;
    const device = asText(row.device);
    if (row.usedUs === null) this.#firstUse(device, digest, nowUs);
    return { kind: 'device', device, digest: hex };
  }

  #parentOf(device: string): string | null {
    const row = oneRow(this.#statements.parentOf, device);
    return row === undefined ? null : asText(row.parent);
  }

  /** Every change goes through here: what was remembered may no longer be so. */
  #change<T>(work: () => T): T {
    this.#holders.forget();
    this.#parents.forget();
    return transact(this.#database, work);
  }

  #issue(device: string, nowUs: number): { readonly token: string } | 'full' {
    if (asNumber(oneRow(this.#statements.count)?.count) >= TOKENS_MAX) return 'full';
    this.#statements.addDevice.run(device, nowUs);
    return this.#insert(device, nowUs);
  }

  #insert(device: string, nowUs: number): { readonly token: string } {
    const token = drawSecret('device');
    this.#statements.addToken.run(digestOf(token), device, nowUs);
    return { token };
  }

  /** The new token of a rotation has arrived: the old one has done its work. */
  #firstUse(device: string, digest: Uint8Array, nowUs: number): void {
    this.#change(() => {
      this.#statements.dropOlder.run(device, digest);
      this.#statements.useToken.run(digest, nowUs);
    });
  }
}

function timeOrNull(value: SqlRow[string] | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    count: prepare(COUNT),
    list: prepare(LIST),
    findDevice: prepare(FIND_DEVICE),
    addDevice: prepare(ADD_DEVICE),
    revokeDevice: prepare(REVOKE_DEVICE),
    addToken: prepare(ADD_TOKEN),
    findToken: prepare(FIND_TOKEN),
    endTokens: prepare(END_TOKENS),
    dropTokens: prepare(DROP_TOKENS),
    dropOlder: prepare(DROP_OLDER),
    useToken: prepare(USE_TOKEN),
    claim: prepare(CLAIM),
    parentOf: prepare(PARENT_OF),
    freeChild: prepare(FREE_CHILD),
  };
}
