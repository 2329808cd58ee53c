import { expect, test } from 'vitest';
import { Room } from './room.ts';

test('a full room turns away with 503, and each that leaves, however it ends, makes room for one', async () => {
  const room = new Room(2);
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  const work = [first, second].map(({ promise }) => room.within(() => promise));
  const refused = { status: 503, headers: { 'retry-after': '1' } };
  await expect(room.within(async () => 'third')).rejects.toMatchObject(refused);
  first.resolve('done');
  expect(await work[0]).toBe('done');
  expect(await room.within(async () => 'fourth')).toBe('fourth');
  second.reject(new Error('the store is away'));
  await expect(work[1]).rejects.toThrow(/away/);
  const third = room.within(() => new Promise(() => undefined));
  expect(await room.within(async () => 'fifth')).toBe('fifth');
  expect(third).toBeInstanceOf(Promise);
});
