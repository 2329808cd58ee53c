/** Whatever rows are packed come back, whatever bytes are read end in rows or in a PackFault. */
import { PackFault } from '@fernsight/base';
import { CHANNELS } from '@fernsight/detect';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { packDetail, unpackDetail } from './anomalyDetail.ts';
import { packAnomalies, type StoredAnomaly, unpackAnomalies } from './anomalyPack.ts';

const numRuns = inject('torture') ? 20_000 : 300;
const integer = (max: number) => fc.integer({ min: 0, max });
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const edge = fc.oneof(fc.double(), fc.double({ min: 0, max: 100, noNaN: true }));
const channel = fc.tuple(
  fc.oneof(fc.constantFrom(...CHANNELS), fc.constantFrom('a sensor', 'ü', '')),
  integer(250).map((step) => step / 250),
);
const row = fc.record({
  series: integer(3),
  tsUs: fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
  value: fc.oneof(
    number,
    integer(1e6).map((hundredth) => hundredth / 100),
  ),
  steps: integer(65_535),
  mark: integer(4_095),
  began: fc.constant(false),
  backfilled: fc.boolean(),
  onsetUs: fc.option(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), { nil: undefined }),
  region: fc.constant(undefined),
  detail: fc.record({
    threshold: fc.oneof(
      fc.double({ min: 0.1, noNaN: true, noDefaultInfinity: true }),
      integer(65_535).map((step) => step / 65_535),
    ),
    expected: edge,
    lower: edge,
    upper: edge,
    channels: fc.array(channel, { maxLength: 4 }),
    evidence: fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 11 }),
    among: fc.array(fc.string({ minLength: 1, maxLength: 9 }), { maxLength: 4 }),
  }),
});
const rows = fc
  .array(row, { maxLength: 20 })
  .map((all): StoredAnomaly[] => all.map((one, index) => ({ ...one, id: 7 + 3 * index })));

test('all comes back as it was, as often as it is packed', () => {
  fc.assert(
    fc.property(rows, (packed) => {
      const found = unpackAnomalies(packAnomalies(packed));
      expect(found.toSorted((a, b) => a.id - b.id)).toEqual(packed);
      expect(unpackAnomalies(packAnomalies(found))).toEqual(found);
    }),
    { numRuns },
  );
});

test('what the table keeps of an anomaly is what is said of it from then on', () => {
  fc.assert(
    fc.property(rows, (told) => {
      const stood = told.map((one) => ({
        ...one,
        detail: unpackDetail({ told: packDetail(one.detail) }),
      }));
      for (const [at, { detail }] of stood.entries()) {
        const { expected = 0, lower = 0, upper = 0 } = told[at]?.detail ?? {};
        const edges = [expected, lower, upper];
        const farthest = Math.max(...edges.map(Math.abs));
        const near = Math.abs(upper - lower) / 19_999 + farthest * 1e-6;
        for (const [place, one] of [detail.expected, detail.lower, detail.upper].entries()) {
          const other = edges[place] ?? 0;
          expect(Object.is(one, other) || !(Math.abs(one - other) > near)).toBe(true);
        }
      }
      const found = unpackAnomalies(packAnomalies(stood)).toSorted((a, b) => a.id - b.id);
      expect(found).toEqual(stood);
    }),
    { numRuns },
  );
});

test('bytes that were cut or changed end in rows or in a fault, never in another error', () => {
  const damage = fc.record({ at: fc.nat(), byte: integer(255), isCut: fc.boolean() });
  fc.assert(
    fc.property(rows, damage, (packed, { at, byte, isCut }) => {
      const bytes = packAnomalies(packed);
      const place = at % bytes.length;
      if (!isCut) bytes[place] = byte;
      try {
        unpackAnomalies(isCut ? bytes.subarray(0, place) : bytes);
      } catch (error) {
        if (!(error instanceof PackFault)) throw error;
      }
    }),
    { numRuns },
  );
});

test('a flipped bit makes no other anomalies', () => {
  fc.assert(
    fc.property(rows, fc.nat(), integer(7), (packed, at, bit) => {
      const bytes = packAnomalies(packed);
      const place = at % bytes.length;
      const flipped = bytes.with(place, (bytes[place] ?? 0) ^ (1 << bit));
      let found: StoredAnomaly[];
      try {
        found = unpackAnomalies(flipped);
      } catch (error) {
        expect(error).toBeInstanceOf(PackFault);
        return;
      }
      expect(found).toEqual(unpackAnomalies(bytes));
    }),
    { numRuns },
  );
});
