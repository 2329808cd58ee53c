/** Histories that every test run goes through: seeds that failed once, and fixed ones, some of them twice. */
import { expect, inject, it } from 'vitest';
import { readSeeds } from './seeds.ts';
import { type History, simulate } from './simulation.ts';

const TWO_MINUTES_HOURS = 1 / 30;
const FIXED = inject('torture') ? 2_000 : 200;
const TWICE = 20;

function brokenIn({ config, violations }: History): string[] {
  return violations.map(({ property, detail }) => `seed ${config.seed}: ${property}: ${detail}`);
}

it('seeds that broke a promise once keep it', async () => {
  for (const { why, ...wanted } of readSeeds()) {
    expect(brokenIn(await simulate(wanted)), why).toEqual([]);
  }
});

it(`${FIXED} histories of two minutes break no promise`, async () => {
  for (let seed = 1; seed <= FIXED; seed++) {
    const history = await simulate({ seed, hours: TWO_MINUTES_HOURS, agents: 4 });
    expect(brokenIn(history)).toEqual([]);
  }
});

it('a seed is one history, to the last byte of its log', async () => {
  for (let seed = 1; seed <= TWICE; seed++) {
    const wanted = { seed: seed * 10, hours: TWO_MINUTES_HOURS, agents: 4 };
    const [first, second] = [await simulate(wanted), await simulate(wanted)];
    expect(second.hash).toBe(first.hash);
    expect(second.readingCount).toBe(first.readingCount);
  }
});
