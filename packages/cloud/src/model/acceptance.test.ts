import { expect, it } from 'vitest';
import { worseIn } from './acceptance.ts';

const of = (alarmCount: number, real?: number, notReal = 0) => ({
  alarmCount,
  marked: real === undefined ? null : { real, notReal },
});

it.each([
  ['as good', of(3), of(3), undefined],
  ['two alarms more than none', of(2), of(0), undefined],
  ['three alarms more than none', of(3), of(0), /told 3 times, the chosen one 0/],
  ['half as many again', of(17), of(10), undefined],
  ['more than that', of(18), of(10), /told 18 times/],
  ['blind to what was real', of(0, 4), of(9, 5), /marks 4 readings that people called real/],
  ['marking what is none', of(0, 5, 2), of(9, 5, 1), /marks 2 readings that are no anomaly/],
  ['better by what people said', of(1, 6, 0), of(1, 5, 3), undefined],
  ['unlabelled on one side', of(1), of(1, 5, 3), undefined],
])('a model that is %s', (...[, fresh, chosen, why]) => {
  const found = worseIn(fresh, chosen);
  if (why === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(why);
});
