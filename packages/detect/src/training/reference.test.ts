import { describe, expect, it } from 'vitest';
import { clusterRows } from '../forest/sampleRows.ts';
import { populationStability, referenceOf } from './reference.ts';

describe('the reference of a training set', () => {
  const rows = clusterRows({ count: 5000, width: 2, seed: 1 });
  const reference = referenceOf(rows, 2);

  it('holds the deciles of each column', () => {
    const deciles = referenceOf(
      Float64Array.from({ length: 101 }, (_, i) => (i * 37) % 101),
      1,
    );
    expect(deciles[0]?.edges).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(reference[1]?.edges[4]).toBeCloseTo(0, 1);
  });

  it('finds other rows of the same kind stable and shifted ones not, column by column', () => {
    const others = clusterRows({ count: 2000, width: 2, seed: 2 });
    for (const index of populationStability(reference, others)) expect(index).toBeLessThan(0.02);
    const shifted = others.map((value, at) => (at % 2 === 1 ? value + 1 : value));
    const [still = 1, moved = 0] = populationStability(reference, shifted);
    expect(still).toBeLessThan(0.02);
    expect(moved).toBeGreaterThan(0.25);
  });

  it('compares a column that rarely varies by what it was', () => {
    const mostlyZero = Float64Array.from({ length: 1000 }, (_, i) => (i % 5 === 0 ? 1 : 0));
    const rare = referenceOf(mostlyZero, 1);
    expect(populationStability(rare, mostlyZero)).toEqual([0]);
    expect(populationStability(rare, new Float64Array(100).fill(1))[0]).toBeGreaterThan(1);
    const constant = referenceOf(new Float64Array(50).fill(3), 1);
    expect(populationStability(constant, new Float64Array(9).fill(3))).toEqual([0]);
    expect(populationStability(constant, new Float64Array(9).fill(4))[0]).toBeGreaterThan(1);
  });
});
