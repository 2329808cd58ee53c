import { describe, expect, it } from 'vitest';
import { decodeForest, encodeForest } from './codec.ts';
import golden from './golden/scikitLearn.json' with { type: 'json' };
import { importScikitLearnForest } from './scikitLearn.ts';

const forest = importScikitLearnForest(golden.forest);

describe('a forest that scikit-learn fitted', () => {
  it('scores every row as scikit-learn does, to 1e-12 before rounding', () => {
    let worst = 0;
    for (const [index, row] of golden.rows.entries()) {
      const score = forest.rawScore(Float64Array.from(row));
      worst = Math.max(worst, Math.abs(score - (golden.scores[index] ?? 0)));
    }
    expect(worst).toBeLessThanOrEqual(1e-12);
    expect(golden.rows.length).toBe(167);
  });

  it('scores the same after it was stored', () => {
    const restored = decodeForest(encodeForest(forest));
    for (const row of golden.rows) {
      const values = Float64Array.from(row);
      expect(restored.rawScore(values)).toBe(forest.rawScore(values));
    }
  });

  it('is refused where it is none, with the fault named', () => {
    const [tree] = golden.forest.trees;
    const faulty = (fault: object) => ({ ...golden.forest, trees: [{ ...tree, ...fault }] });
    expect(() => importScikitLearnForest(null)).toThrow(/trees that is no list/);
    expect(() => importScikitLearnForest({ trees: [] })).toThrow(/n_features/);
    expect(() => importScikitLearnForest({ ...golden.forest, trees: [] })).toThrow(/0 trees/);
    expect(() => importScikitLearnForest(faulty({ feature: ['x'] }))).toThrow(/feature with x/);
    const features = tree?.feature.map(() => 8);
    expect(() => importScikitLearnForest(faulty({ feature: features }))).toThrow(/feature 8 of 8/);
    const circle = tree?.children_left.map(() => 0);
    const circles = faulty({ children_left: circle, children_right: circle?.map(() => -1) });
    expect(() => importScikitLearnForest(circles)).toThrow(/levels a tree/);
  });
});
