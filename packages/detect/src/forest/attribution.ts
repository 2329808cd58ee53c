/**
 * Which features isolated a row: path attribution.
 *
 * Every slot of a tree has an expected path length, the mean over the training rows below it. Each
 * step down a row's path changes the expectation, and the change is the doing of the feature that
 * split there (Saabas 2014 for regression trees; unlike DIFFI, Carletti et al. 2023, it is additive
 * and signed). Averaged over the trees, the contributions of a row add up to the root's expectation
 * less the row's mean path length: a positive one shortened the path, so it speaks for an anomaly.
 *
 * The expectations (float32, half the trees' memory) are computed once, when a forest first
 * explains.
 */
import type { Trees } from './trees.ts';

export class Attribution {
  readonly #trees: Trees;
  readonly #expected: Float32Array;

  constructor(trees: Trees) {
    this.#trees = trees;
    this.#expected = new Float32Array(trees.trees << (trees.depth + 1));
    for (let tree = 0; tree < trees.trees; tree++) this.#expect(tree, 1, 0);
  }

  /** @param row float32, length width. @param out overwritten, length width. O(trees · depth) */
  explain(row: Float32Array, out: Float64Array): void {
    const { trees, depth, width } = this.#trees;
    out.fill(0, 0, width);
    for (let tree = 0; tree < trees; tree++) {
      const base = tree << (depth + 1);
      let slot = 1;
      for (let level = 0; level < depth; level++) {
        const feature = this.#trees.feature(tree, slot);
        const before = this.#expected[base + slot] ?? 0;
        slot = 2 * slot + ((row[feature] ?? 0) > this.#trees.threshold(tree, slot) ? 1 : 0);
        out[feature] = (out[feature] ?? 0) + before - (this.#expected[base + slot] ?? 0);
      }
    }
    for (let feature = 0; feature < width; feature++) out[feature] = (out[feature] ?? 0) / trees;
  }

  /** Fills in the subtree at a slot. @returns the training rows below it */
  #expect(tree: number, slot: number, level: number): number {
    const trees = this.#trees;
    const base = tree << (trees.depth + 1);
    if (level === trees.depth) {
      this.#expected[base + slot] = trees.length(tree, slot);
      return trees.size(tree, slot);
    }
    const left = this.#expect(tree, 2 * slot, level + 1);
    const right = this.#expect(tree, 2 * slot + 1, level + 1);
    const ofLeft = this.#expected[base + 2 * slot] ?? 0;
    const ofRight = this.#expected[base + 2 * slot + 1] ?? 0;
    // A share of one side only, or of rows that no training row came to, is that of the left.
    const share = left + right === 0 ? 1 : left / (left + right);
    this.#expected[base + slot] = share * ofLeft + (1 - share) * ofRight;
    return left + right;
  }
}
