/**
 * Forests that scikit-learn has fitted, taken over as they are.
 *
 * What comes in is the JSON of the arrays that an `IsolationForest` keeps, by this expression:
 *
 *     {'n_features': f.n_features_in_, 'max_samples': int(f.max_samples_), 'trees': [
 *       {k: getattr(e.tree_, k).tolist() for k in ('children_left', 'children_right',
 *         'feature', 'threshold', 'n_node_samples')} for e in f.estimators_]}
 *
 * Scores then agree with `-f.score_samples(rows)` to 1e-12 before they are rounded. Forests fitted
 * with `max_features` below 1 are not taken: their trees number the features each in its own way.
 */
import { ModelError } from '../modelError.ts';
import { Forest } from './forest.ts';
import { checkShape, floorFloat32, type Tree } from './trees.ts';

const OP = 'forest.import';
const NO_CHILD = -1;

interface TreeArrays {
  readonly children_left: readonly number[];
  readonly children_right: readonly number[];
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly n_node_samples: readonly number[];
}

/** @throws ModelError that names what is missing or out of bounds */
export function importScikitLearnForest(json: unknown): Forest {
  const arrays = listOf(json, 'trees').map(treeArrays);
  const shape = {
    width: numberOf(json, 'n_features'),
    sample: numberOf(json, 'max_samples'),
    treeCount: arrays.length,
    depth: Math.max(1, ...arrays.map((tree) => depthBelow(tree, 0, 0))),
  };
  checkShape(OP, shape);
  const forest = new Forest(shape);
  for (const [index, tree] of forest.trees.entries()) {
    const from = arrays[index];
    if (from !== undefined) copySubtree(tree, 1, { from, node: 0, width: shape.width });
  }
  return forest;
}

/** @returns levels of nodes; stops at a bound, since the children of a faulty tree may run in circles */
function depthBelow(tree: TreeArrays, node: number, level: number): number {
  const left = tree.children_left[node] ?? NO_CHILD;
  const right = tree.children_right[node] ?? NO_CHILD;
  if (left === NO_CHILD || level > 64) return level;
  return Math.max(depthBelow(tree, left, level + 1), depthBelow(tree, right, level + 1));
}

function copySubtree(
  tree: Tree,
  slot: number,
  { from, node, width }: { from: TreeArrays; node: number; width: number },
): void {
  const left = from.children_left[node];
  const right = from.children_right[node];
  const size = from.n_node_samples[node];
  if (left === undefined || right === undefined || size === undefined) {
    throw refusal(`a child ${node} that is no node`);
  }
  if (left === NO_CHILD) {
    if (!Number.isInteger(size) || size < 1 || size > 65_535) throw refusal(`a leaf of ${size}`);
    tree.end(slot, size);
    return;
  }
  const feature = from.feature[node] ?? -1;
  const threshold = from.threshold[node] ?? Number.NaN;
  if (!Number.isInteger(feature) || feature < 0 || feature >= width) {
    throw refusal(`feature ${feature} of ${width}`);
  }
  if (!(Math.abs(threshold) <= 3.4e38)) throw refusal(`the threshold ${threshold}`);
  tree.split(slot, feature, floorFloat32(threshold));
  copySubtree(tree, 2 * slot, { from, node: left, width });
  copySubtree(tree, 2 * slot + 1, { from, node: right, width });
}

function treeArrays(json: unknown): TreeArrays {
  return {
    children_left: numbersOf(json, 'children_left'),
    children_right: numbersOf(json, 'children_right'),
    feature: numbersOf(json, 'feature'),
    threshold: numbersOf(json, 'threshold'),
    n_node_samples: numbersOf(json, 'n_node_samples'),
  };
}

function numbersOf(json: unknown, key: string): number[] {
  return listOf(json, key).map((value) => {
    if (typeof value !== 'number') throw refusal(`${key} with ${String(value)}`);
    return value;
  });
}

function listOf(json: unknown, key: string): unknown[] {
  const value = fieldOf(json, key);
  if (!Array.isArray(value)) throw refusal(`${key} that is no list`);
  return value;
}

function numberOf(json: unknown, key: string): number {
  const value = fieldOf(json, key);
  if (typeof value !== 'number') throw refusal(`${key} that is no number`);
  return value;
}

function fieldOf(json: unknown, key: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, key) : undefined;
}

function refusal(what: string): ModelError {
  const hint = 'Export it as the header of scikitLearn.ts says.';
  return new ModelError(OP, `A forest with ${what}`, hint);
}
