/**
 * The hot loops of the Isolation Forest, in AssemblyScript; `tools/src/wasm.ts` compiles them into
 * `packages/detect/src/generated/kernel.ts`. The memory is laid out in `forest/kernel.ts`, a tree in
 * `forest/trees.ts`.
 *
 * A step down a tree waits for three loads that depend on each other, so eight descents run side by
 * side: eight trees of one row, or eight rows of one tree. Many rows go down a tree before the next
 * one's turn, so that it stays in the first cache. All reach the leaves at once, where slots pass the
 * middle. A node holds its feature's place in a block, so that no step multiplies. Eight beat four (by
 * a quarter) and ten; unrolling the levels, integer keys in place of floats, and SIMD without gathers
 * gained nothing.
 */

/** The first slot. */
const ROOT: usize = 1;

/** The end of a tree that no slot uses. */
const PADDING: usize = 64;

/** @returns where the slot of a tree stands: its bytes are eight */
function at(tree: usize, slot: usize): usize {
  return tree + (slot << 3);
}

/** @returns the slot that a row goes to next. @param row where its feature 0 stands */
function next(tree: usize, slot: usize, row: usize): usize {
  const node = at(tree, slot);
  return (slot << 1) + usize(load<f32>(row + load<u32>(node)) > load<f32>(node, 4));
}

/** @returns the sum of one row's path lengths over the trees in [tree, end), in groups of eight */
export function sumRow(tree: usize, end: usize, stride: usize): f64 {
  const leaves = (stride - PADDING) >> 4;
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
      i = next(a, i, 0);
      j = next(b, j, 0);
      k = next(c, k, 0);
      l = next(d, l, 0);
      m = next(e, m, 0);
      n = next(f, n, 0);
      o = next(g, o, 0);
      p = next(h, p, 0);
    }
    total += load<f64>(at(a, i)) + load<f64>(at(b, j)) + load<f64>(at(c, k)) + load<f64>(at(d, l));
    total += load<f64>(at(e, m)) + load<f64>(at(f, n)) + load<f64>(at(g, o)) + load<f64>(at(h, p));
    tree = h + stride;
  }
  return total;
}

function addLength(sum: usize, leaf: usize): void {
  store<f64>(sum, load<f64>(sum) + load<f64>(leaf));
}

/**
 * Adds the path lengths of the rows of blocks over the trees in [tree, end) to their sums.
 * @param sums where the first row's stands. @param block bytes of a block. @param blocks of all
 */
export function sumBlocks(
  tree: usize,
  end: usize,
  stride: usize,
  sums: usize,
  block: usize,
  blocks: usize,
): void {
  const leaves = (stride - PADDING) >> 4;
  for (; tree < end; tree += stride) {
    let sum = sums;
    for (let row: usize = 0; row < blocks; row += block) {
      let i = ROOT;
      let j = ROOT;
      let k = ROOT;
      let l = ROOT;
      let m = ROOT;
      let n = ROOT;
      let o = ROOT;
      let p = ROOT;
      while (i < leaves) {
        i = next(tree, i, row);
        j = next(tree, j, row + 4);
        k = next(tree, k, row + 8);
        l = next(tree, l, row + 12);
        m = next(tree, m, row + 16);
        n = next(tree, n, row + 20);
        o = next(tree, o, row + 24);
        p = next(tree, p, row + 28);
      }
      addLength(sum, at(tree, i));
      addLength(sum + 8, at(tree, j));
      addLength(sum + 16, at(tree, k));
      addLength(sum + 24, at(tree, l));
      addLength(sum + 32, at(tree, m));
      addLength(sum + 40, at(tree, n));
      addLength(sum + 48, at(tree, o));
      addLength(sum + 56, at(tree, p));
      sum += 64;
    }
  }
}
