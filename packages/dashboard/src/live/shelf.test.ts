import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeStorage } from './machineFake.ts';
import { Shelf } from './shelf.ts';

describe('the shelf', () => {
  it('gives back what was put, to another page too', () => {
    const storage = new FakeStorage();
    new Shelf(storage).put('fleet', { a: [1, null] });
    expect(new Shelf(storage).get('fleet')).toEqual({ a: [1, null] });
  });

  it('holds no more than its bound, and keeps what was put last', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.string({ maxLength: 80 }))),
        (puts) => {
          const storage = new FakeStorage();
          const shelf = new Shelf(storage, 100);
          for (const [key, text] of puts) {
            shelf.put(key, text);
            const held = [...storage.items].filter(([name]) => !name.endsWith('index'));
            expect(held.reduce((sum, [, value]) => sum + value.length, 0)).toBeLessThanOrEqual(100);
            if (JSON.stringify(text).length <= 100) expect(shelf.get(key)).toBe(text);
          }
        },
      ),
    );
  });

  it('does not keep what is larger than itself, nor the older form of it', () => {
    const shelf = new Shelf(new FakeStorage(), 100);
    shelf.put('a', 'small');
    shelf.put('a', 'x'.repeat(200));
    expect(shelf.get('a')).toBeUndefined();
  });

  it('goes on where the browser has no room', () => {
    const shelf = new Shelf(new FakeStorage(150));
    shelf.put('a', 'x'.repeat(40));
    shelf.put('b', 'x'.repeat(400));
    expect(shelf.get('a')).toBe('x'.repeat(40));
    expect(shelf.get('b')).toBeUndefined();
  });

  it('takes damage for absence', () => {
    const storage = new FakeStorage();
    const shelf = new Shelf(storage);
    shelf.put('a', 1);
    for (const key of storage.items.keys()) storage.items.set(key, '{"half');
    expect(shelf.get('a')).toBeUndefined();
    shelf.put('b', 2);
    expect(shelf.get('b')).toBe(2);
  });
});
