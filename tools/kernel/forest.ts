/**
 * The hot loops of the Isolation Forest, in AssemblyScript; `tools/src/wasm.ts` compiles them into
 * `packages/detect/src/generated/kernel.ts`. The memory is laid out in `forest/kernel.ts`, a tree in
 * `forest/trees.ts`.
 *
 * A step down a tree waits for three loads that depend on each other, so eight descents run side by
 * side: eight trees of one row, or eight rows of one tree. A slot is kept as its byte offset in its
 * tree; all reach the leaves at once, where offsets pass the middle. Eight beat four (by a quarter) and ten; unrolling the levels, integer keys in place of
 * floats, and SIMD without gathers gained nothing.
 */

/** Where the block of eight rows and its eight sums stand. The single row stands at 0. */
const BLOCK: usize = 1024;
const SUMS: usize = 9216;

/** The first slot, and the distance from a left child to its right sibling. */
const ROOT: usize = 8;

/** The end of a tree that no slot uses. */
const PADDING: usize = 64;

function next(slot: usize, right: bool): usize {
  return (slot << 1) + (usize(right) << 3);
}

function goesRight(node: usize): bool {
  return load<f32>(load<u32>(node)) > load<f32>(node, 4);
}

function laneGoesRight(node: usize, lane: usize): bool {
  return load<f32>((load<u32>(node) << 3) + (lane << 2), BLOCK) > load<f32>(node, 4);
}

/** @returns the sum of one row's path lengths over the trees in [tree, end), in groups of eight */
export function sumRow(tree: usize, end: usize, stride: usize): f64 {
  const leaves = (stride - PADDING) >> 1;
  let total: f64 = 0;
  while (tree < end) {
    const a = tree;
    const b = a + stride;
    const c = b + stride;
    const d = c + stride;
    const e = d + stride;
    const f = e + stride;
    const g = f + stride;
    const h = g + stride;
    let i = ROOT;
    let j = ROOT;
    let k = ROOT;
    let l = ROOT;
    let m = ROOT;
    let n = ROOT;
    let o = ROOT;
    let p = ROOT;
    while (i < leaves) {
      i = next(i, goesRight(a + i));
      j = next(j, goesRight(b + j));
      k = next(k, goesRight(c + k));
      l = next(l, goesRight(d + l));
      m = next(m, goesRight(e + m));
      n = next(n, goesRight(f + n));
      o = next(o, goesRight(g + o));
      p = next(p, goesRight(h + p));
    }
    total += load<f64>(a + i) + load<f64>(b + j) + load<f64>(c + k) + load<f64>(d + l);
    total += load<f64>(e + m) + load<f64>(f + n) + load<f64>(g + o) + load<f64>(h + p);
    tree = h + stride;
  }
  return total;
}

/** Adds up the path lengths of the block's eight rows over the trees in [tree, end). */
export function sumBlock(tree: usize, end: usize, stride: usize): void {
  const leaves = (stride - PADDING) >> 1;
  let a: f64 = 0;
  let b: f64 = 0;
  let c: f64 = 0;
  let d: f64 = 0;
  let e: f64 = 0;
  let f: f64 = 0;
  let g: f64 = 0;
  let h: f64 = 0;
  for (; tree < end; tree += stride) {
    let i = ROOT;
    let j = ROOT;
    let k = ROOT;
    let l = ROOT;
    let m = ROOT;
    let n = ROOT;
    let o = ROOT;
    let p = ROOT;
    while (i < leaves) {
      i = next(i, laneGoesRight(tree + i, 0));
      j = next(j, laneGoesRight(tree + j, 1));
      k = next(k, laneGoesRight(tree + k, 2));
      l = next(l, laneGoesRight(tree + l, 3));
      m = next(m, laneGoesRight(tree + m, 4));
      n = next(n, laneGoesRight(tree + n, 5));
      o = next(o, laneGoesRight(tree + o, 6));
      p = next(p, laneGoesRight(tree + p, 7));
    }
    a += load<f64>(tree + i);
    b += load<f64>(tree + j);
    c += load<f64>(tree + k);
    d += load<f64>(tree + l);
    e += load<f64>(tree + m);
    f += load<f64>(tree + n);
    g += load<f64>(tree + o);
    h += load<f64>(tree + p);
  }
  store<f64>(SUMS, a);
  store<f64>(SUMS + 8, b);
  store<f64>(SUMS + 16, c);
  store<f64>(SUMS + 24, d);
  store<f64>(SUMS + 32, e);
  store<f64>(SUMS + 40, f);
  store<f64>(SUMS + 48, g);
  store<f64>(SUMS + 56, h);
}
