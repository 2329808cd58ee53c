import { ManualClock } from '@fernsight/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Attempts, guesser } from './attempts.ts';
import { ATTEMPT_KEYS_MAX, ATTEMPTS_FREE } from './limits.ts';

const MINUTE_MS = 60_000;

describe('guessing is slowed', () => {
  it('a few failures are free, then each doubles the wait up to its bound', () => {
    const attempts = new Attempts(new ManualClock(0), MINUTE_MS);
    const waits = Array.from({ length: ATTEMPTS_FREE + 9 }, () => attempts.failed('a'));
    expect(waits.slice(0, ATTEMPTS_FREE)).toEqual(Array(ATTEMPTS_FREE).fill(0));
    expect(waits.slice(ATTEMPTS_FREE)).toEqual(
      [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000),
    );
  });

  it('the wait passes with time, success ends it, and quiet time forgets the failures', async () => {
    const clock = new ManualClock(0);
    const attempts = new Attempts(clock, MINUTE_MS);
    const fail = (count: number) => {
      for (let done = 0; done < count; done++) attempts.failed('a');
    };
    fail(ATTEMPTS_FREE + 3);
    expect(attempts.waitMs('a')).toBe(4_000);
    await clock.advance(3_999);
    expect(attempts.waitMs('a')).toBe(1);
    await clock.advance(1);
    expect(attempts.waitMs('a')).toBe(0);
    fail(1);
    expect(attempts.waitMs('a')).toBe(8_000);
    await clock.advance(8_000 + MINUTE_MS + 1);
    fail(ATTEMPTS_FREE);
    expect(attempts.waitMs('a')).toBe(0);
    fail(1);
    attempts.succeeded('a');
    expect(attempts.waitMs('a')).toBe(0);
  });

  it('one guesser does not slow another, and memory is bounded', () => {
    const attempts = new Attempts(new ManualClock(0), MINUTE_MS);
    for (let count = 0; count < 20; count++) attempts.failed('a');
    expect(attempts.waitMs('b')).toBe(0);
    for (let index = 0; index < ATTEMPT_KEYS_MAX + 500; index++) attempts.failed(`k${index}`);
    expect(attempts.size).toBe(ATTEMPT_KEYS_MAX);
  });
});

describe('who counts as one guesser', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is %s', (address, expected) => expect(guesser(address)).toBe(expected));

  it('never fails on what is no address', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof guesser(text) === 'string'));
  });
});
