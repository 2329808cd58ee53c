/** Fixed histories in four parts, a file each, so that they run side by side; each tenth of them runs twice. */
import { expect, inject, it } from 'vitest';
import { type History, simulate } from '../simulation.ts';

const TWO_MINUTES_HOURS = 1 / 30;
const PARTS = 4;
const FIXED = (inject('torture') ? 2_000 : 200) / PARTS;
const TWICE_EVERY = 10;
/** A machine that does other things as well takes its time. */
export const TIMEOUT_MS = inject('torture') ? 3_600_000 : 600_000;

export function brokenIn({ config, violations }: History): string[] {
  return violations.map(({ property, detail }) => `seed ${config.seed}: ${property}: ${detail}`);
}

/** @param part of PARTS, from 0 */
export function fixedHistories(part: number): void {
  const first = part * FIXED + 1;
  it(
    `histories ${first} to ${first + FIXED - 1} break no promise, and each is one history to the last byte of its log`,
    async () => {
      for (let seed = first; seed < first + FIXED; seed++) {
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
}
