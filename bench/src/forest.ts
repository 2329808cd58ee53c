/**
 * The Isolation Forest against three others: 100 trees of 256 rows of 8 features.
 *
 * `objects` is how one writes it first: nodes as objects, a recursive descent, the same trees as
 * ours with the path length of a leaf computed beforehand. `isolation-forest` is the npm package,
 * fitted on the same rows. scikit-learn is asked where Python has it. All score the same 5,000 rows.
 */
import { execFileSync } from 'node:child_process';
import { createRng } from '@fernsight/base';
import type { Forest } from '@fernsight/detect';
import { IsolationForest } from 'isolation-forest';
import type { Detect } from './compiled.ts';
import { type BenchRow, nanoseconds } from './measure.ts';

const WIDTH = 8;
const ROWS = 5000;

interface Subject {
  readonly detect: Detect;
  readonly rows: Float64Array;
}

export function benchForest(detect: Detect): BenchRow[] {
  const rows = normalRows();
  const forest = detect.trainForest(rows, WIDTH, { random: () => rng.next() });
  const subject = { detect, rows };
  return [...benchScoring(subject, forest), ...benchTraining(subject), ...scikitLearn()];
}

const rng = createRng('bench/forest');

function normalRows(): Float64Array {
  return Float64Array.from({ length: ROWS * WIDTH }, () => rng.normal());
}

function benchScoring(subject: Subject, forest: Forest): BenchRow[] {
  const { rows } = subject;
  const trees = objectTrees(forest);
  const split = splitRows(rows);
  const objects = rowObjects(rows);
  const npm = new IsolationForest(100, 256);
  npm.fit(objects);
  const works = {
    single: eachRow((at) => forest.score(rows, at)),
    batch: () => {
      forest.scoreRows(rows, scores);
      return ROWS;
    },
    objects: eachRow((at) => objectScore(trees, split[at / WIDTH] ?? rows)),
    npm: () => npm.predict(objects.slice(0, 500)).length,
  };
  const nanos = nanoseconds(works, ROUNDS);
  return [
    against('forest.single', nanos('single'), ['recursive objects', nanos('objects')]),
    against('forest.single', nanos('single'), ['npm isolation-forest', nanos('npm')]),
    against('forest.batch', nanos('batch'), ['recursive objects', nanos('objects')]),
    ...benchFallback(subject, forest),
  ];
}

/** Apart from the others: a process has one form of the kernel, and the engine counts on it. */
function benchFallback({ detect, rows }: Subject, forest: Forest): BenchRow[] {
  const bytes = detect.encodeForest(forest);
  const fallback = detect.decodeForest(bytes, (size) => new detect.JsKernel(size));
  const works = {
    js: eachRow((at) => fallback.score(rows, at)),
    wasm: eachRow((at) => forest.score(rows, at)),
  };
  const nanos = nanoseconds(works, ROUNDS);
  return [
    against('forest.js', nanos('js'), ['WebAssembly', nanos('wasm')]),
    plain({ bench: 'forest.size', metric: 'file', value: bytes.length / 1000, unit: 'kB' }),
  ];
}

const ROUNDS = { warm: 3, counted: 9 };
const scores = new Float64Array(ROWS);

function eachRow(score: (at: number) => number): () => number {
  return () => {
    for (let index = 0; index < ROWS; index++) scores[index] = score(index * WIDTH);
    return ROWS;
  };
}

function against(bench: string, nanos: number, [name, other]: [string, number]): BenchRow {
  const baseline = `${name} ${(other / 1000).toFixed(1)} us`;
  return {
    bench,
    metric: 'time a row',
    value: nanos / 1000,
    unit: 'us',
    baseline,
    ratio: other / nanos,
  };
}

function benchTraining({ detect, rows }: Subject): BenchRow[] {
  const objects = rowObjects(rows);
  const nanos = nanoseconds(
    {
      ours: () => detect.trainForest(rows, WIDTH, { random: () => rng.next() }).trees.length / 100,
      npm: () => new IsolationForest(100, 256).fit(objects).length / 100,
    },
    { warm: 2, counted: 7 },
  );
  const bench = { bench: 'forest.train', metric: '5,000 x 8', value: nanos('ours') / 1e6 };
  const baseline = `npm isolation-forest ${(nanos('npm') / 1e6).toFixed(0)} ms`;
  return [{ ...bench, unit: 'ms', baseline, ratio: nanos('npm') / nanos('ours') }];
}

function plain(row: Omit<BenchRow, 'baseline' | 'ratio'>): BenchRow {
  return { ...row, baseline: null, ratio: null };
}

interface ObjectNode {
  readonly feature: number;
  readonly threshold: number;
  readonly left: ObjectNode | null;
  readonly right: ObjectNode | null;
  /** of a leaf */
  readonly pathLength: number;
}

function objectTrees(forest: Forest): ObjectNode[] {
  return forest.trees.map((tree) => {
    const node = (slot: number, ended: boolean): ObjectNode => {
      const end = { feature: 0, threshold: 0, left: null, right: null };
      if (tree.isLeaf(slot)) return { ...end, pathLength: tree.length(slot) };
      // A branch that ended goes on to its leaf at the left.
      if (ended || tree.threshold(slot) === Infinity) return node(2 * slot, true);
      const left = node(2 * slot, false);
      const right = node(2 * slot + 1, false);
      const threshold = tree.threshold(slot);
      return { feature: tree.feature(slot), threshold, left, right, pathLength: 0 };
    };
    return node(1, false);
  });
}

function objectScore(trees: readonly ObjectNode[], row: Float64Array): number {
  let sum = 0;
  for (const tree of trees) sum += descend(tree, row);
  return 2 ** (-sum / (trees.length * MEAN_PATH_256));
}

/** c(256) of Liu, Ting & Zhou 2008 */
const MEAN_PATH_256 = 2 * (Math.log(255) + 0.5772156649015329) - (2 * 255) / 256;

function descend(node: ObjectNode, row: Float64Array): number {
  if (node.left === null || node.right === null) return node.pathLength;
  const value = row[node.feature] ?? 0;
  return descend(value <= node.threshold ? node.left : node.right, row);
}

function splitRows(rows: Float64Array): Float64Array[] {
  return Array.from({ length: ROWS }, (_, index) => rows.slice(index * WIDTH, (index + 1) * WIDTH));
}

function rowObjects(rows: Float64Array): Record<string, number>[] {
  return splitRows(rows).map((row) =>
    Object.fromEntries([...row].map((value, feature) => [`f${feature}`, value])),
  );
}

const PYTHON = `
import time, numpy as np
from sklearn.ensemble import IsolationForest
x = np.random.RandomState(0).normal(size=(${ROWS}, ${WIDTH}))
t = time.perf_counter(); f = IsolationForest(n_estimators=100, max_samples=256, random_state=0).fit(x)
fit = time.perf_counter() - t
f.score_samples(x[:1])
t = time.perf_counter()
for i in range(20): f.score_samples(x[i:i + 1])
one = (time.perf_counter() - t) / 20
t = time.perf_counter(); f.score_samples(x); many = (time.perf_counter() - t) / len(x)
print(fit * 1e3, one * 1e6, many * 1e6)
`;

/** scikit-learn's own figures, or one line that says that it is absent. */
function scikitLearn(): BenchRow[] {
  const bench = 'forest.scikit-learn';
  const output = runPython();
  if (output === null) return [plain({ bench, metric: 'absent', value: 0, unit: '' })];
  const [fit = 0, one = 0, many = 0] = output.trim().split(' ').map(Number);
  return [
    plain({ bench, metric: 'fit 5,000 x 8', value: fit, unit: 'ms' }),
    plain({ bench, metric: 'score_samples, one row', value: one, unit: 'us' }),
    plain({ bench, metric: 'score_samples, a row of 5,000', value: many, unit: 'us' }),
  ];
}

function runPython(): string | null {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
      return execFileSync(python, ['-c', PYTHON], { encoding: 'utf8', stdio, timeout: 60_000 });
    } catch (error) {
      // No such program (ENOENT), or one without scikit-learn (it exits with a status).
      if (!(error instanceof Error && ('code' in error || 'status' in error))) throw error;
    }
  }
  return null;
}
