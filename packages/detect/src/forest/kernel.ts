/**
 * The memory of a forest and the loops that descend its trees: in WebAssembly, or in JavaScript
 * where there is none; equal to the bit, because sums of path lengths are exact.
 *
 * Memory: blocks of eight float32 rows, feature by feature, from 0 · a float64 sum for each row from
 * SUMS · the trees from TREES (`trees.ts`), their number a multiple of eight. A row alone is the first
 * of the first block.
 *
 * All forests share one compiled module of about a kilobyte, small enough that browsers compile it
 * at once on the main thread; each has an instance with a memory of its own, which is therefore
 * collected with the forest.
 */
import { fromBase64 } from '../base64.ts';
import { KERNEL } from '../generated/kernel.ts';

/** Descents side by side: rows of a block, and the number of trees is a multiple of it. */
export const LANES = 8;

/** Bytes from one feature of a row to the next. */
export const FEATURE_BYTES = 4 * LANES;

/** Most blocks that go down a tree together: with the tree they fill half of a first cache. */
const BLOCKS_MAX = 32;

export const SUMS_BYTES = 8192;
export const TREES_BYTES = SUMS_BYTES + 8 * LANES * BLOCKS_MAX + 64;

/** Bytes at the end of a tree: trees, a power of two long, shall start in different cache sets. */
export const PADDING_BYTES = 64;

/** Where trees lie: from `start` to `end`, one every `stride` bytes. */
export interface Grove {
  readonly start: number;
  readonly end: number;
  readonly stride: number;
}

/** @returns how many blocks of rows of so many features go down a tree together */
export function blocksOf(width: number): number {
  return Math.min(BLOCKS_MAX, Math.floor(SUMS_BYTES / (FEATURE_BYTES * width)));
}

export interface Kernel {
  readonly form: 'wasm' | 'js';
  /** zeroed at first */
  readonly buffer: ArrayBuffer;
  /** @returns the sum of the path lengths of the first row of the first block */
  sumRow(grove: Grove): number;
  /** Adds the path lengths of the rows of the first blocks to their sums. @param width features a row */
  sumBlocks(grove: Grove, width: number, blocks: number): void;
}

export type OpenKernel = (bytes: number) => Kernel;

/** @returns WebAssembly where the machine can, else JavaScript. @param bytes of memory needed */
export function openKernel(bytes: number): Kernel {
  return openWasm(bytes) ?? new JsKernel(bytes);
}

export class JsKernel implements Kernel {
  readonly form = 'js';
  readonly buffer: ArrayBuffer;
  readonly #words: Int32Array;
  readonly #floats: Float32Array;
  readonly #lengths: Float64Array;

  constructor(bytes: number) {
    this.buffer = new ArrayBuffer(8 * Math.ceil(bytes / 8));
    this.#words = new Int32Array(this.buffer);
    this.#floats = new Float32Array(this.buffer);
    this.#lengths = new Float64Array(this.buffer);
  }

  sumRow(grove: Grove): number {
    return this.#sum(grove, 0);
  }

  sumBlocks(grove: Grove, width: number, blocks: number): void {
    const sums = new Float64Array(this.buffer, SUMS_BYTES, LANES * blocks);
    for (let row = 0; row < sums.length; row++) {
      const lane = row % LANES;
      sums[row] = (sums[row] ?? 0) + this.#sum(grove, (row - lane) * width + lane);
    }
  }

  /** Four descents side by side. @param row index of its feature 0 */
  #sum({ start, end, stride }: Grove, row: number): number {
    const words = this.#words;
    const floats = this.#floats;
    const lengths = this.#lengths;
    const step = stride >> 2;
    const leaves = (stride - PADDING_BYTES) >> 3;
    let total = 0;
    for (let a = start >> 2; a < end >> 2; a += 4 * step) {
      const b = a + step;
      const c = b + step;
      const d = c + step;
      let i = 2;
      let j = 2;
      let k = 2;
      let l = 2;
      while (i < leaves) {
        const ai = a + i;
        const bj = b + j;
        const ck = c + k;
        const dl = d + l;
        const u = floats[row + ((words[ai] ?? 0) >> 2)] ?? 0;
        const v = floats[row + ((words[bj] ?? 0) >> 2)] ?? 0;
        const w = floats[row + ((words[ck] ?? 0) >> 2)] ?? 0;
        const x = floats[row + ((words[dl] ?? 0) >> 2)] ?? 0;
        i = (i + Number(u > (floats[ai + 1] ?? 0))) << 1;
        j = (j + Number(v > (floats[bj + 1] ?? 0))) << 1;
        k = (k + Number(w > (floats[ck + 1] ?? 0))) << 1;
        l = (l + Number(x > (floats[dl + 1] ?? 0))) << 1;
      }
      total += (lengths[(a + i) >> 1] ?? 0) + (lengths[(b + j) >> 1] ?? 0);
      total += (lengths[(c + k) >> 1] ?? 0) + (lengths[(d + l) >> 1] ?? 0);
    }
    return total;
  }
}

interface KernelExports {
  sumRow(start: number, end: number, stride: number): number;
  sumBlocks(
    start: number,
    end: number,
    stride: number,
    sums: number,
    block: number,
    blocks: number,
  ): void;
}

class WasmKernel implements Kernel {
  readonly form = 'wasm';
  readonly buffer: ArrayBuffer;
  readonly #exports: KernelExports;

  constructor(buffer: ArrayBuffer, exports: KernelExports) {
    this.buffer = buffer;
    this.#exports = exports;
  }

  sumRow(grove: Grove): number {
    return this.#exports.sumRow(grove.start, grove.end, grove.stride);
  }

  sumBlocks({ start, end, stride }: Grove, width: number, blocks: number): void {
    const block = FEATURE_BYTES * width;
    this.#exports.sumBlocks(start, end, stride, SUMS_BYTES, block, block * blocks);
  }
}

/** undefined until first needed; null where the machine has no WebAssembly or forbids it */
let compiled: WebAssembly.Module | null | undefined;

function openWasm(bytes: number): WasmKernel | null {
  compiled ??= compile();
  if (compiled === null) return null;
  const pages = Math.ceil(bytes / 65_536);
  const memory = allocate(pages);
  if (memory === null) return null;
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return isKernel(exports) ? new WasmKernel(memory.buffer, exports) : null;
}

function compile(): WebAssembly.Module | null {
  if (typeof WebAssembly === 'undefined') return null;
  try {
    return new WebAssembly.Module(fromBase64(KERNEL));
  } catch (error) {
    // A page whose content security policy lacks 'wasm-unsafe-eval'.
    if (error instanceof WebAssembly.CompileError) return null;
    throw error;
  }
}

function allocate(pages: number): WebAssembly.Memory | null {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (error) {
    // Each memory reserves gigabytes of address space, which a limit may deny.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function isKernel(exports: object): exports is KernelExports {
  return 'sumRow' in exports && 'sumBlocks' in exports;
}
