/**
 * What every threshold would give: the ROC and the precision-recall curve, and the areas under them.
 *
 * A point of a curve is the alarm rule "score ≥ threshold" for one distinct score; equal scores enter together, so a
 * detector that says the same everywhere gets one point and not a lucky order.
 */
import { at } from './at.ts';

export interface CurvePoint {
  readonly threshold: number;
  /** labelled rows and normal rows at or above the threshold */
  readonly truePositives: number;
  readonly falsePositives: number;
}

export interface Curve {
  /** by falling threshold, one per distinct score */
  readonly points: readonly CurvePoint[];
  /** labelled and normal rows in all */
  readonly positives: number;
  readonly negatives: number;
}

/** @param scores finite. @param labels 0 or 1. @returns every operating point. O(n log n). */
export function createCurve(scores: Float64Array, labels: Uint8Array): Curve {
  if (scores.length !== labels.length) throw new RangeError('scores and labels differ in length');
  const order = rankDescending(scores);
  const points: CurvePoint[] = [];
  let truePositives = 0;
  let falsePositives = 0;
  for (let k = 0; k < order.length; k += 1) {
    const i = at(order, k);
    if (labels[i]) truePositives += 1;
    else falsePositives += 1;
    const threshold = at(scores, i);
    const next = order[k + 1];
    if (next !== undefined && scores[next] === threshold) continue;
    points.push({ threshold, truePositives, falsePositives });
  }
  return { points, positives: truePositives, negatives: falsePositives };
}

/**
 * @returns the average precision Σ (Rₖ − Rₖ₋₁) Pₖ: the area under the precision-recall curve as steps, without the
 *   optimism of straight lines (scikit-learn's average_precision_score); 0 without labelled rows
 */
export function averagePrecision({ points, positives }: Curve): number {
  if (positives === 0) return 0;
  let area = 0;
  let before = 0;
  for (const { truePositives, falsePositives } of points) {
    area += (truePositives - before) * (truePositives / (truePositives + falsePositives));
    before = truePositives;
  }
  return area / positives;
}

/** @returns the area under the ROC curve by trapezoids; 0.5 where one class is absent */
export function rocArea({ points, positives, negatives }: Curve): number {
  if (positives === 0 || negatives === 0) return 0.5;
  let area = 0;
  let hits = 0;
  let misses = 0;
  for (const { truePositives, falsePositives } of points) {
    area += ((falsePositives - misses) * (truePositives + hits)) / 2;
    hits = truePositives;
    misses = falsePositives;
  }
  return area / (positives * negatives);
}

/** @returns the best F1 over all thresholds, chosen with the labels in hand: an upper bound, not an achievement */
export function bestF1({ points, positives }: Curve): { threshold: number; f1: number } {
  let best = { threshold: 1, f1: 0 };
  for (const { threshold, truePositives, falsePositives } of points) {
    const f1 = (2 * truePositives) / (truePositives + falsePositives + positives);
    if (f1 > best.f1) best = { threshold, f1 };
  }
  return best;
}

/**
 * @returns the points that a drawing of `steps` pixels a side can tell apart: a point stays where recall or the
 *   false-positive rate has moved by a step since the one kept before; the first and the last always stay
 */
export function thin({ points, positives, negatives }: Curve, steps: number): CurvePoint[] {
  let kept: CurvePoint | undefined;
  return points.filter((point, k) => {
    const found = point.truePositives - (kept?.truePositives ?? 0);
    const wrong = point.falsePositives - (kept?.falsePositives ?? 0);
    const moved = found * steps >= positives || wrong * steps >= negatives;
    if (kept !== undefined && !moved && k < points.length - 1) return false;
    kept = point;
    return true;
  });
}

/** @returns the indices of the scores, highest first; equal scores in order of their index */
export function rankDescending(scores: Float64Array): Uint32Array {
  const order = Uint32Array.from(scores, (_, i) => i);
  return order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
}
