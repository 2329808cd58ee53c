import { expect, it } from 'vitest';
import { formatMoment } from '../frame/format.ts';
import { holeWords } from './holes.ts';

const MINUTE = 60_000_000;

it('says from when to when nothing can be read, and how many such stretches there are', () => {
  const hole = (minute: number) => ({ fromUs: minute * MINUTE, toUs: (minute + 1) * MINUTE });
  const first = `${formatMoment(0)} to ${formatMoment(MINUTE)} cannot be read`;
  expect(holeWords([])).toBe('');
  expect(holeWords([hole(0)])).toBe(`${first}: what is stored is damaged`);
  expect(holeWords([hole(0), hole(2)])).toContain(`${first}, nor can 1 more stretch:`);
  expect(holeWords([hole(0), hole(2), hole(4)])).toContain('2 more stretches');
});
