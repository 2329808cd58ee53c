import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averagePrecision, bestF1, createCurve, rankDescending, rocArea, thin } from './curve.ts';

/** scikit-learn's own example: average_precision_score 0.8333…, roc_auc_score 0.75. */
const SCORES = Float64Array.from([0.1, 0.4, 0.35, 0.8]);
const LABELS = Uint8Array.from([0, 0, 1, 1]);

const labelledScores = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.boolean()), { minLength: 2, maxLength: 80 })
  .map((rows) => ({
    scores: Float64Array.from(rows, ([score]) => score / 30),
    labels: Uint8Array.from(rows, ([, label]) => (label ? 1 : 0)),
  }));

describe('a curve over all thresholds', () => {
  it('has the areas of scikit-learn on its own example', () => {
    const curve = createCurve(SCORES, LABELS);
    expect(averagePrecision(curve)).toBeCloseTo(0.8333333333333333, 15);
    expect(rocArea(curve)).toBe(0.75);
    expect(bestF1(curve)).toEqual({ threshold: 0.35, f1: 0.8 });
  });

  it('takes equal scores in together', () => {
    const curve = createCurve(
      new Float64Array(10).fill(0.5),
      Uint8Array.from({ length: 10 }, (_, i) => (i < 3 ? 1 : 0)),
    );
    expect(curve.points).toEqual([{ threshold: 0.5, truePositives: 3, falsePositives: 7 }]);
    expect(averagePrecision(curve)).toBe(0.3);
    expect(rocArea(curve)).toBe(0.5);
  });

  it('is 1 under both for a score that equals the label', () => {
    const curve = createCurve(Float64Array.from(LABELS), LABELS);
    expect([averagePrecision(curve), rocArea(curve)]).toEqual([1, 1]);
  });

  it('says 0 and one half where a class is absent', () => {
    const curve = createCurve(SCORES, new Uint8Array(4));
    expect([averagePrecision(curve), rocArea(curve)]).toEqual([0, 0.5]);
  });

  it('does not change under a strictly rising map of the scores', () => {
    fc.assert(
      fc.property(labelledScores, ({ scores, labels }) => {
        const curve = createCurve(scores, labels);
        const mapped = createCurve(
          scores.map((score) => Math.exp(3 * score) - 2),
          labels,
        );
        expect(averagePrecision(mapped)).toBe(averagePrecision(curve));
        expect(rocArea(mapped)).toBe(rocArea(curve));
      }),
    );
  });

  it('gives the ROC area as the chance that an anomaly outranks a normal row', () => {
    fc.assert(
      fc.property(labelledScores, ({ scores, labels }) => {
        let wins = 0;
        let pairs = 0;
        scores.forEach((a, i) => {
          scores.forEach((b, j) => {
            if (!labels[i] || labels[j]) return;
            pairs += 1;
            wins += a > b ? 1 : a === b ? 0.5 : 0;
          });
        });
        const expected = pairs === 0 ? 0.5 : wins / pairs;
        expect(rocArea(createCurve(scores, labels))).toBeCloseTo(expected, 12);
      }),
    );
  });

  it('turns into 1 − area when the scores are turned round', () => {
    fc.assert(
      fc.property(labelledScores, ({ scores, labels }) => {
        const area = rocArea(createCurve(scores, labels));
        expect(
          rocArea(
            createCurve(
              scores.map((s) => -s),
              labels,
            ),
          ),
        ).toBeCloseTo(1 - area, 12);
      }),
    );
  });

  it('keeps what a drawing can tell apart when thinned, and its ends', () => {
    const scores = Float64Array.from({ length: 5000 }, (_, i) => i);
    const labels = Uint8Array.from({ length: 5000 }, (_, i) => (i > 4900 || i % 100 === 0 ? 1 : 0));
    const curve = createCurve(scores, labels);
    const few = thin(curve, 50);
    expect(few.length).toBeLessThanOrEqual(102);
    expect([few[0], few.at(-1)]).toEqual([curve.points[0], curve.points.at(-1)]);
    few.slice(1).forEach((point, k) => {
      const found = point.truePositives - (few[k]?.truePositives ?? 0);
      expect(found / curve.positives).toBeLessThanOrEqual(1 / 50 + 1 / curve.positives);
    });
  });

  it('ranks equal scores in their order', () => {
    expect([...rankDescending(Float64Array.from([1, 3, 3, 2]))]).toEqual([1, 2, 3, 0]);
  });

  it('refuses labels of another length', () => {
    expect(() => createCurve(SCORES, new Uint8Array(3))).toThrow(RangeError);
  });
});
