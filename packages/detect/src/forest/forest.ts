/**
 * An Isolation Forest: scores how easily random splits set a row apart from the training rows.
 *
 * A row that few splits isolate is anomalous: the score is 2^(−mean path length / c(sample)), 0.5 for
 * an average row, towards 1 for one that stands alone (Liu, Ting & Zhou 2008, eq. 2). Path lengths
 * lie on a grid, so that their sum is exact in any order, and `score` is a multiple of 1/65535 (I5).
 *
 * A forest owns one buffer and scratch space, and scoring allocates nothing. It never changes after
 * it was built; one forest may serve any number of series of one thread.
 */
import { exp2 } from '../math.ts';
import { roundScore } from '../verdict.ts';
import { Attribution } from './attribution.ts';
import { averagePathLength } from './pathLength.ts';
import { Trees, type TreesShape, treesBytes } from './trees.ts';

export class Forest {
  readonly width: number;
  readonly trees: Trees;
  readonly #row: Float32Array;
  /** −1 / (trees · c(sample)): times a sum of path lengths it is the exponent of the score */
  readonly #rate: number;
  #attribution: Attribution | null = null;

  /** Builds a forest in a buffer of its own. @param plant puts in every split and leaf, once */
  static build(shape: TreesShape, plant: (trees: Trees) => void): Forest {
    return new Forest(shape, plant);
  }

  private constructor(shape: TreesShape, plant: (trees: Trees) => void) {
    this.width = shape.width;
    this.trees = new Trees(shape, new ArrayBuffer(treesBytes(shape)), 0);
    this.#row = new Float32Array(shape.width);
    this.#rate = -1 / (shape.trees * averagePathLength(shape.sample));
    plant(this.trees);
  }

  /**
   * @param row features from `offset`, finite; they are compared as float32
   * @returns the score, a multiple of 1/65535 in [0, 1]
   * @throws RangeError on a value that is not finite. O(trees · depth)
   */
  score(row: Float64Array, offset = 0): number {
    return roundScore(this.rawScore(row, offset));
  }

  /** The score before it is rounded; what scikit-learn calls −score_samples. */
  rawScore(row: Float64Array, offset = 0): number {
    this.#load(row, offset);
    return exp2(this.trees.sum(this.#row) * this.#rate);
  }

  /**
   * Scores rows one after the other.
   * @param rows row-major, length a multiple of width
   * @param scores overwritten, one score a row
   */
  scoreRows(rows: Float64Array, scores: Float64Array): void {
    const count = rows.length / this.width;
    for (let index = 0; index < count; index++) {
      scores[index] = this.score(rows, index * this.width);
    }
  }

  /**
   * Explains a row: what each feature did to the length of its path.
   * @param out overwritten, length width: by how many steps of the mean path the feature isolated
   *   the row (positive) or hid it among others (negative); they add up to the root's expected path
   *   length less the row's. See `Attribution`.
   */
  contributions(row: Float64Array, out: Float64Array, offset = 0): void {
    this.#load(row, offset);
    this.#attribution ??= new Attribution(this.trees);
    this.#attribution.explain(this.#row, out);
  }

  #load(row: Float64Array, offset: number): void {
    const target = this.#row;
    let fault = 0;
    for (let feature = 0; feature < this.width; feature++) {
      const value = row[offset + feature] ?? Number.NaN;
      fault += value - value;
      target[feature] = value;
    }
    if (fault !== 0) throw new RangeError(`A row of ${this.width} finite features is needed`);
  }
}
