import { ManualClock } from '@fernsight/base';
import { expect, it } from 'vitest';
import { AccessTrial, bearer } from './accessTrial.ts';
import { DEVICE_BURST, DEVICE_REQUESTS_PER_SECOND } from './limits.ts';
import { Rates } from './rates.ts';

it('a burst is free, then requests pass at the rate, and rest makes room for another burst', async () => {
  const clock = new ManualClock(0);
  const rates = new Rates(clock);
  const passed = (count: number) => {
    let passes = 0;
    for (let asked = 0; asked < count; asked++) if (rates.waitMs('a') === 0) passes++;
    return passes;
  };
  expect(passed(2 * DEVICE_BURST)).toBe(DEVICE_BURST);
  expect(rates.waitMs('a')).toBeCloseTo(1_000 / DEVICE_REQUESTS_PER_SECOND, 6);
  expect(rates.waitMs('b')).toBe(0);
  await clock.advance(1_000);
  expect(passed(2 * DEVICE_BURST)).toBe(DEVICE_REQUESTS_PER_SECOND);
  await clock.advance(3_600_000);
  expect(passed(2 * DEVICE_BURST)).toBe(DEVICE_BURST);
});

it('a device that asks too often hears 429 and when to come back; another device and people do not', async () => {
  const trial = new AccessTrial();
  try {
    const admin = await trial.setUp();
    const [loud, calm] = [await trial.addToken(admin, 'loud'), await trial.addToken(admin, 'calm')];
    const ask = (token: string) => {
      const facts = { method: 'POST', address: '192.0.2.1', host: 'fern.example' };
      return trial.access.authorize(
        { ...facts, forwarded: false, secure: false, ...bearer(token) },
        'device',
      );
    };
    for (let asked = 0; asked < DEVICE_BURST; asked++) expect(ask(loud).ok).toBe(true);
    expect(ask(loud)).toMatchObject({
      ok: false,
      refusal: { status: 429, headers: { 'retry-after': '1' } },
    });
    expect(ask(calm).ok).toBe(true);
    expect((await trial.call('people', { as: admin })).status).toBe(200);
    await trial.clock.advance(1_000);
    expect(ask(loud).ok).toBe(true);
  } finally {
    trial.end();
  }
});
