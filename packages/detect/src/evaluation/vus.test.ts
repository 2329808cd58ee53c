import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import golden from './golden/vusPr.json' with { type: 'json' };
import { findStretches, vusPr } from './vus.ts';

/** x ← (1103515245 x + 12345) mod 2³¹, as the reference run made its numbers. */
function lcg(count: number, seed: number): number[] {
  let x = BigInt(seed);
  return Array.from({ length: count }, () => {
    x = (x * 1103515245n + 12345n) % 2147483648n;
    return Number(x) / 2147483648;
  });
}

function stretches(count: number, shape: string): [number, number][] {
  const third = Math.floor(count / 3);
  const half = Math.floor(count / 2);
  if (shape === 'one') return [[half, half + Math.floor(count / 20)]];
  if (shape === 'edges') {
    return [
      [0, 9],
      [third, third + 50],
      [count - 12, count - 1],
    ];
  }
  if (shape === 'points') return [17, 19, 23, 80, count - 5].map((i) => [i, i]);
  const many: [number, number][] = [];
  for (let i = 40; i < count - 30; i += 37) many.push([i, i + 2 + (Math.floor(i / 100) % 3)]);
  return many;
}

function makeCase(count: number, seed: number, shape: string) {
  const labels = new Uint8Array(count);
  for (const [first, last] of stretches(count, shape)) labels.fill(1, first, last + 1);
  const noise = lcg(count, seed);
  const lift = lcg(count, seed + 1);
  const scores = Float64Array.from(labels, (label, i) => {
    const base = noise[i] ?? 0;
    if (shape === 'edges') return base + 0.3 * label;
    return Math.round((base + 0.4 * label * (lift[i] ?? 0)) * 1000) / 1000;
  });
  return { scores, labels };
}

describe('VUS-PR', () => {
  it.each(golden.cases)(
    'agrees with the reference implementation: $shape × $count, window $window',
    (reference) => {
      const { scores, labels } = makeCase(reference.count, reference.seed, reference.shape);
      expect(vusPr(scores, labels, reference.window)).toBeCloseTo(reference.vusPr, 12);
    },
  );

  it('is 1 for a score that equals the label, without shoulders', () => {
    const labels = Uint8Array.from({ length: 500 }, (_, i) => (i >= 200 && i < 300 ? 1 : 0));
    expect(vusPr(Float64Array.from(labels), labels, 0)).toBe(1);
  });

  it('is near the share of labelled rows for a constant score', () => {
    const labels = Uint8Array.from({ length: 1000 }, (_, i) => (i >= 400 && i < 500 ? 1 : 0));
    expect(vusPr(new Float64Array(1000).fill(0.5), labels, 0)).toBe(0.1);
  });

  it('does not change under a strictly rising map of the scores', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()), {
          minLength: 300,
          maxLength: 400,
        }),
        (rows) => {
          const labels = Uint8Array.from(rows, ([, label]) => (label ? 1 : 0));
          labels[150] = 1;
          const scores = Float64Array.from(rows, ([score]) => score);
          const mapped = scores.map((score) => score ** 3 + score);
          expect(vusPr(mapped, labels, 20)).toBe(vusPr(scores, labels, 20));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('finds runs of labels at both edges', () => {
    expect(findStretches(Uint8Array.from([1, 1, 0, 1, 0, 0, 1]))).toEqual([
      [0, 1],
      [3, 3],
      [6, 6],
    ]);
    expect(findStretches(new Uint8Array(3))).toEqual([]);
  });

  it('refuses a series without a labelled row', () => {
    expect(() => vusPr(new Float64Array(5), new Uint8Array(5))).toThrow(RangeError);
  });
});
