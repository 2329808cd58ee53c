import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EPOCH_RANGES_MAX } from '../limits.ts';
import { addRange, countMissing, countWithin, hasNumber, type Range } from './ranges.ts';

const stretch = fc.record({ first: fc.nat(60), count: fc.nat(12) });

describe('ranges of sequence numbers', () => {
  test('hold exactly the numbers that were added, ascending and merged', () => {
    fc.assert(
      fc.property(fc.array(stretch), stretch, (added, asked) => {
        const ranges: Range[] = [];
        const numbers = new Set<number>();
        for (const { first, count } of added) {
          addRange(ranges, first, count);
          for (let n = first; n < first + count; n++) numbers.add(n);
        }
        for (let n = 0; n < 80; n++) expect(hasNumber(ranges, n)).toBe(numbers.has(n));
        for (const [index, [first, last]] of ranges.entries()) {
          expect(first).toBeLessThanOrEqual(last);
          if (index > 0) expect(first).toBeGreaterThan((ranges[index - 1]?.[1] ?? 0) + 1);
        }
        const within = [...numbers].filter(
          (n) => n >= asked.first && n < asked.first + asked.count,
        );
        expect(countWithin(ranges, asked.first, asked.count)).toBe(within.length);
        const highest = Math.max(-1, ...numbers);
        expect(countMissing(ranges)).toBe(highest + 1 - numbers.size);
      }),
    );
  });

  test('stay bounded: beyond the bound the oldest two are joined', () => {
    const ranges: Range[] = [];
    for (let n = 0; n < EPOCH_RANGES_MAX + 5; n++) addRange(ranges, n * 2, 1);
    expect(ranges.length).toBe(EPOCH_RANGES_MAX);
    expect(ranges[0]).toEqual([0, 10]);
  });
});
