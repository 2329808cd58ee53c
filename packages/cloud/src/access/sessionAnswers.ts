/**
 * Signing in and out, the first administrator, one's own password.
 *
 * A password that is wrong counts against its address and its name. The name's wait is short, so that nobody can lock
 * another out for long; the address's grows to a quarter of an hour. While either waits, no password is looked at.
 */
import { ChangePassword, type Session, SetUp, SignIn } from '@fernsight/wire';
import { Parse } from 'typebox/value';
import type { Answer, Answers } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import { Attempts, guesser, slowed } from './attempts.ts';
import { sessionCookie } from './credentials.ts';
import type { Desk } from './desk.ts';
import { NAME_WAIT_MS_MAX } from './limits.ts';
import { isForeign } from './origin.ts';
import { BusyFault } from './password.ts';
import type { StoredPerson } from './people.ts';
import type { Facts, Principal } from './principal.ts';
import { reply } from './reply.ts';

export function sessionAnswers(desk: Desk): Answers {
  const door = new Door(desk);
  return {
    session: ({ facts }) => reply(200, door.session(facts)),
    signIn: ({ body, facts }) => door.signIn(Parse(SignIn, body), facts),
    signOut: ({ facts }) => door.signOut(facts),
    setUp: ({ body, facts }) => door.setUp(Parse(SetUp, body), facts),
    changePassword: ({ body, facts, principal }) =>
      door.changePassword(Parse(ChangePassword, body), { facts, principal }),
  };
}

class Door {
  readonly #desk: Desk;
  readonly #names: Attempts;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#names = new Attempts(desk.clock, NAME_WAIT_MS_MAX);
  }

  session(facts: Facts): Session {
    if (this.#desk.records.people.adminCount === 0) return { mode: 'setup' };
    const person = this.#desk.personOf(facts);
    if (person === undefined) return { mode: 'closed' };
    return { mode: 'closed', person: { name: person.name, role: person.role } };
  }

  async signIn({ name, password }: SignIn, facts: Facts): Promise<Answer> {
    if (isForeign(facts)) return FOREIGN;
    const person = this.#desk.records.people.find(name);
    const refused = await this.#check({ name, password, person, facts });
    if (refused !== undefined) return refused;
    const before = this.#desk.personOf(facts);
    if (before !== undefined) this.#end(before);
    return this.#welcome(name, facts, 'signed in');
  }

  signOut(facts: Facts): Answer {
    const person = this.#desk.personOf(facts);
    if (person !== undefined && !isForeign(facts)) this.#end(person);
    return reply(204, null, { 'set-cookie': sessionCookie('', facts) });
  }

  async setUp({ token, name, password }: SetUp, facts: Facts): Promise<Answer> {
    if (isForeign(facts)) return FOREIGN;
    const { records, attempts, hasher, clock, isSetupToken, setUpDone } = this.#desk;
    if (records.people.adminCount > 0) return SET_UP_ALREADY;
    const address = guesser(facts.address);
    const waitMs = attempts.waitMs(address);
    if (waitMs > 0) return refused(waitMs);
    if (!isSetupToken(token)) {
      attempts.failed(address);
      return WRONG_SETUP_TOKEN;
    }
    const hash = await hasher.hash(password);
    if (!isSetupToken(token)) return SET_UP_ALREADY;
    records.people.add({ name, role: 'admin', password: hash }, clock.nowUs());
    setUpDone();
    return this.#welcome(name, facts, 'set up');
  }

  async changePassword(
    { current, next }: ChangePassword,
    { facts, principal }: { readonly facts: Facts; readonly principal: Principal },
  ): Promise<Answer> {
    const { records, hasher } = this.#desk;
    const name = principal.kind === 'person' ? principal.name : '';
    const person = records.people.find(name);
    if (person === undefined) return NO_PASSWORD;
    const wrong = await this.#check({ name, password: current, person, facts });
    if (wrong !== undefined) return wrong;
    const password = await hasher.hash(next);
    const still = records.people.find(name);
    if (still === undefined || still.password !== person.password) return WRONG;
    records.people.change({ ...still, password });
    const { headers = {} } = this.#welcome(name, facts, 'changed their password');
    return reply(204, null, headers);
  }

  /** @returns undefined where the password is right */
  async #check({ name, password, person, facts }: Attempt): Promise<Answer | undefined> {
    const { attempts, hasher, note, records } = this.#desk;
    const address = guesser(facts.address);
    const waitMs = Math.max(attempts.waitMs(address), this.#names.waitMs(name));
    if (waitMs > 0) return refused(waitMs);
    const isRight = await attempt(() => hasher.verify(password, person?.password));
    if (isRight === 'busy') return refused(1_000);
    if (isRight) {
      this.#names.succeeded(name);
      // it took a while: an administrator may have changed the password since, or removed the person
      return records.people.find(name)?.password === person?.password ? undefined : WRONG;
    }
    attempts.failed(address);
    this.#names.failed(name);
    // a name that is unknown may be a password typed into the wrong field
    note({ principal: { kind: 'anyone' }, facts }, 'sign-in failed', person?.name ?? '');
    return WRONG;
  }

  #welcome(name: string, facts: Facts, action: string): Answer {
    const { records, clock, note } = this.#desk;
    const person = records.people.find(name);
    if (person === undefined) return WRONG;
    const secret = records.people.openSession(name, clock.nowUs());
    const { role } = person;
    note({ principal: { kind: 'person', name, role, digest: '' }, facts }, action, name);
    const session: Session = { mode: 'closed', person: { name, role } };
    return reply(200, session, { 'set-cookie': sessionCookie(secret, facts) });
  }

  #end({ digest }: Principal & { kind: 'person' }): void {
    this.#desk.records.people.endSession(Buffer.from(digest, 'hex'));
  }
}

interface Attempt {
  readonly name: string;
  readonly password: string;
  readonly person: StoredPerson | undefined;
  readonly facts: Facts;
}

async function attempt(verify: () => Promise<boolean>): Promise<boolean | 'busy'> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof BusyFault) return 'busy';
    throw error;
  }
}

function refused(waitMs: number): Answer {
  const refusal = slowed(waitMs);
  return problem(refusal.status, refusal);
}

const WRONG = problem(401, {
  detail: 'The name or the password is wrong.',
  hint: 'Try again; "fernsight access reset" on the server helps an administrator who forgot.',
});

const WRONG_SETUP_TOKEN = problem(401, {
  detail: 'The setup token is wrong.',
  hint: 'The server prints it when it starts; a restart makes another.',
});

const SET_UP_ALREADY = problem(409, {
  detail: 'The server has an administrator.',
  hint: 'Sign in; "fernsight access reset" on the server helps one who forgot.',
});

const FOREIGN = problem(403, {
  detail: 'The Origin of the request is not this server.',
  hint: 'Use the page that this server serves.',
});

const NO_PASSWORD = problem(403, {
  detail: 'Only a person who is signed in has a password to change.',
  hint: 'Sign in first.',
});
