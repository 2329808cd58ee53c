import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Columns } from './columns.ts';

function spread(stamps: readonly number[]): number[] {
  const columns = new Columns(0);
  for (const tsUs of stamps) columns.add({ device: 'd', sensor: 's' }, { tsUs, value: 1, at: '' });
  return [...columns.finish().parcel.tsUs];
}

test('equal stamps move on by 1 µs in their order, to the first that is free (I4)', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(12), { maxLength: 40 }), (stamps) => {
      const taken = new Set<number>();
      const expected = stamps.map((stamp) => {
        let free = stamp;
        while (taken.has(free)) free++;
        taken.add(free);
        return free;
      });
      expect(spread(stamps)).toEqual(expected);
    }),
  );
});

/** Each looking on from the stamp it has, this is five thousand million looks: minutes, where a second is enough. */
test('so many equal stamps, or so many twice, take no time to speak of', {
  timeout: 60_000,
}, () => {
  const rows = Array.from({ length: 100_000 }, (_, row) => row);
  expect(spread(rows.map(() => 7)).every((tsUs, row) => tsUs === 7 + row)).toBe(true);
  expect(new Set(spread([...rows, ...rows])).size).toBe(2 * rows.length);
});
