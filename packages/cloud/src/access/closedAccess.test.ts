import { US_PER_HOUR } from '@fernsight/base';
import { routes } from '@fernsight/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessTrial, bearer, cookieOf, factsOf, PASSWORD } from './accessTrial.ts';
import { ATTEMPTS_FREE } from './limits.ts';
import type { Facts } from './principal.ts';

let trial: AccessTrial;

beforeEach(() => {
  trial = new AccessTrial();
});

afterEach(() => trial.end());

describe('the first run', () => {
  it('only the printed token makes the first administrator, once', async () => {
    expect((await trial.call('session')).body).toEqual({ mode: 'setup' });
    const token = trial.access.setupToken ?? '';
    const body = { name: 'anna', password: PASSWORD };
    expect((await trial.call('setUp', { body: { ...body, token: `${token}x` } })).status).toBe(401);
    const done = await trial.call('setUp', { body: { ...body, token } });
    expect(done.body).toEqual({ mode: 'closed', person: { name: 'anna', role: 'admin' } });
    expect(trial.access.setupToken).toBeUndefined();
    const again = await trial.call('setUp', { body: { ...body, name: 'mallory', token } });
    expect(again.status).toBe(409);
    const people = await trial.call('people', { as: { cookie: cookieOf(done) } });
    expect(people.body).toMatchObject({ people: [{ name: 'anna', role: 'admin' }] });
  });

  it('is no matter of another site, which may have seen the token', async () => {
    const body = { token: trial.access.setupToken, name: 'anna', password: PASSWORD };
    for (const origin of ['http://evil.example', 'null', 'http://fern.example:81']) {
      expect((await trial.call('setUp', { body, as: { origin } })).status).toBe(403);
    }
    const own = await trial.call('setUp', { body, as: { origin: 'http://fern.example' } });
    expect(own.status).toBe(200);
  });

  it('two who race with the token make one administrator', async () => {
    const token = trial.access.setupToken ?? '';
    const answers = await Promise.all(
      ['anna', 'bert'].map((name) =>
        trial.call('setUp', { body: { token, name, password: PASSWORD } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('a restart makes another token; after setup there is none', async () => {
    const first = trial.access.setupToken;
    trial.reopen();
    expect(trial.access.setupToken).not.toBe(first);
    await trial.setUp();
    trial.reopen();
    expect(trial.access.setupToken).toBeUndefined();
  });
});

describe('sessions', () => {
  it('come as a cookie that scripts and other sites cannot use', async () => {
    await trial.setUp();
    const body = { name: 'anna', password: PASSWORD };
    const plain = await trial.call('signIn', { body });
    expect(plain.headers?.['set-cookie']).toMatch(
      /^fernsight=fss_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const tls = await trial.call('signIn', { body, as: { secure: true } });
    expect(tls.headers?.['set-cookie']).toMatch(/; Secure$/);
    const foreign = await trial.call('signIn', { body, as: { origin: 'http://evil.example' } });
    expect(foreign.status).toBe(403);
    const change = { method: 'POST', cookie: cookieOf(plain), origin: 'http://evil.example' };
    expect(trial.access.authorize(factsOf(change), 'viewer')).toMatchObject({
      refusal: { status: 403 },
    });
    const own = { ...change, origin: 'http://fern.example' };
    expect(trial.access.authorize(factsOf(own), 'viewer').ok).toBe(true);
  });

  it('are drawn anew by signing in: none that was brought along is taken or lives on', async () => {
    await trial.setUp();
    const body = { name: 'anna', password: PASSWORD };
    const holds = (cookie: string) => trial.access.authorize(factsOf({ cookie }), 'viewer').ok;
    const planted = `fernsight=fss_${'x'.repeat(43)}`;
    const first = cookieOf(await trial.call('signIn', { body, as: { cookie: planted } }));
    const second = cookieOf(await trial.call('signIn', { body, as: { cookie: first } }));
    expect(new Set([planted, first, second]).size).toBe(3);
    expect([planted, first, second].map(holds)).toEqual([false, false, true]);
  });

  it('end by signing out, by idleness, by age, and with their person', async () => {
    const admin = await trial.setUp();
    const signIn = async () =>
      cookieOf(await trial.call('signIn', { body: { name: 'anna', password: PASSWORD } }));
    const holds = (cookie: string) => trial.access.authorize(factsOf({ cookie }), 'viewer').ok;

    const first = await signIn();
    expect(holds(first)).toBe(true);
    const out = await trial.call('signOut', { as: { cookie: first } });
    expect(out.headers?.['set-cookie']).toContain('Max-Age=0');
    expect(holds(first)).toBe(false);

    const idle = await signIn();
    const busy = await signIn();
    const ending = new AbortController();
    const running = trial.access.run(ending.signal);
    const oldAfter = 7 * 24 + 2;
    for (let hour = 0; hour < oldAfter; hour++) {
      const isOld = hour >= 7 * 24;
      expect(holds(busy)).toBe(!isOld);
      await trial.clock.advance(US_PER_HOUR / 1_000);
      if (hour === 12) expect(holds(idle)).toBe(false);
    }
    ending.abort();
    await running;

    const last = await signIn();
    await trial.call('addPerson', {
      as: { cookie: last },
      body: { name: 'bert', role: 'viewer', password: PASSWORD },
    });
    const bert = cookieOf(
      await trial.call('signIn', { body: { name: 'bert', password: PASSWORD } }),
    );
    expect(holds(bert)).toBe(true);
    const principal = trial.principal({ cookie: bert }, 'viewer');
    await trial.call('removePerson', { as: { cookie: last }, params: { person: 'bert' } });
    expect(holds(bert)).toBe(false);
    expect(trial.access.stillHolds(principal)).toBe(false);
    expect(holds(admin.cookie)).toBe(false);
  });

  it('a changed password ends every other session and takes effect', async () => {
    const { cookie } = await trial.setUp();
    const body = { current: PASSWORD, next: 'another long one' };
    const wrong = await trial.call('changePassword', {
      as: { cookie },
      body: { ...body, current: 'not this one' },
    });
    expect(wrong.status).toBe(401);
    const changed = await trial.call('changePassword', { as: { cookie }, body });
    expect(changed.status).toBe(204);
    expect(trial.access.authorize(factsOf({ cookie }), 'viewer').ok).toBe(false);
    expect(trial.access.authorize(factsOf({ cookie: cookieOf(changed) }), 'admin').ok).toBe(true);
    const old = await trial.call('signIn', { body: { name: 'anna', password: PASSWORD } });
    expect(old.status).toBe(401);
  });

  it('what an administrator changes while a password is looked at holds', async () => {
    const admin = await trial.setUp();
    await trial.call('addPerson', {
      as: admin,
      body: { name: 'bert', role: 'operator', password: PASSWORD },
    });
    const bert = await trial.signIn('bert');
    const params = { person: 'bert' };
    const change = (body: object) => trial.call('changePerson', { as: admin, params, body });
    const changing = trial.call('changePassword', {
      as: bert,
      body: { current: PASSWORD, next: 'another long one' },
    });
    await change({ role: 'viewer' });
    expect((await changing).status).toBe(204);
    expect((await trial.call('people', { as: admin })).body).toMatchObject({
      people: [{ name: 'anna' }, { name: 'bert', role: 'viewer' }],
    });

    const taken = change({ password: 'chosen by another' });
    const late = await trial.call('signIn', {
      body: { name: 'bert', password: 'another long one' },
    });
    await taken;
    const cookie = cookieOf(late);
    expect(trial.access.authorize(factsOf({ cookie }), 'viewer').ok).toBe(false);
  });

  it('a device whose token was revoked keeps nobody of its network from signing in', async () => {
    await trial.setUp();
    for (let count = 0; count < 3 * ATTEMPTS_FREE; count++) {
      trial.access.authorize(factsOf(bearer('fsd_revoked')), 'device');
    }
    const body = { name: 'anna', password: PASSWORD };
    expect((await trial.call('signIn', { body })).status).toBe(200);
  });

  it('guessing a password is slowed, for right answers too, and one name does not slow another', async () => {
    await trial.setUp();
    const signIn = (name: string, password: string, address: string) =>
      trial.call('signIn', { body: { name, password }, as: { address } });
    for (let count = 0; count <= ATTEMPTS_FREE; count++) {
      expect((await signIn('anna', `wrong ${count}`, '192.0.2.66')).status).toBe(401);
    }
    const slowed = await signIn('anna', PASSWORD, '192.0.2.66');
    expect(slowed.status).toBe(429);
    expect(slowed.headers?.['retry-after']).toBe('1');
    expect((await signIn('anna', PASSWORD, '192.0.2.7')).status).toBe(429);
    expect((await signIn('nobody', PASSWORD, '192.0.2.7')).status).toBe(401);
    await trial.clock.advance(1_000);
    expect((await signIn('anna', PASSWORD, '192.0.2.66')).status).toBe(200);
  });

  it('guessing at many names is slowed for the address that does it, and for no other', async () => {
    await trial.setUp();
    const signIn = (name: string, password: string, address: string) =>
      trial.call('signIn', { body: { name, password }, as: { address } });
    for (let count = 0; count <= ATTEMPTS_FREE; count++) {
      expect((await signIn(`guess-${count}`, 'password-1', '192.0.2.66')).status).toBe(401);
    }
    expect((await signIn('another', 'password-1', '192.0.2.66')).status).toBe(429);
    expect((await signIn('anna', PASSWORD, '192.0.2.66')).status).toBe(429);
    expect((await signIn('anna', PASSWORD, '192.0.2.7')).status).toBe(200);
  });
});

describe('roles and scopes', () => {
  it('each route asks for what its place in the table says', async () => {
    const admin = await trial.setUp();
    const credentials: Record<string, Partial<Facts>> = { nobody: {} };
    for (const role of ['viewer', 'operator', 'admin']) {
      const body = { name: role, role, password: PASSWORD };
      await trial.call('addPerson', { as: admin, body });
      const signedIn = await trial.call('signIn', { body: { name: role, password: PASSWORD } });
      credentials[role] = { cookie: cookieOf(signedIn) };
    }
    for (const scope of ['device', 'metrics', 'provision']) {
      credentials[scope] = bearer((await trial.addKey(admin, [scope])).secret);
    }
    credentials.token = bearer(await trial.addToken(admin, 'pump'));
    const mayCall: Record<string, readonly string[]> = {
      public: Object.keys(credentials),
      viewer: ['viewer', 'operator', 'admin'],
      operator: ['operator', 'admin'],
      admin: ['admin'],
      metrics: ['viewer', 'operator', 'admin', 'metrics'],
      device: ['device', 'token'],
      provision: ['admin', 'provision'],
    };
    for (const [name, route] of Object.entries(routes)) {
      for (const [who, as] of Object.entries(credentials)) {
        const decision = trial.access.authorize(
          factsOf({ method: route.method, ...as }),
          route.access,
        );
        const expected = mayCall[route.access]?.includes(who) ? 200 : who === 'nobody' ? 401 : 403;
        expect([name, who, decision.ok ? 200 : decision.refusal.status]).toEqual([
          name,
          who,
          expected,
        ]);
      }
    }
  });

  it('the last administrator stays one', async () => {
    const as = await trial.setUp();
    const demote = await trial.call('changePerson', {
      as,
      params: { person: 'anna' },
      body: { role: 'viewer' },
    });
    expect(demote.status).toBe(409);
    expect((await trial.call('removePerson', { as, params: { person: 'anna' } })).status).toBe(409);
  });

  it('a key ends at its time and when it is revoked', async () => {
    const admin = await trial.setUp();
    const brief = await trial.addKey(admin, ['viewer'], trial.clock.nowUs() + 1_000_000);
    const revoked = await trial.addKey(admin, ['metrics']);
    const holds = (secret: string) => trial.access.authorize(factsOf(bearer(secret)), 'metrics').ok;
    expect([holds(brief.secret), holds(revoked.secret)]).toEqual([true, true]);
    await trial.clock.advance(1_000);
    await trial.call('revokeKey', { as: admin, params: { key: revoked.id } });
    expect([holds(brief.secret), holds(revoked.secret)]).toEqual([false, false]);
    const list = await trial.call('keys', { as: admin });
    expect(JSON.stringify(list.body)).not.toContain(brief.secret);
  });
});
