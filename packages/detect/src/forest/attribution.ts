/**
 * Which features isolated a row: path attribution.
 *
 * Every slot of a tree has an expected path length, the mean over the training rows below it. Each
 * step down a row's path changes the expectation, and the change is the doing of the feature that
 * split there (Saabas 2014 for regression trees; unlike DIFFI, Carletti et al. 2023, it is additive
 * and signed). Averaged over the trees, the contributions of a row add up to the root's expectation
 * less the row's mean path length: a positive one shortened the path, so it speaks for an anomaly.
 *
 * The expectations (float32, half the memory of the trees) are computed once, when a forest first
 * explains.
 */
import { LANES } from './kernel.ts';
import type { Tree } from './trees.ts';

export class Attribution {
  readonly #trees: readonly Tree[];
  readonly #expected: readonly Float32Array[];

  /** @param trees those of the forest, without the ones that fill up the last group */
  constructor(trees: readonly Tree[]) {
    this.#trees = trees;
    this.#expected = trees.map(expectedLengths);
  }

  /**
   * @param row float32 values, one every LANES as in a block of rows
   * @param out overwritten, as long as the row has features. O(trees · depth)
   */
  explain(row: Float32Array, out: Float64Array): void {
    out.fill(0);
    for (let index = 0; index < this.#trees.length; index++) {
      const tree = this.#trees[index];
      const expected = this.#expected[index];
      if (tree !== undefined && expected !== undefined) descend(tree, expected, { row, out });
    }
    for (let feature = 0; feature < out.length; feature++) {
      out[feature] = (out[feature] ?? 0) / this.#trees.length;
    }
  }
}

function descend(
  tree: Tree,
  expected: Float32Array,
  { row, out }: { row: Float32Array; out: Float64Array },
): void {
  let slot = 1;
  while (!tree.isLeaf(slot)) {
    const feature = tree.feature(slot);
    const before = expected[slot] ?? 0;
    slot = 2 * slot + ((row[LANES * feature] ?? 0) > tree.threshold(slot) ? 1 : 0);
    out[feature] = (out[feature] ?? 0) + before - (expected[slot] ?? 0);
  }
}

/** @returns the expected path length at each slot, from the leaves up */
function expectedLengths(tree: Tree): Float32Array {
  const slots = 2 << tree.depth;
  const expected = new Float32Array(slots);
  const sizes = new Uint16Array(slots);
  for (let slot = slots - 1; slot > 0; slot--) {
    if (tree.isLeaf(slot)) {
      expected[slot] = tree.length(slot);
      sizes[slot] = tree.size(slot);
      continue;
    }
    const left = sizes[2 * slot] ?? 0;
    const right = sizes[2 * slot + 1] ?? 0;
    // Where no training row came, the branch goes on to the left.
    const share = right === 0 ? 1 : left / (left + right);
    expected[slot] =
      share * (expected[2 * slot] ?? 0) + (1 - share) * (expected[2 * slot + 1] ?? 0);
    sizes[slot] = left + right;
  }
  return expected;
}
