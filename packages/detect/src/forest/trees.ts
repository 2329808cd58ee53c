/**
 * The trees of a forest as perfect binary trees in one buffer.
 *
 * A tree of depth d is 2^(d+1) slots of 8 bytes. Slots 1 … 2^d − 1 are its nodes, the children of
 * slot i are 2i and 2i + 1; a node holds the byte offset of its feature in a block of rows and its
 * float32 threshold, and a row goes right where its value is greater. Slots 2^d … 2^(d+1) − 1 are
 * the leaves, each a float64 path length. So a row reaches its leaf in d steps without a branch.
 * A branch that ends higher up goes on to the left, under thresholds of Infinity; the slots to the
 * right of it are never reached. Trees that only fill up a group of eight have length 0 everywhere.
 *
 * Rows are compared as float32, as scikit-learn does; a float64 threshold is lowered to the next
 * float32, which sends every float32 the same way.
 */
import { ModelError } from '../modelError.ts';
import { FEATURE_BYTES, type Grove, LANES, PADDING_BYTES, TREES_BYTES } from './kernel.ts';
import { DEPTH_MAX, TREES_MAX, WIDTH_MAX } from './limits.ts';
import { leafPathLength } from './pathLength.ts';

export interface ForestShape {
  /** features a row */
  readonly width: number;
  /** training rows a tree, at least 2 */
  readonly sample: number;
  readonly treeCount: number;
  /** levels of nodes of a tree */
  readonly depth: number;
}

/** The greatest float32. */
export const FLOAT32_MAX = 3.4028234663852886e38;

export class Tree {
  readonly depth: number;
  readonly #offsets: Int32Array;
  readonly #thresholds: Float32Array;
  readonly #lengths: Float64Array;
  /** training rows of each leaf, 0 where no row can come */
  readonly #sizes: Uint16Array;

  /** @param buffer holds the tree's slots, zeroed, from `start` */
  constructor(depth: number, buffer: ArrayBuffer, start: number) {
    const slots = 2 << depth;
    this.depth = depth;
    this.#offsets = new Int32Array(buffer, start, 2 * slots);
    this.#thresholds = new Float32Array(buffer, start, 2 * slots);
    this.#lengths = new Float64Array(buffer, start, slots);
    this.#sizes = new Uint16Array(slots / 2);
    for (let node = 1; node < slots / 2; node++) this.split(node, 0, Infinity);
  }

  /** Makes a node of a slot. @param threshold a float32; rows with a greater value go right */
  split(node: number, feature: number, threshold: number): void {
    this.#offsets[2 * node] = FEATURE_BYTES * feature;
    this.#thresholds[2 * node + 1] = threshold;
  }

  /** Ends a branch at a slot, with `size` training rows. */
  end(slot: number, size: number): void {
    const level = levelOf(slot);
    const leaf = slot << (this.depth - level);
    this.#sizes[leaf - (1 << this.depth)] = size;
    this.#lengths[leaf] = leafPathLength(level, size);
  }

  feature(node: number): number {
    return (this.#offsets[2 * node] ?? 0) / FEATURE_BYTES;
  }

  /** Infinity where the branch has ended. */
  threshold(node: number): number {
    return this.#thresholds[2 * node + 1] ?? 0;
  }

  isLeaf(slot: number): boolean {
    return levelOf(slot) === this.depth;
  }

  /** Training rows of a leaf; 0 where no row can come. */
  size(leaf: number): number {
    return this.#sizes[leaf - (1 << this.depth)] ?? 0;
  }

  /** Path length of a leaf. */
  length(leaf: number): number {
    return this.#lengths[leaf] ?? 0;
  }
}

/** @returns the level of a slot: 0 for slot 1, the root */
export function levelOf(slot: number): number {
  return 31 - Math.clz32(slot);
}

/** @returns where the trees of a forest of this shape lie; their end is the memory it takes */
export function groveOf({ treeCount, depth }: ForestShape): Grove {
  const stride = (16 << depth) + PADDING_BYTES;
  const groups = Math.ceil(treeCount / LANES);
  return { start: TREES_BYTES, end: TREES_BYTES + stride * LANES * groups, stride };
}

/** @returns the trees of a grove, those that fill up the last group included */
export function plantTrees(depth: number, grove: Grove, buffer: ArrayBuffer): Tree[] {
  const trees: Tree[] = [];
  for (let start = grove.start; start < grove.end; start += grove.stride) {
    trees.push(new Tree(depth, buffer, start));
  }
  return trees;
}

/** @throws ModelError where a forest of this shape cannot be built. */
export function checkShape(op: string, shape: ForestShape): void {
  const bounds: [string, number, number, number][] = [
    ['features a row', shape.width, 1, WIDTH_MAX],
    ['rows a tree', shape.sample, 2, 1 << DEPTH_MAX],
    ['trees', shape.treeCount, 1, TREES_MAX],
    ['levels a tree', shape.depth, 1, DEPTH_MAX],
  ];
  for (const [what, value, low, high] of bounds) {
    if (Number.isInteger(value) && value >= low && value <= high) continue;
    throw new ModelError(op, `${value} ${what}`, `Give an integer from ${low} to ${high}.`);
  }
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** @returns the greatest float32 <= x, for a finite x within the range of float32 */
export function floorFloat32(x: number): number {
  float[0] = x;
  const nearest = float[0] ?? x;
  if (nearest <= x) return nearest;
  if (nearest === 0) return -1.401298464324817e-45; // the least denormal
  bits[0] = (bits[0] ?? 0) + (nearest > 0 ? -1 : 1);
  return float[0] ?? x;
}
