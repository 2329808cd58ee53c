import { expect, it } from 'vitest';
import { runHere } from '../runHere.ts';

it.each([
  [
    ['synthetic', '--data', 'data', '--device-weeks', '3'],
    '--device-weeks is of false_alarms alone',
  ],
  [['smd', '--data', 'data', '--published', 'results'], '--published is of nab alone'],
  [['nab'], 'nab needs its data'],
])('refuses %j, for what a set does not heed is not passed over', async (args, message) => {
  const { code, stdout, stderr } = await runHere(['evaluate', ...args]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});
