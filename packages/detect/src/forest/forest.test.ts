import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCORE_STEPS } from '../verdict.ts';
import type { Forest } from './forest.ts';
import { averagePathLength } from './pathLength.ts';
import { clusterRows, seededRandom } from './sampleRows.ts';
import { trainForest } from './train.ts';
import { floorFloat32 } from './trees.ts';

const width = 4;
const rows = clusterRows({ count: 1000, width, seed: 1 });
const forest = trainForest(rows, width, { random: seededRandom(2) });

const cell = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -5, max: 5, noNaN: true }),
  fc.constantFrom(0, -0, 5e-324, 1e308, -1e308, 3.4028235677973366e38),
);
const anyRow = fc.array(cell, { minLength: width, maxLength: width });

describe('a forest', () => {
  it('scores a row far from the training rows above every training row', () => {
    let worst = 0;
    for (let at = 0; at < rows.length; at += width) worst = Math.max(worst, forest.score(rows, at));
    expect(forest.score(new Float64Array([9, 9, 9, 9]))).toBeGreaterThan(worst);
    expect(forest.score(new Float64Array(width))).toBeLessThan(0.45);
  });

  it('gives every finite row a score that is a multiple of 1/65535', () => {
    fc.assert(
      fc.property(anyRow, (values) => {
        const score = forest.score(Float64Array.from(values));
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(Math.round(score * SCORE_STEPS) / SCORE_STEPS).toBe(score);
      }),
    );
  });

  it('refuses a row with NaN or Infinity, or one too short', () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      expect(() => forest.score(new Float64Array([0, bad, 0, 0]))).toThrow(RangeError);
    }
    expect(() => forest.score(new Float64Array(width - 1))).toThrow(RangeError);
  });

  it('is the same for the same rows and chance, and another for other chance', () => {
    const again = trainForest(rows, width, { random: seededRandom(2) });
    const other = trainForest(rows, width, { random: seededRandom(3) });
    const probes = clusterRows({ count: 50, width, seed: 9 });
    expect(scores(again, probes)).toEqual(scores(forest, probes));
    expect(scores(other, probes)).not.toEqual(scores(forest, probes));
  });

  it('scores rows in a batch as one by one', () => {
    const probes = clusterRows({ count: 133, width, seed: 4 });
    const batch = new Float64Array(133);
    forest.scoreRows(probes, batch);
    expect(batch).toEqual(scores(forest, probes));
  });

  it('splits training rows until they are alone, equal or at the depth limit', () => {
    const distinct = Float64Array.from({ length: 8 }, (_, index) => index);
    const small = trainForest(distinct, 1, { trees: 5, sample: 8, random: seededRandom(1) });
    expect(small.shape.depth).toBe(3);
    for (const tree of small.trees) {
      let total = 0;
      for (let leaf = 8; leaf < 16; leaf++) total += tree.size(leaf);
      expect(total).toBe(8);
    }
    const constant = trainForest(new Float64Array(10).fill(3), 1, { random: seededRandom(1) });
    expect(constant.rawScore(new Float64Array([3]))).toBeCloseTo(0.5, 12);
    expect(constant.rawScore(new Float64Array([99]))).toBeCloseTo(0.5, 12);
  });

  it('explains a row by the features that set it apart, adding up to its path', () => {
    const out = new Float64Array(width);
    forest.contributions(new Float64Array([0, 0, 12, 0]), out);
    expect(out.indexOf(Math.max(...out))).toBe(2);
    const probe = new Float64Array([1, -3, 0.5, 2]);
    forest.contributions(probe, out);
    const ordinary = new Float64Array(width);
    forest.contributions(new Float64Array(width), ordinary);
    const difference = sum(out) - sum(ordinary);
    const c = averagePathLength(256);
    const pathOf = (row: Float64Array) => -Math.log2(forest.rawScore(row)) * c;
    expect(difference).toBeCloseTo(pathOf(new Float64Array(width)) - pathOf(probe), 5);
  });

  it('is not trained on rows that are none, and names the fault', () => {
    const random = seededRandom(1);
    expect(() => trainForest(new Float64Array(7), 4, { random })).toThrow(/7 values/);
    expect(() => trainForest(new Float64Array(4), 4, { random })).toThrow(/two rows/);
    expect(() => trainForest(new Float64Array(0), 4, { random })).toThrow(/0 values/);
    const bad = new Float64Array(12);
    bad[6] = Number.NaN;
    expect(() => trainForest(bad, 4, { random })).toThrow('Row 1, feature 2 is NaN');
    expect(() => trainForest(rows, 4, { trees: 257, random })).toThrow(/257 trees/);
    expect(() => trainForest(rows, 4, { sample: 1, random })).toThrow(/1 rows a tree/);
  });

  it('keeps to float32 where rows reach beyond it', () => {
    const huge = Float64Array.from({ length: 64 }, (_, index) => (index - 32) * 1e306);
    const trained = trainForest(huge, 1, { random: seededRandom(5) });
    expect(Number.isFinite(trained.score(new Float64Array([1e308])))).toBe(true);
  });
});

describe('floorFloat32', () => {
  it('sends every float32 the way the float64 threshold does', () => {
    const float32 = fc.float({ noNaN: true, noDefaultInfinity: true });
    const threshold = fc.double({ min: -3e38, max: 3e38, noNaN: true });
    fc.assert(
      fc.property(float32, threshold, (x, t) => {
        expect(x <= floorFloat32(t)).toBe(x <= t);
        expect(floorFloat32(t)).toBeLessThanOrEqual(t);
        const near = Math.fround(t);
        expect(near <= floorFloat32(t)).toBe(near <= t);
      }),
      { numRuns: 2000 },
    );
    expect(floorFloat32(-1e-60)).toBeLessThan(0);
    expect(floorFloat32(1e-60)).toBe(0);
  });
});

function scores(of: Forest, probes: Float64Array): Float64Array {
  const count = probes.length / width;
  return Float64Array.from({ length: count }, (_, index) => of.score(probes, index * width));
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
