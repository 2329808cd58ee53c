/**
 * Closed mode: everybody brings a credential.
 *
 * A secret is looked up by its hash, so that revoking one is felt by the next request (recall.ts: by those of another
 * process within a second). A failure counts against its address; beyond a few the answer becomes 429 and names a wait. Credentials that are right
 * pass even then: a token has 256 bits, and a device behind the same router as a guesser must still get through.
 */
import type { Clock, Log } from '@fernsight/base';
import type { Access as Needed } from '@fernsight/wire';
import type { Answers, Call } from '../http/answer.ts';
import { whenRoom } from '../store/sqlite/room.ts';
import type { Access, Decision, Refusal } from './access.ts';
import { accessAnswers } from './answers.ts';
import { Attempts, guesser, slowed } from './attempts.ts';
import { type Credential, credentialOf } from './credentials.ts';
import { ADDRESS_WAIT_MS_MAX, USED_FLUSH_MAX, USED_FLUSH_MS } from './limits.ts';
import { isForeign } from './origin.ts';
import { type PasswordCost, PasswordHasher } from './password.ts';
import { actorName, type Facts, may, type Principal } from './principal.ts';
import { Rates } from './rates.ts';
import { AccessRecords, type Use } from './records.ts';
import { digestOf, drawSecret, kindOfSecret, sameDigest } from './secret.ts';

export interface ClosedAccessOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** what a password's hash costs; the default is right for people */
  readonly passwordCost?: PasswordCost;
}

export class ClosedAccess implements Access {
  readonly answers: Answers;
  readonly #records: AccessRecords;
  readonly #clock: Clock;
  readonly #log: Log;
  /** wrong tokens, by address; passwords are counted apart: one revoked device must not keep people of its network out */
  readonly #attempts: Attempts;
  readonly #rates: Rates;
  /** credentials used since they were last written down, and when */
  readonly #used = new Map<string, Use>();
  #setup: { readonly token: string; readonly digest: Uint8Array } | undefined;

  /** @throws StorageFault, UsageFault */
  constructor({ dataDir, clock, log, passwordCost }: ClosedAccessOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#records = new AccessRecords(dataDir, clock);
    this.#attempts = new Attempts(clock, ADDRESS_WAIT_MS_MAX);
    this.#rates = new Rates(clock);
    if (this.#records.people.adminCount === 0) {
      const token = drawSecret('setup');
      this.#setup = { token, digest: digestOf(token) };
    }
    this.answers = accessAnswers({
      note: (by, action, subject) => this.note(by, action, subject),
      records: this.#records,
      hasher: new PasswordHasher(passwordCost),
      clock,
      attempts: new Attempts(clock, ADDRESS_WAIT_MS_MAX),
      isSetupToken: (token) => this.#isSetupToken(token),
      setUpDone: () => {
        this.#setup = undefined;
      },
      personOf: (facts) => this.#personOf(facts),
    });
  }

  get setupToken(): string | undefined {
    return this.#setup?.token;
  }

  authorize(facts: Facts, needed: Needed): Decision {
    if (needed === 'public') return { ok: true, principal: { kind: 'anyone' } };
    const credential = credentialOf(facts);
    if (credential === undefined) return refuse(this.#anonymous());
    const principal = credential === 'malformed' ? undefined : this.#principal(credential);
    if (principal === undefined) return refuse(this.#wrong(facts));
    if (principal.kind === 'person' && facts.method !== 'GET' && isForeign(facts)) {
      return refuse(FOREIGN);
    }
    if (!may(principal, needed)) return refuse(tooWeak(needed));
    const waitMs = principal.kind === 'device' ? this.#rates.waitMs(principal.digest) : 0;
    if (waitMs > 0) return refuse(tooOften(waitMs));
    this.#note(principal);
    return { ok: true, principal };
  }

  mayWrite(principal: Principal, device: string): boolean {
    if (principal.kind !== 'device') return may(principal, 'device');
    return (
      principal.device === device || this.#records.tokens.parentOf(device) === principal.device
    );
  }

  claim(principal: Principal, children: readonly string[]): string[] {
    if (principal.kind !== 'device') return may(principal, 'device') ? [] : [...children];
    const { device } = principal;
    const others = children.filter((child) => child !== device);
    return this.#records.tokens.claim(device, others);
  }

  stillHolds(principal: Principal): boolean {
    if (principal.kind === 'anyone' || principal.kind === 'local') return true;
    return this.#find(principal.digest, principal.kind) !== undefined;
  }

  note(
    { principal, facts }: Pick<Call, 'principal' | 'facts'>,
    action: string,
    subject: string,
  ): void {
    const actor = actorName(principal);
    const { address } = facts;
    this.#records.audit.write({ tsUs: this.#clock.nowUs(), actor, address, action, subject });
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(USED_FLUSH_MS, signal);
      await whenRoom(() => this.#flush(), { clock: this.#clock, log: this.#log, signal });
    }
  }

  close(): void {
    this.#flush();
    this.#records.close();
  }

  #principal({ secret, name, from }: Credential): Principal | undefined {
    const kind = kindOfSecret(secret);
    if (kind === undefined || kind === 'setup' || kind === 'webhook') return undefined;
    if ((kind === 'session') !== (from === 'cookie')) return undefined;
    const found = this.#find(Buffer.from(digestOf(secret)).toString('hex'), KINDS[kind]);
    const isAnothers = name !== undefined && found?.kind === 'device' && found.device !== name;
    return isAnothers ? undefined : found;
  }

  #find(hex: string, kind: 'person' | 'key' | 'device'): Principal | undefined {
    const nowUs = this.#clock.nowUs();
    switch (kind) {
      case 'person':
        return this.#records.people.bySession(hex, nowUs);
      case 'key':
        return this.#records.keys.find(hex, nowUs);
      case 'device':
        return this.#records.tokens.find(hex, nowUs);
    }
  }

  #personOf(facts: Facts): (Principal & { kind: 'person' }) | undefined {
    const credential = credentialOf(facts);
    if (credential === undefined || credential === 'malformed') return undefined;
    const principal = this.#principal(credential);
    return principal?.kind === 'person' ? principal : undefined;
  }

  #isSetupToken(token: string): boolean {
    return this.#setup !== undefined && sameDigest(digestOf(token), this.#setup.digest);
  }

  #note(principal: Principal): void {
    if (principal.kind === 'anyone' || principal.kind === 'local') return;
    const { kind, digest } = principal;
    this.#used.set(digest, { kind, digest, usedUs: this.#clock.nowUs() });
  }

  /** Many devices use their tokens every second: that is written down together; a crash loses some seconds of it. */
  #flush(): void {
    const due = [...this.#used].slice(0, USED_FLUSH_MAX);
    this.#records.noteUsed(due.map(([, use]) => use));
    for (const [digest] of due) this.#used.delete(digest);
    this.#records.people.endOldSessions(this.#clock.nowUs());
  }

  #anonymous(): Refusal {
    if (this.#setup === undefined) return ANONYMOUS;
    return { ...ANONYMOUS, hint: 'Set the server up first, with the token that it printed.' };
  }

  #wrong(facts: Facts): Refusal {
    const address = guesser(facts.address);
    const before = this.#attempts.lastWaitMs(address);
    const waitMs = this.#attempts.failed(address);
    if (waitMs === 0) return WRONG;
    // a line a step of the wait: who guesses on does not fill the log
    if (waitMs > before) {
      this.#log.warn('credentials were refused again and again', { address, waitMs });
    }
    return slowed(waitMs);
  }
}

const KINDS = { session: 'person', key: 'key', device: 'device' } as const;

/** No Basic here: a browser would ask for a password in a window of its own. */
const CHALLENGE = { 'www-authenticate': 'Bearer realm="fernsight"' };

const ANONYMOUS: Refusal = {
  status: 401,
  title: 'Not signed in',
  detail: 'The request carries no credential.',
  hint: 'Sign in, or send an Authorization header with a token or an API key.',
  headers: CHALLENGE,
};

const WRONG: Refusal = {
  status: 401,
  title: 'Credential refused',
  detail: 'The credential is unknown, was revoked, or has ended.',
  hint: 'Sign in again, or ask an administrator for another token.',
  headers: CHALLENGE,
};

const FOREIGN: Refusal = {
  status: 403,
  title: 'Sent by another site',
  detail: 'The Origin of the request is not this server.',
  hint: 'Use the page that this server serves, or an API key.',
  headers: {},
};

function tooWeak(needed: Needed): Refusal {
  return {
    status: 403,
    title: 'Not allowed',
    detail: `The credential is right, but this needs ${WORDS[needed]}.`,
    hint: 'Ask an administrator.',
    headers: {},
  };
}

const WORDS: Readonly<Record<Needed, string>> = {
  public: 'nothing',
  device: "a device's token, or a key with the scope device",
  viewer: 'the role viewer',
  operator: 'the role operator',
  admin: 'the role admin',
  metrics: 'the role viewer, or a key with the scope metrics',
  provision: 'a key with the scope provision',
};

function tooOften(waitMs: number): Refusal {
  return {
    status: 429,
    title: 'Too many requests',
    detail: 'This device asks more often than the server answers one device.',
    hint: 'Send many readings in one request, and wait as long as Retry-After says.',
    headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
  };
}

function refuse(refusal: Refusal): Decision {
  return { ok: false, refusal };
}
