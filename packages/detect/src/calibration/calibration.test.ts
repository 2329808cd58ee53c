import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterRows, seededRandom } from '../forest/sampleRows.ts';
import references from '../golden/references.json' with { type: 'json' };
import { decadesOfZ } from './decades.ts';
import { learnVariance } from './spread.ts';
import { isPeak, learnPeak, rarityOf, strengthOf, TAIL_LENGTH } from './tail.ts';

describe('decades of a deviation', () => {
  it.each(references.gauss)('at %d are those of the normal distribution: %d', (z, decades) => {
    expect(Math.abs(decadesOfZ(z) - decades)).toBeLessThan(0.06);
    expect(decadesOfZ(-z)).toBe(decadesOfZ(z));
  });

  it('grow with the deviation and stay finite', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (z) => {
        expect(decadesOfZ(z * 1.01)).toBeGreaterThanOrEqual(decadesOfZ(z));
        expect(decadesOfZ(z)).toBeLessThan(100);
      }),
    );
  });
});

describe('a running variance', () => {
  it('is that of Gaussian noise', () => {
    const noise = clusterRows({ count: 20_000, width: 1, seed: 2 });
    let variance = 0;
    noise.forEach((x, i) => {
      variance = learnVariance(variance, 3 * x, 1 / Math.min(i + 1, 4000));
    });
    expect(Math.sqrt(variance)).toBeGreaterThan(2.85);
    expect(Math.sqrt(variance)).toBeLessThan(3.15);
  });

  it('is not blown up by an outlier, and leaves zero at the first change', () => {
    expect(learnVariance(1, 1e6, 1 / 1000)).toBeLessThan(1.01);
    expect(learnVariance(0, 2, 1 / 1000)).toBeGreaterThan(0);
  });
});

describe('a tail', () => {
  const random = seededRandom(5);
  /** exponential with mean log10 e: the decades of an exact null */
  const evidence = Float64Array.from({ length: 20_000 }, () => {
    let decades = 0;
    while (random() < 0.9772372209558107) decades += 0.01; // 10^-0.01
    return decades;
  });
  const tails = new Float32Array(TAIL_LENGTH);
  evidence.forEach((raw) => {
    if (isPeak(tails, 0, raw)) learnPeak(tails, 0, raw);
  });
  const tail = { tails, index: 0, decades: Math.log10(evidence.length + 2) };
  const sorted = evidence.toSorted((a, b) => b - a);

  it.each([0, 3, 10, 30])('ranks a value among those seen: place %i', (place) => {
    const value = Math.fround(sorted[place] ?? 0);
    const count = sorted.filter((x) => Math.fround(x) >= value).length;
    const exact = Math.log10((evidence.length + 2) / (count + 1));
    expect(rarityOf(tail, value)).toBeCloseTo(exact, 5);
    expect(strengthOf(tail, value)).toBeCloseTo(exact, 5);
  });

  it('extrapolates a record by the mean excess: two decades more are about two decades', () => {
    const record = (sorted[0] ?? 0) + 2;
    expect(strengthOf(tail, record) - tail.decades).toBeGreaterThan(1.2);
    expect(strengthOf(tail, record) - tail.decades).toBeLessThan(2.01);
    expect(rarityOf(tail, record) - tail.decades).toBeLessThan(0.1);
  });

  it('is monotone', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 90, noNaN: true }), (raw) => {
        expect(strengthOf(tail, raw + 0.1)).toBeGreaterThanOrEqual(strengthOf(tail, raw));
        expect(rarityOf(tail, raw + 0.1)).toBeGreaterThanOrEqual(rarityOf(tail, raw));
      }),
    );
  });
});
