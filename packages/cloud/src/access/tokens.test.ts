import { US_PER_DAY } from '@fernsight/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessTrial, bearer, cookieOf, factsOf, PASSWORD, textOf } from './accessTrial.ts';
import { ATTEMPTS_FREE, CHILDREN_MAX } from './limits.ts';

let trial: AccessTrial;

beforeEach(() => {
  trial = new AccessTrial();
});

afterEach(() => trial.end());

describe("devices' tokens", () => {
  it('write for their device and its children alone, by each scheme', async () => {
    const admin = await trial.setUp();
    const token = await trial.addToken(admin, 'gateway', ['child-1']);
    await trial.addToken(admin, 'other');
    const basic = (name: string) => ({
      authorization: `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}`,
    });
    for (const as of [bearer(token), basic('gateway'), { authorization: `Token ${token}` }]) {
      const gateway = trial.principal({ method: 'POST', ...as }, 'device');
      const may = ['gateway', 'child-1', 'child-2', 'other'].map((device) =>
        trial.access.mayWrite(gateway, device),
      );
      expect(may).toEqual([true, true, false, false]);
    }
    expect(trial.access.authorize(factsOf(basic('other')), 'device')).toMatchObject({
      refusal: { status: 401 },
    });
    expect(trial.access.authorize(factsOf({ cookie: `fernsight=${token}` }), 'device').ok).toBe(
      false,
    );
  });

  it('a child belongs to the first that claims it, and no device with a token is a child', async () => {
    const admin = await trial.setUp();
    const one = trial.principal(bearer(await trial.addToken(admin, 'one')), 'device');
    const two = trial.principal(bearer(await trial.addToken(admin, 'two')), 'device');
    expect(trial.access.claim(one, ['a', 'b', 'one', 'two'])).toEqual(['two']);
    expect(trial.access.claim(two, ['b', 'c', 'one'])).toEqual(['b', 'one']);
    expect(trial.access.claim(one, ['a', 'b'])).toEqual([]);
    expect([trial.access.mayWrite(one, 'b'), trial.access.mayWrite(two, 'b')]).toEqual([
      true,
      false,
    ]);
    const many = Array.from({ length: CHILDREN_MAX + 5 }, (_, index) => `n${index}`);
    expect(trial.access.claim(two, many)).toHaveLength(6);
  });

  it('rotate without a gap: the old one ends when the new one is used, or after a day', async () => {
    const admin = await trial.setUp();
    const holds = (secret: string) => trial.access.authorize(factsOf(bearer(secret)), 'device').ok;
    const rotate = async () =>
      textOf(
        (await trial.call('rotateToken', { as: admin, params: { device: 'pump' } })).body,
        'token',
      );
    const first = await trial.addToken(admin, 'pump');
    const second = await rotate();
    expect(holds(first)).toBe(true);
    expect(holds(second)).toBe(true);
    expect(holds(first)).toBe(false);
    const third = await rotate();
    expect(holds(second)).toBe(true);
    await trial.clock.advance(US_PER_DAY / 1_000);
    expect(holds(second)).toBe(false);
    const revoked = await trial.call('revokeToken', {
      as: { cookie: await freshCookie() },
      params: { device: 'pump' },
    });
    expect(revoked.status).toBe(204);
    expect(holds(third)).toBe(false);
  });

  it('a provisioning key fetches one token for a new device, and none for others', async () => {
    const admin = await trial.setUp();
    const key = bearer((await trial.addKey(admin, ['provision'])).secret);
    const enrol = (device: string) => trial.call('enrol', { as: key, body: { device } });
    const fresh = await enrol('pump');
    expect(fresh.status).toBe(201);
    const pump = trial.principal(bearer(textOf(fresh.body, 'token')), 'device');
    expect(trial.access.claim(pump, ['valve'])).toEqual([]);
    expect((await enrol('pump')).status).toBe(409);
    expect((await enrol('valve')).status).toBe(409);
    await trial.call('revokeToken', { as: admin, params: { device: 'pump' } });
    expect((await enrol('pump')).status).toBe(409);
    expect((await trial.call('people', { as: key })).status).toBe(403);
    await trial.addToken(admin, 'pump');
    await trial.addToken(admin, 'valve');
    expect(trial.access.mayWrite(pump, 'valve')).toBe(false);
  });

  it('guessing tokens is slowed, and a right token from the same address still passes', async () => {
    const admin = await trial.setUp();
    const token = await trial.addToken(admin, 'pump');
    const statuses = Array.from({ length: ATTEMPTS_FREE + 2 }, (_, index) => {
      const decision = trial.access.authorize(factsOf(bearer(`fsd_guess${index}`)), 'device');
      return decision.ok ? 200 : decision.refusal.status;
    });
    expect(statuses).toEqual([...Array(ATTEMPTS_FREE).fill(401), 429, 429]);
    expect(trial.access.authorize(factsOf(bearer(token)), 'device').ok).toBe(true);
  });

  async function freshCookie(): Promise<string> {
    return cookieOf(await trial.call('signIn', { body: { name: 'anna', password: PASSWORD } }));
  }
});
