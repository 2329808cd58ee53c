import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Tail } from './tail.ts';

test('sorted by series it holds what each series has by itself', () => {
  const row = fc.record({
    series: fc.nat(4),
    tsUs: fc.nat(20),
    value: fc.nat(),
    steps: fc.nat(65_535),
    mark: fc.nat(65_535),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 200 }), fc.array(row), (rows, bands) => {
      const tail = new Tail();
      for (const one of rows) tail.add(one);
      for (const { series, tsUs, steps, mark } of bands)
        tail.addBand(series, { tsUs, lower: steps, upper: mark });
      const bySeries = tail.bySeries();
      expect(new Set(bySeries.keys())).toEqual(new Set(rows.map(({ series }) => series)));
      for (const [series, found] of bySeries) expect(found).toEqual(tail.rowsOf(series));
    }),
  );
});
