import { expect, it } from 'vitest';
import { shrink } from './shrink.ts';

const all = Array.from({ length: 40 }, (_, id) => id);
const needs = (wanted: readonly number[]) => async (ids: readonly number[]) =>
  wanted.every((id) => ids.includes(id));

it('leaves of a plan the faults that are needed together, and no other', async () => {
  expect(await shrink(all, needs([3, 17, 38]), () => true)).toEqual([3, 17, 38]);
  expect(await shrink(all, needs([]), () => true)).toEqual([]);
});

it('ends with what it has when its time is over', async () => {
  let runs = 0;
  const found = await shrink(all, needs([3]), () => runs++ < 2);
  expect(found).toContain(3);
  expect(found.length).toBeLessThan(all.length);
});
