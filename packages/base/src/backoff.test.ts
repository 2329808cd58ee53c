import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';
import { createRng } from './rng.ts';

describe('full-jitter backoff', () => {
  it('grows to the cap, jitters below it, and starts afresh after a success', () => {
    const backoff = new Backoff({ baseMs: 100, capMs: 1_000 }, createRng(1));
    const ceilings = [100, 200, 400, 800, 1_000, 1_000];
    for (const ceiling of ceilings) {
      const waitMs = backoff.failed();
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThan(ceiling);
    }
    expect(backoff.attempt).toBe(ceilings.length);
    backoff.succeeded();
    expect(backoff.failed()).toBeLessThan(100);
  });

  it('never comes back before it was asked to, nor all at one moment', () => {
    const waits = [1, 2, 3].map((seed) =>
      new Backoff({ baseMs: 1_000, capMs: 1_000 }, createRng(seed)).failed(5_000),
    );
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5_000);
    expect(new Set(waits).size).toBe(3);
  });

  it('stays finite after a month of failures', () => {
    const backoff = new Backoff({ baseMs: 1_000, capMs: 300_000 }, createRng(1));
    for (let attempt = 0; attempt < 10_000; attempt++) backoff.failed();
    expect(backoff.failed()).toBeLessThan(300_000);
  });
});
