/** Histories that every test run goes through: seeds that failed once, and fixed ones, each tenth of them twice. */
import { expect, inject, it } from 'vitest';
import { readSeeds } from './seeds.ts';
import { type History, simulate } from './simulation.ts';

const TWO_MINUTES_HOURS = 1 / 30;
const FIXED = inject('torture') ? 2_000 : 200;
const TWICE_EVERY = 10;
/** A machine that does other things as well takes its time. */
const TIMEOUT_MS = inject('torture') ? 3_600_000 : 600_000;

function brokenIn({ config, violations }: History): string[] {
  return violations.map(({ property, detail }) => `seed ${config.seed}: ${property}: ${detail}`);
}

it(
  'seeds that broke a promise once keep it',
  async () => {
    for (const { why, ...wanted } of readSeeds()) {
      expect(brokenIn(await simulate(wanted)), why).toEqual([]);
    }
  },
  TIMEOUT_MS,
);

it(
  `${FIXED} histories of two minutes break no promise, and each is one history to the last byte of its log`,
  async () => {
    for (let seed = 1; seed <= FIXED; seed++) {
      const wanted = { seed, hours: TWO_MINUTES_HOURS, agents: 4 };
      const history = await simulate(wanted);
      expect(brokenIn(history)).toEqual([]);
      if (seed % TWICE_EVERY !== 0) continue;
      const again = await simulate(wanted);
      expect([again.hash, again.readingCount]).toEqual([history.hash, history.readingCount]);
    }
  },
  TIMEOUT_MS,
);
