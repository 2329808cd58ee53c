/** A closed access on a folder of its own, called as the server calls it: for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, silentLog } from '@fernsight/base';
import { type RouteName, routes } from '@fernsight/wire';
import type { Answer, Call } from '../http/answer.ts';
import { ClosedAccess } from './closedAccess.ts';
import type { Facts, Principal } from './principal.ts';

export const PASSWORD = 'correct horse battery';
/** Passwords cost next to nothing here. */
export const CHEAP = { logN: 8, r: 8, p: 1 };

export class AccessTrial {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'access-'));
  readonly clock = new ManualClock(1_800_000_000_000_000);
  access = this.#open();

  reopen(): void {
    this.access.close();
    this.access = this.#open();
  }

  end(): void {
    this.access.close();
    rmSync(this.dataDir, { recursive: true });
  }

  /** Access first, then the route's answer. */
  async call(name: RouteName, { as = {}, ...input }: Partial<Call> & { as?: Partial<Facts> } = {}) {
    const { method, access: needed } = routes[name];
    const asked = factsOf({ method, ...as });
    const decision = this.access.authorize(asked, needed);
    if (!decision.ok) return { status: decision.refusal.status, body: decision.refusal };
    const answer = this.access.answers[name];
    if (answer === undefined) throw new Error(`no answer for ${name}`);
    return answer({
      params: {},
      query: {},
      body: undefined,
      raw: Buffer.alloc(0),
      contentType: 'application/json',
      receivedUs: this.clock.nowUs(),
      principal: decision.principal,
      facts: asked,
      ...input,
    });
  }

  /** @returns who a request with these facts comes from; throws where it is refused */
  principal(facts: Partial<Facts>, needed: 'viewer' | 'device'): Principal {
    const decision = this.access.authorize(factsOf(facts), needed);
    if (!decision.ok) throw new Error(decision.refusal.detail);
    return decision.principal;
  }

  async setUp(name = 'anna'): Promise<{ readonly cookie: string }> {
    const body = { token: this.access.setupToken, name, password: PASSWORD };
    return { cookie: cookieOf(await this.call('setUp', { body })) };
  }

  async signIn(name: string, password = PASSWORD): Promise<{ readonly cookie: string }> {
    return { cookie: cookieOf(await this.call('signIn', { body: { name, password } })) };
  }

  async addToken(admin: Partial<Facts>, device: string, children: string[] = []): Promise<string> {
    const { body } = await this.call('addToken', { as: admin, body: { device, children } });
    return textOf(body, 'token');
  }

  async addKey(admin: Partial<Facts>, scopes: string[], endsUs?: number) {
    const name = scopes.join('-');
    const body = { name, scopes, ...(endsUs === undefined ? {} : { endsUs }) };
    const answer = await this.call('addKey', { as: admin, body });
    return { id: textOf(answer.body, 'id'), secret: textOf(answer.body, 'secret') };
  }

  #open(): ClosedAccess {
    const { dataDir, clock } = this;
    return new ClosedAccess({ dataDir, clock, log: silentLog, passwordCost: CHEAP });
  }
}

export function factsOf(some: Partial<Facts>): Facts {
  const host = 'fern.example';
  const address = '192.0.2.1';
  return { method: 'GET', address, host, forwarded: false, secure: false, ...some };
}

export function bearer(secret: string): { readonly authorization: string } {
  return { authorization: `Bearer ${secret}` };
}

export function cookieOf(answer: Answer): string {
  return answer.headers?.['set-cookie']?.split(';')[0] ?? '';
}

/** @returns a text field of a body; throws where there is none */
export function textOf(body: unknown, field: string): string {
  const value: unknown = Object(body)[field];
  if (typeof value !== 'string') throw new Error(`no ${field} in ${JSON.stringify(body)}`);
  return value;
}
