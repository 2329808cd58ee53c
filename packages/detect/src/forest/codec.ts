/**
 * A forest as bytes: compact, checksummed, versioned.
 *
 * Inside the envelope (`sealed.ts`), little-endian: width u16 · sample u16 · trees u16 · depth u16,
 * then each tree in preorder: a node is its feature u8 and its threshold float32, followed by its
 * left and right subtree; a leaf is 255 and its training rows u16. Path lengths follow from depth
 * and rows. 100 trees of 256 rows take about 80 KB; the limits allow no bomb: a file of n bytes
 * makes at most 256 trees of 4,096 leaves.
 */
import { ModelError } from '../modelError.ts';
import { type Seal, seal, unseal } from '../sealed.ts';
import { Forest } from './forest.ts';
import { type OpenKernel, openKernel } from './kernel.ts';
import { checkShape, levelOf, type Tree } from './trees.ts';

const FOREST: Seal = { magic: 'FSIF', version: 1, name: 'forest' };

const LEAF = 255;
const SHAPE_BYTES = 8;
const NODE_BYTES = 5;
const LEAF_BYTES = 3;

export function encodeForest(forest: Forest): Uint8Array<ArrayBuffer> {
  const { width, sample, treeCount, depth } = forest.shape;
  const bytes = new Uint8Array(SHAPE_BYTES + encodedBytes(forest));
  const view = new DataView(bytes.buffer);
  for (const [index, value] of [width, sample, treeCount, depth].entries()) {
    view.setUint16(2 * index, value, true);
  }
  let at = SHAPE_BYTES;
  for (const tree of forest.trees) at = writeSubtree(tree, 1, { view, at });
  return seal(FOREST, bytes);
}

/**
 * @param open makes the memory of the forest and the loops over it
 * @throws ModelError on damage, another kind of file, a newer version or an impossible tree
 */
export function decodeForest(bytes: Uint8Array, open: OpenKernel = openKernel): Forest {
  const { payload } = unseal(FOREST, bytes);
  if (payload.length < SHAPE_BYTES) throw impossible('its shape is missing');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const [width = 0, sample = 0, treeCount = 0, depth = 0] = [0, 2, 4, 6].map((at) =>
    view.getUint16(at, true),
  );
  const shape = { width, sample, treeCount, depth };
  checkShape('forest.decode', shape);
  const forest = new Forest(shape, open);
  const reading = { view, at: SHAPE_BYTES, width };
  for (const tree of forest.trees) {
    const rows = readSubtree(tree, 1, reading);
    if (rows !== sample) throw impossible(`a tree has ${rows} rows, not ${sample}`);
  }
  if (reading.at !== view.byteLength) throw impossible('bytes are left over');
  return forest;
}

/** Where a branch ends early its slot is a node with threshold Infinity, but a leaf in the file. */
function isEnd(tree: Tree, slot: number): boolean {
  return tree.isLeaf(slot) || tree.threshold(slot) === Infinity;
}

/** Training rows of a branch that ends at this slot. */
function endSize(tree: Tree, slot: number): number {
  return tree.size(slot << (tree.depth - levelOf(slot)));
}

function encodedBytes(forest: Forest): number {
  let bytes = 0;
  const count = (tree: Tree, slot: number): void => {
    bytes += isEnd(tree, slot) ? LEAF_BYTES : NODE_BYTES;
    if (isEnd(tree, slot)) return;
    count(tree, 2 * slot);
    count(tree, 2 * slot + 1);
  };
  for (const tree of forest.trees) count(tree, 1);
  return bytes;
}

/** @returns the position after the subtree */
function writeSubtree(tree: Tree, slot: number, to: { view: DataView; at: number }): number {
  const { view, at } = to;
  if (isEnd(tree, slot)) {
    view.setUint8(at, LEAF);
    view.setUint16(at + 1, endSize(tree, slot), true);
    return at + LEAF_BYTES;
  }
  view.setUint8(at, tree.feature(slot));
  view.setFloat32(at + 1, tree.threshold(slot), true);
  const middle = writeSubtree(tree, 2 * slot, { view, at: at + NODE_BYTES });
  return writeSubtree(tree, 2 * slot + 1, { view, at: middle });
}

interface Reading {
  readonly view: DataView;
  readonly width: number;
  at: number;
}

/** @returns the training rows of the subtree */
function readSubtree(tree: Tree, slot: number, from: Reading): number {
  const { view, at } = from;
  if (at + LEAF_BYTES > view.byteLength) throw impossible('a tree is cut short');
  const feature = view.getUint8(at);
  if (feature === LEAF) {
    const size = view.getUint16(at + 1, true);
    if (size === 0) throw impossible('a leaf has no rows');
    tree.end(slot, size);
    from.at = at + LEAF_BYTES;
    return size;
  }
  if (tree.isLeaf(slot)) throw impossible('a tree is deeper than its depth');
  if (feature >= from.width) throw impossible(`feature ${feature} of ${from.width}`);
  if (at + NODE_BYTES > view.byteLength) throw impossible('a tree is cut short');
  const threshold = view.getFloat32(at + 1, true);
  if (!Number.isFinite(threshold)) throw impossible(`the threshold ${threshold}`);
  tree.split(slot, feature, threshold);
  from.at = at + NODE_BYTES;
  const left = readSubtree(tree, 2 * slot, from);
  return left + readSubtree(tree, 2 * slot + 1, from);
}

function impossible(what: string): ModelError {
  const hint = 'The file was not written by Fernsight: train the model again.';
  return new ModelError('forest.decode', `An impossible forest: ${what}`, hint);
}
