/** Over sockets: whatever ends a credential ends its next request and the live stream that it has open. */
import { type ClientRequest, request } from 'node:http';
import { createClient } from '@fernsight/wire/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CloudTrial, openCloud } from '../cloudTrial.ts';
import { cookieOf } from './accessTrial.ts';
import { SESSION_AGE_US_MAX, SESSION_IDLE_US_MAX } from './limits.ts';
import { resetAdministrator } from './resetAdministrator.ts';

type Headers = Readonly<Record<string, string>>;

const PASSWORD = 'correct horse battery';

let trial: CloudTrial;
let admin: Headers;
let device: Headers;
let people = 0;
let askers = 0;

const as = (headers: Headers) => createClient({ baseUrl: trial.cloud.url, headers });

async function entered(path: string, body: object): Promise<Headers> {
  const { headers } = await trial.post(path, body);
  const cookie = { 'set-cookie': headers.get('set-cookie') ?? '' };
  return { cookie: cookieOf({ status: 200, body: null, headers: cookie }) };
}

const signIn = (name: string, password = PASSWORD) =>
  entered('/api/v1/session', { name, password });

beforeAll(async () => {
  trial = await openCloud({ open: false });
  const token = trial.cloud.setupToken;
  const anna = await entered('/api/v1/setup', { token, name: 'anna', password: PASSWORD });
  const body = { name: 'admin', scopes: ['admin' as const] };
  const { secret } = await as(anna).call('addKey', { body });
  admin = { authorization: `Bearer ${secret}` };
  const given = await as(admin).call('addToken', { body: { device: 'pump' } });
  device = { authorization: `Bearer ${given.token}` };
});

afterAll(() => trial.end());

/** @returns the status of a request, each from an address of its own: who guesses is slowed */
function statusOf(path: string, headers: Headers): Promise<number> {
  const options = { headers, agent: false, localAddress: `127.4.0.${++askers}` };
  return new Promise((resolve, reject) => {
    const sent = request(trial.cloud.url + path, options, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** A live stream, read as it comes. */
class Watch {
  text = '';
  readonly #sent: ClientRequest;
  readonly ended: Promise<void>;
  #noticed: () => void = () => undefined;

  constructor(headers: Headers) {
    this.#sent = request(`${trial.cloud.url}/api/v1/live`, { headers, agent: false });
    this.ended = new Promise((resolve, reject) => {
      this.#sent.on('error', reject);
      this.#sent.on('response', (response) => {
        response.on('data', (piece) => {
          this.text += piece;
          this.#noticed();
        });
        response.on('close', resolve);
      });
    });
    this.#sent.end();
  }

  async saw(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      await new Promise<void>((resolve) => {
        this.#noticed = resolve;
      });
    }
  }

  leave(): Promise<void> {
    this.#sent.destroy();
    return this.ended;
  }
}

interface Holder {
  readonly headers: Headers;
  readonly name: string;
}

async function person(): Promise<Holder> {
  const name = `person-${people++}`;
  await as(admin).call('addPerson', { body: { name, role: 'operator', password: PASSWORD } });
  return { name, headers: await signIn(name) };
}

async function key(endsUs?: number): Promise<Holder> {
  const scopes = ['viewer' as const];
  const body = { name: `key-${people++}`, scopes, ...(endsUs === undefined ? {} : { endsUs }) };
  const { id, secret } = await as(admin).call('addKey', { body });
  return { name: id, headers: { authorization: `Bearer ${secret}` } };
}

const change = (name: string, body: { role?: 'viewer'; password?: string }) =>
  as(admin).call('changePerson', { params: { person: name }, body });

const ENDINGS: readonly [string, () => Promise<Holder>, (holder: Holder) => Promise<unknown>][] = [
  ['signing out', person, ({ headers }) => as(headers).call('signOut', {})],
  [
    'a password that was changed in another session',
    person,
    async ({ name }) =>
      as(await signIn(name)).call('changePassword', {
        body: { current: PASSWORD, next: 'another long one' },
      }),
  ],
  [
    'a password that an administrator set',
    person,
    ({ name }) => change(name, { password: 'set by another' }),
  ],
  ['a role that was taken away', person, ({ name }) => change(name, { role: 'viewer' })],
  [
    'a person removed',
    person,
    ({ name }) => as(admin).call('removePerson', { params: { person: name } }),
  ],
  [
    'fernsight access reset',
    person,
    ({ name }) => resetAdministrator(trial.dir, name, trial.clock),
  ],
  ['a key revoked', key, ({ name }) => as(admin).call('revokeKey', { params: { key: name } })],
  ['a key at its end', () => key(trial.clock.nowUs() + 1e6), async () => trial.clock.step(1e6)],
];

it.each(ENDINGS)('%s ends the next request and the open stream', async (_, begin, end) => {
  const holder = await begin();
  const [own, other] = [new Watch(holder.headers), new Watch(admin)];
  await Promise.all([own.saw('event: reset'), other.saw('event: reset')]);
  await end(holder);
  const asked = ['/api/v1/fleet', '/api/v1/live'].map((path) => statusOf(path, holder.headers));
  expect(await Promise.all(asked)).toEqual([401, 401]);
  const row = { device: 'pump', sensor: `after-${holder.name}`, value: 1 };
  await trial.post('/api/v1/readings', { rows: [row] }, device);
  await trial.clock.advance(1_000);
  await other.saw(row.sensor);
  await own.ended;
  expect(own.text).not.toContain(row.sensor);
  await other.leave();
});

it('idleness and age end a session and its stream, also where nothing is told', async () => {
  const { name } = await person();
  for (const afterUs of [SESSION_IDLE_US_MAX, SESSION_AGE_US_MAX]) {
    const headers = await signIn(name);
    const watch = new Watch(headers);
    await watch.saw('event: reset');
    const told = watch.text;
    trial.clock.step(afterUs);
    expect(await statusOf('/api/v1/fleet', headers)).toBe(401);
    await trial.clock.advance(1_000);
    await watch.ended;
    expect(watch.text).toBe(told);
  }
});

it('a token revoked, and one that was rotated, write no more', async () => {
  const push = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const rows = [{ device: 'valve', sensor: 't', value: 1 }];
    return (await trial.post('/api/v1/readings', { rows }, headers)).status;
  };
  const params = { device: 'valve' };
  const first = await as(admin).call('addToken', { body: { device: 'valve' } });
  const second = await as(admin).call('rotateToken', { params });
  expect([await push(first.token), await push(second.token)]).toEqual([202, 202]);
  expect([await push(first.token), await push(second.token)]).toEqual([401, 202]);
  await as(admin).call('revokeToken', { params });
  expect(await push(second.token)).toBe(401);
});
