import { expect, it } from 'vitest';
import { readSeeds } from '../seeds.ts';
import { simulate } from '../simulation.ts';
import { brokenIn, TIMEOUT_MS } from './fixed.contract.ts';

it(
  'seeds that broke a promise once keep it',
  async () => {
    for (const { why, ...wanted } of readSeeds()) {
      expect(brokenIn(await simulate(wanted)), why).toEqual([]);
    }
  },
  TIMEOUT_MS,
);
