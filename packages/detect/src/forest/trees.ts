/**
 * The trees of a forest as perfect binary trees in one buffer.
 *
 * A tree of depth d is 2^(d+1) slots of 8 bytes. Slots 1 … 2^d − 1 are its nodes, the children of
 * slot i are 2i and 2i + 1; a node holds the byte offset of its feature in a float32 row and its
 * float32 threshold, and a row goes right where its value is greater. Slots 2^d … 2^(d+1) − 1 are
 * the leaves, each a float64 path length. So a row reaches its leaf in d steps without a branch.
 * A leaf higher up hangs at the left end of nodes whose threshold is Infinity; the slots to their
 * right are never reached.
 *
 * Rows are compared as float32, as scikit-learn does; a float64 threshold is lowered to the next
 * float32, which sends every float32 the same way.
 */
import { ModelError } from '../modelError.ts';
import { DEPTH_MAX, TREES_MAX, WIDTH_MAX } from './limits.ts';
import { leafPathLength } from './pathLength.ts';

export interface TreesShape {
  /** features a row */
  readonly width: number;
  /** training rows a tree, at least 2 */
  readonly sample: number;
  readonly trees: number;
  /** levels of nodes of a tree */
  readonly depth: number;
}

/** Slots of a tree start on a cache line of their own, but not all in the same cache set. */
const TREE_PADDING_BYTES = 64;

/** The greatest float32: what lies beyond is taken for it. */
export const FLOAT32_MAX = 3.4028234663852886e38;

export class Trees implements TreesShape {
  readonly width: number;
  readonly sample: number;
  readonly trees: number;
  readonly depth: number;
  /** the first leaf slot of every tree, 2^depth */
  readonly leafBase: number;
  readonly #stride: number;
  readonly #offsets: Int32Array;
  readonly #thresholds: Float32Array;
  readonly #lengths: Float64Array;
  /** training rows of each leaf slot; 0 where no row can come */
  readonly #sizes: Uint16Array;

  /** @param buffer zeroed, of `treesBytes(shape)` from `start`, a multiple of 64 */
  constructor(shape: TreesShape, buffer: ArrayBuffer, start: number) {
    this.width = shape.width;
    this.sample = shape.sample;
    this.trees = shape.trees;
    this.depth = shape.depth;
    this.leafBase = 2 ** shape.depth;
    const bytes = treesBytes(shape);
    this.#stride = bytes / shape.trees;
    this.#offsets = new Int32Array(buffer, start, bytes / 4);
    this.#thresholds = new Float32Array(buffer, start, bytes / 4);
    this.#lengths = new Float64Array(buffer, start, bytes / 8);
    this.#sizes = new Uint16Array(shape.trees << shape.depth);
    for (let tree = 0; tree < this.trees; tree++) {
      for (let node = 1; node < this.leafBase; node++) this.split(tree, node, 0, Infinity);
    }
  }

  /** Makes a node of a slot. @param threshold a float32; rows with a greater value go right */
  split(tree: number, node: number, feature: number, threshold: number): void {
    const word = (tree * this.#stride) / 4 + 2 * node;
    this.#offsets[word] = 4 * feature;
    this.#thresholds[word + 1] = threshold;
  }

  /** Ends a branch at a slot of this level with `size` training rows. */
  end(tree: number, node: number, level: number, size: number): void {
    const slot = node << (this.depth - level);
    this.#sizes[(tree << this.depth) + slot - this.leafBase] = size;
    this.#lengths[(tree * this.#stride) / 8 + slot] = leafPathLength(level, size);
  }

  feature(tree: number, node: number): number {
    return (this.#offsets[(tree * this.#stride) / 4 + 2 * node] ?? 0) / 4;
  }

  /** Infinity where the branch has ended. */
  threshold(tree: number, node: number): number {
    return this.#thresholds[(tree * this.#stride) / 4 + 2 * node + 1] ?? 0;
  }

  size(tree: number, slot: number): number {
    return this.#sizes[(tree << this.depth) + slot - this.leafBase] ?? 0;
  }

  length(tree: number, slot: number): number {
    return this.#lengths[(tree * this.#stride) / 8 + slot] ?? 0;
  }

  /** @returns the sum of the row's path lengths, exact. @param row float32, length width */
  sum(row: Float32Array): number {
    const thresholds = this.#thresholds;
    const offsets = this.#offsets;
    const words = this.#stride / 4;
    let total = 0;
    for (let tree = 0, base = 0; tree < this.trees; tree++, base += words) {
      let slot = 1;
      for (let level = 0; level < this.depth; level++) {
        const word = base + 2 * slot;
        const value = row[(offsets[word] ?? 0) >> 2] ?? 0;
        slot = 2 * slot + (value > (thresholds[word + 1] ?? 0) ? 1 : 0);
      }
      total += this.#lengths[base / 2 + slot] ?? 0;
    }
    return total;
  }
}

/** @returns the bytes that trees of this shape take, a multiple of 64 */
export function treesBytes(shape: TreesShape): number {
  return shape.trees * (8 * 2 ** (shape.depth + 1) + TREE_PADDING_BYTES);
}

/** @throws ModelError where a forest of this shape cannot be built. */
export function checkShape(op: string, shape: TreesShape): void {
  const bounds: [string, number, number, number][] = [
    ['features a row', shape.width, 1, WIDTH_MAX],
    ['rows a tree', shape.sample, 2, 2 ** DEPTH_MAX],
    ['trees', shape.trees, 1, TREES_MAX],
    ['levels a tree', shape.depth, 1, DEPTH_MAX],
  ];
  for (const [what, value, low, high] of bounds) {
    if (Number.isInteger(value) && value >= low && value <= high) continue;
    throw new ModelError(op, `${value} ${what}`, `Give an integer from ${low} to ${high}.`);
  }
}

/** @returns the greatest float32 <= x, for a finite x within the range of float32 */
export function floorFloat32(x: number): number {
  word[0] = x;
  const nearest = word[0] ?? x;
  if (nearest <= x) return nearest;
  if (nearest === 0) return -1.401298464324817e-45; // the least denormal
  bits[0] = (bits[0] ?? 0) + (nearest > 0 ? -1 : 1);
  return word[0] ?? 0;
}

const word = new Float32Array(1);
const bits = new Int32Array(word.buffer);
