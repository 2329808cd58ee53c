import { describe, expect, it } from 'vitest';
import { clusterRows } from '../forest/sampleRows.ts';
import {
  binOf,
  type ColumnReference,
  columnOf,
  populationStability,
  referenceOf,
  spreadOf,
} from './reference.ts';

/** @returns the index of each column of rows, row-major */
function stabilityOf(reference: readonly ColumnReference[], rows: Float64Array): number[] {
  const counts = reference.map((one, feature) => {
    const bins = one.shares.map(() => 0);
    for (const value of columnOf(rows, { width: reference.length, feature })) {
      const bin = binOf(one, value);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    return bins;
  });
  return populationStability(reference, counts);
}

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

  it('puts a value on an edge below it', () => {
    const bins = [-1, 0, 0.5, 1, 1.5].map((value) => binOf({ edges: [0, 1] }, value));
    expect(bins).toEqual([0, 0, 1, 1, 2]);
  });

  it('gives the indices that the formula gives elsewhere', () => {
    // Python 3.12: sum((c / n - s) * math.log((c / n) / s)) over the bins, shares below 0.001 as 0.001
    const edges = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const even = { edges, shares: new Array<number>(10).fill(0.1) };
    const uneven = { edges, shares: [0.5, 0, 0.2, 0.3, 0, 0, 0, 0, 0, 0] };
    const counts = [
      [3, 9, 14, 22, 31, 40, 28, 17, 24, 12],
      [1, 0, 0, 9, 0, 0, 0, 0, 0, 10],
    ];
    const [first = 0, second = 0] = populationStability([even, uneven], counts);
    expect(first).toBeCloseTo(0.35022134087452456, 12);
    expect(second).toBeCloseTo(5.252437655119278, 12);
  });

  it('finds other rows of the same kind stable and shifted ones not, column by column', () => {
    const others = clusterRows({ count: 2000, width: 2, seed: 2 });
    for (const index of stabilityOf(reference, others)) expect(index).toBeLessThan(0.02);
    const shifted = others.map((value, at) => (at % 2 === 1 ? value + 1 : value));
    const [still = 1, moved = 0] = stabilityOf(reference, shifted);
    expect(still).toBeLessThan(0.02);
    expect(moved).toBeGreaterThan(0.25);
  });

  it('compares a column that rarely varies by what it was', () => {
    const mostlyZero = Float64Array.from({ length: 1000 }, (_, i) => (i % 5 === 0 ? 1 : 0));
    const rare = referenceOf(mostlyZero, 1);
    expect(stabilityOf(rare, mostlyZero)).toEqual([0]);
    expect(stabilityOf(rare, new Float64Array(100).fill(1))[0]).toBeGreaterThan(1);
    const constant = referenceOf(new Float64Array(50).fill(3), 1);
    expect(stabilityOf(constant, new Float64Array(9).fill(3))).toEqual([0]);
    expect(stabilityOf(constant, new Float64Array(9).fill(4))[0]).toBeGreaterThan(1);
  });

  it('tells how far the series of a training lay from each other; of one alone nobody knows', () => {
    const even = columnOf(rows, { width: 2, feature: 0 });
    const odd = columnOf(rows, { width: 2, feature: 1 }).map((value) => value + 1);
    const column = Float64Array.from([...even, ...odd]);
    const series = Uint32Array.from(column, (_, row) => (row < even.length ? 0 : 1));
    const both = referenceOf(column, 1);
    const apart = spreadOf(both, [column], series)[0];
    expect(apart).toBeGreaterThan(0.5);
    expect(spreadOf(both, [column], series.fill(7))).toEqual([0]);
    const halves = Uint32Array.from(column, (_, row) => row % 2);
    expect(spreadOf(both, [column], halves)[0]).toBeLessThan(0.02);
    const few = Uint32Array.from(column, (_, row) => (row < 50 ? 0 : 1));
    expect(spreadOf(both, [column], few)).toEqual([0]);
  });
});
