import { expect, it } from 'vitest';
import { cardsOf } from './sources.ts';

const card = (min: number, max: number) => {
  const sensor = { sensor: 'level', min, max, type: undefined, unit: undefined };
  return { sensors: [{ ...sensor, interval: undefined }] };
};

it('refuses limits that leave no value between them, and takes those that leave one', () => {
  expect(() => cardsOf(card(10, 5))).toThrow(
    'no value of level is within its limits: min 10, max 5',
  );
  expect(cardsOf(card(5, 5))).toEqual([{ sensor: 'level', min: 5, max: 5 }]);
});
