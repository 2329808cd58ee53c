/**
 * Training of an Isolation Forest (Liu, Ting & Zhou 2008, algorithms 1 and 2).
 *
 * Each tree takes its own sample without replacement and splits it by a feature drawn among those
 * that vary and a threshold drawn uniformly between that feature's extremes, to the depth
 * ceil(log2 sample), in place on two arrays that all trees share. The same rows and the same chance
 * give the same forest to the bit.
 */
import { ModelError } from '../modelError.ts';
import { Forest } from './forest.ts';
import {
  checkShape,
  FLOAT32_MAX,
  type ForestShape,
  floorFloat32,
  levelOf,
  type Tree,
} from './trees.ts';

export interface TrainingOptions {
  /** 1 … 256; 100 where absent */
  readonly trees?: number;
  /** rows a tree, 2 … 4,096; 256 where absent, all rows where there are fewer */
  readonly sample?: number;
  /** uniform in [0, 1), seeded by the caller */
  readonly random: () => number;
}

/**
 * @param rows row-major, finite, length a multiple of width, at least two rows
 * @param width features a row, 1 … 255
 * @throws ModelError on a value that is not finite, naming its row and feature.
 * O(rows · width + trees · sample · log sample).
 */
export function trainForest(rows: Float64Array, width: number, options: TrainingOptions): Forest {
  const count = rows.length / width;
  checkRows(rows, width);
  const sample = Math.min(options.sample ?? 256, count);
  const depth = levels(sample);
  const shape: ForestShape = { width, sample, treeCount: options.trees ?? 100, depth };
  checkShape('forest.train', shape);
  const forest = new Forest(shape);
  const growth = new Growth(shape, options.random);
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (const tree of forest.trees) {
    draw(order, sample, options.random);
    growth.gather(rows, order);
    growth.grow(tree, 1, { start: 0, end: sample });
  }
  return forest;
}

/** ceil(log2 sample), at least 1 */
function levels(sample: number): number {
  return Math.max(1, 32 - Math.clz32(sample - 1));
}

function checkRows(rows: Float64Array, width: number): void {
  const op = 'forest.train';
  if (rows.length === 0 || rows.length % width !== 0) {
    const message = `${rows.length} values are no rows of ${width}`;
    throw new ModelError(op, message, 'Give whole rows, one after the other.');
  }
  if (rows.length === width) throw new ModelError(op, 'One row', 'Give at least two rows.');
  const bad = rows.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return;
  const message = `Row ${Math.floor(bad / width)}, feature ${bad % width} is ${rows[bad]}`;
  throw new ModelError(op, message, 'Leave out rows with a value that is not finite.');
}

/** Fisher-Yates, as far as the sample goes: its rows then stand first in `order`. */
function draw(order: Uint32Array, sample: number, random: () => number): void {
  for (let index = 0; index < sample; index++) {
    const other = index + Math.floor(random() * (order.length - index));
    const row = order[index] ?? 0;
    order[index] = order[other] ?? 0;
    order[other] = row;
  }
}

/** A run of the rows of a sample, in the order in which the splits have left them. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** One tree's sample, and the order in which its splits have left the rows. */
class Growth {
  readonly #shape: ForestShape;
  readonly #random: () => number;
  /** column by column */
  readonly #values: Float32Array;
  readonly #order: Uint16Array;
  readonly #features: Uint16Array;
  /** the split that `#choose` found */
  #feature = 0;
  #threshold = 0;

  constructor(shape: ForestShape, random: () => number) {
    this.#shape = shape;
    this.#random = random;
    this.#values = new Float32Array(shape.width * shape.sample);
    this.#order = new Uint16Array(shape.sample);
    this.#features = Uint16Array.from({ length: shape.width }, (_, feature) => feature);
  }

  gather(rows: Float64Array, from: Uint32Array): void {
    const { width, sample } = this.#shape;
    for (let index = 0; index < sample; index++) this.#order[index] = index;
    for (let index = 0; index < sample; index++) {
      const row = (from[index] ?? 0) * width;
      for (let feature = 0; feature < width; feature++) {
        const value = Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, rows[row + feature] ?? 0));
        this.#values[feature * sample + index] = value;
      }
    }
  }

  /** Grows the subtree at a slot of a tree from the rows that a span of the order holds. */
  grow(tree: Tree, slot: number, span: Span): void {
    if (levelOf(slot) === tree.depth || span.end - span.start < 2 || !this.#choose(span)) {
      tree.end(slot, span.end - span.start);
      return;
    }
    tree.split(slot, this.#feature, this.#threshold);
    const middle = this.#partition(span);
    this.grow(tree, 2 * slot, { start: span.start, end: middle });
    this.grow(tree, 2 * slot + 1, { start: middle, end: span.end });
  }

  /** Draws features without replacement until one varies. @returns false where none does */
  #choose({ start, end }: Span): boolean {
    const features = this.#features;
    const order = this.#order;
    for (let left = features.length; left > 0; left--) {
      const pick = Math.floor(this.#random() * left);
      const feature = features[pick] ?? 0;
      features[pick] = features[left - 1] ?? 0;
      features[left - 1] = feature;
      const column = feature * this.#shape.sample;
      let low = Infinity;
      let high = -Infinity;
      for (let index = start; index < end; index++) {
        const value = this.#values[column + (order[index] ?? 0)] ?? 0;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (low === high) continue;
      this.#feature = feature;
      const threshold = floorFloat32(low + this.#random() * (high - low));
      this.#threshold = threshold < high ? threshold : low;
      return true;
    }
    return false;
  }

  #partition({ start, end }: Span): number {
    const order = this.#order;
    const column = this.#feature * this.#shape.sample;
    const threshold = this.#threshold;
    let left = start;
    let right = end - 1;
    while (left <= right) {
      const row = order[left] ?? 0;
      if ((this.#values[column + row] ?? 0) > threshold) {
        order[left] = order[right] ?? 0;
        order[right] = row;
        right--;
      } else {
        left++;
      }
    }
    return left;
  }
}
