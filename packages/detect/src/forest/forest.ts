/**
 * An Isolation Forest: scores how easily random splits set a row apart from the training rows.
 *
 * A row that few splits isolate is anomalous: the score is 2^(−mean path length / c(sample)), 0.5 for
 * an average row, towards 1 for one that stands alone (Liu, Ting & Zhou 2008, eq. 2). Path lengths
 * lie on a grid, so that their sum is exact in any order, and `score` is a multiple of 1/65535 (I5).
 *
 * A forest owns one memory (about 430 KB for 100 trees of 256 rows) and scoring allocates nothing.
 * It never changes after it was built; one forest may serve any number of series of one thread.
 */
import { exp2 } from '../math.ts';
import { roundScore } from '../verdict.ts';
import { Attribution } from './attribution.ts';
import {
  blocksOf,
  type Grove,
  type Kernel,
  LANES,
  type OpenKernel,
  openKernel,
  SUMS_BYTES,
} from './kernel.ts';
import { averagePathLength } from './pathLength.ts';
import { type ForestShape, groveOf, plantTrees, type Tree } from './trees.ts';

export class Forest {
  readonly shape: ForestShape;
  readonly width: number;
  readonly trees: readonly Tree[];
  /** what descends the trees; the scores do not depend on it */
  readonly form: Kernel['form'];
  readonly #kernel: Kernel;
  readonly #grove: Grove;
  /** blocks of rows */
  readonly #rows: Float32Array;
  readonly #sums: Float64Array;
  /** −1 / (trees · c(sample)): times a sum of path lengths it is the exponent of the score */
  readonly #rate: number;
  #attribution: Attribution | null = null;

  /**
   * A forest of bare trees, to be planted before it is used.
   * @param shape within the bounds of `checkShape`
   * @param open makes the memory and the loops over it
   */
  constructor(shape: ForestShape, open: OpenKernel = openKernel) {
    this.shape = shape;
    this.width = shape.width;
    this.#grove = groveOf(shape);
    this.#kernel = open(this.#grove.end);
    this.form = this.#kernel.form;
    const { buffer } = this.#kernel;
    this.trees = plantTrees(shape.depth, this.#grove, buffer).slice(0, shape.treeCount);
    const rowCount = LANES * blocksOf(shape.width);
    this.#rows = new Float32Array(buffer, 0, shape.width * rowCount);
    this.#sums = new Float64Array(buffer, SUMS_BYTES, rowCount);
    this.#rate = -1 / (shape.treeCount * averagePathLength(shape.sample));
  }

  /**
   * @param row features from `offset`, finite; they are compared as float32
   * @returns the score, a multiple of 1/65535 in [0, 1]
   * @throws RangeError on a value that is not finite. O(trees · depth); bench/src/forest.ts
   */
  score(row: Float64Array, offset = 0): number {
    return roundScore(this.rawScore(row, offset));
  }

  /** The score before it is rounded; what scikit-learn calls −score_samples. */
  rawScore(row: Float64Array, offset = 0): number {
    this.#load(row, offset);
    return exp2(this.#kernel.sumRow(this.#grove) * this.#rate);
  }

  /**
   * Scores rows, the same as one by one but tree by tree for many of them.
   * @param rows row-major, finite, length a multiple of width
   * @param scores overwritten, one score a row
   * @throws RangeError on a value that is not finite
   */
  scoreRows(rows: Float64Array, scores: Float64Array): void {
    const count = rows.length / this.width;
    const inBlocks = count - (count % LANES);
    for (let index = 0; index < inBlocks; index += this.#sums.length) {
      this.#scoreBlocks(rows, scores, {
        from: index,
        to: Math.min(index + this.#sums.length, inBlocks),
      });
    }
    for (let index = inBlocks; index < count; index++) {
      scores[index] = this.score(rows, index * this.width);
    }
  }

  /**
   * Explains a row: what each feature did to the length of its path.
   * @param out overwritten, length width: by how many steps of the mean path the feature isolated
   *   the row (positive) or hid it among others (negative); they add up to the root's expected path
   *   length less the row's. See `Attribution`.
   * @throws RangeError on a value that is not finite
   */
  contributions(row: Float64Array, out: Float64Array, offset = 0): void {
    this.#load(row, offset);
    this.#attribution ??= new Attribution(this.trees);
    this.#attribution.explain(this.#rows, out);
  }

  /** @param from, to rows that fill whole blocks */
  #scoreBlocks(
    rows: Float64Array,
    scores: Float64Array,
    { from, to }: { readonly from: number; readonly to: number },
  ): void {
    for (let index = from; index < to; index += LANES) {
      for (let lane = 0; lane < LANES; lane++) {
        this.#load(rows, (index + lane) * this.width, (index - from) * this.width + lane);
      }
    }
    this.#sums.fill(0, 0, to - from);
    this.#kernel.sumBlocks(this.#grove, this.width, (to - from) / LANES);
    for (let index = from; index < to; index++) {
      scores[index] = roundScore(exp2((this.#sums[index - from] ?? 0) * this.#rate));
    }
  }

  /** @param to index of the row's feature 0 among the blocks */
  #load(row: Float64Array, offset: number, to = 0): void {
    const target = this.#rows;
    let fault = 0;
    for (let feature = 0; feature < this.width; feature++) {
      const value = row[offset + feature] ?? Number.NaN;
      fault += value - value;
      target[to + LANES * feature] = value;
    }
    if (fault !== 0) this.#refuse();
  }

  #refuse(): never {
    throw new RangeError(`A row of ${this.width} finite features is needed`);
  }
}
