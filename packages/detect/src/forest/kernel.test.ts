import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { decodeForest, encodeForest } from './codec.ts';
import type { Forest } from './forest.ts';
import { JsKernel, openKernel } from './kernel.ts';
import { clusterRows, seededRandom } from './sampleRows.ts';
import { trainForest } from './train.ts';

const cell = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -4, max: 4, noNaN: true }),
);

/** The same forest over WebAssembly and over JavaScript. */
function pair(shape: { width: number; trees: number; sample: number; seed: number }) {
  const rows = clusterRows({ count: 300, ...shape });
  const forest = trainForest(rows, shape.width, { ...shape, random: seededRandom(shape.seed) });
  const js = decodeForest(encodeForest(forest), (bytes) => new JsKernel(bytes));
  return { wasm: forest, js };
}

describe('the kernel', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('gives the same scores in WebAssembly as in JavaScript, to the bit', () => {
    const shape = fc.record({
      width: fc.integer({ min: 1, max: 12 }),
      trees: fc.integer({ min: 1, max: 40 }),
      sample: fc.integer({ min: 2, max: 300 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(shape, fc.array(cell, { minLength: 12, maxLength: 12 * 30 }), (of, values) => {
        const { wasm, js } = pair(of);
        expect(wasm.form).toBe('wasm');
        expect(js.form).toBe('js');
        const count = Math.floor(values.length / of.width);
        const rows = Float64Array.from(values.slice(0, count * of.width));
        const batch = new Float64Array(count);
        wasm.scoreRows(rows, batch);
        const jsBatch = new Float64Array(count);
        js.scoreRows(rows, jsBatch);
        expect(jsBatch).toEqual(batch);
        for (let index = 0; index < count; index++) {
          expect(wasm.rawScore(rows, index * of.width)).toBe(js.rawScore(rows, index * of.width));
          expect(batch[index]).toBe(wasm.score(rows, index * of.width));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('works at the widest row and the deepest tree', () => {
    const { wasm, js } = pair({ width: 255, trees: 9, sample: 300, seed: 3 });
    const deep = clusterRows({ count: 4096, width: 2, seed: 4 });
    const deepest = trainForest(deep, 2, { trees: 9, sample: 4096, random: seededRandom(5) });
    expect(deepest.shape.depth).toBe(12);
    const rows = clusterRows({ count: 32, width: 255, seed: 6 });
    for (let at = 0; at < rows.length; at += 255) {
      expect(wasm.rawScore(rows, at)).toBe(js.rawScore(rows, at));
    }
    expect(batchOf(wasm, rows)).toEqual(eachOf(wasm, rows));
    expect(batchOf(js, rows)).toEqual(eachOf(js, rows));
    const again = decodeForest(encodeForest(deepest), (bytes) => new JsKernel(bytes));
    for (let at = 0; at < deep.length; at += 20) {
      expect(again.rawScore(deep, at)).toBe(deepest.rawScore(deep, at));
    }
  });

  it('scores more rows than go down a tree together as one by one', () => {
    const { wasm, js } = pair({ width: 3, trees: 9, sample: 64, seed: 11 });
    const rows = clusterRows({ count: 1003, width: 3, seed: 12 });
    expect(batchOf(wasm, rows)).toEqual(eachOf(wasm, rows));
    expect(batchOf(js, rows)).toEqual(eachOf(wasm, rows));
  });

  it('falls back to JavaScript where no memory can be had, and passes other faults on', () => {
    const refuse = (fault: Error) => {
      vi.stubGlobal('WebAssembly', {
        ...WebAssembly,
        Module: WebAssembly.Module,
        CompileError: WebAssembly.CompileError,
        Memory: function Memory() {
          throw fault;
        },
      });
    };
    refuse(new RangeError('could not allocate memory'));
    expect(openKernel(100_000).form).toBe('js');
    refuse(new TypeError('a bug'));
    expect(() => openKernel(100_000)).toThrow('a bug');
  });

  it('leaves nothing behind when forests come and go', () => {
    const rows = clusterRows({ count: 64, width: 2, seed: 7 });
    const rounds = 20_000; // more memories than an address space holds at once
    for (let round = 0; round < rounds; round++) openKernel(20_000).sumRow(empty);
    expect(trainForest(rows, 2, { random: seededRandom(8) }).form).toBe('wasm');
  });
});

describe('scoring', () => {
  it('keeps nothing on the heap', () => {
    const rows = clusterRows({ count: 1000, width: 8, seed: 9 });
    const forest = trainForest(rows, 8, { random: seededRandom(10) });
    const scoreAll = (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        for (let at = 0; at < rows.length; at += 8) forest.score(rows, at);
      }
    };
    scoreAll(20);
    const before = heapBytes();
    scoreAll(inject('torture') ? 10_000 : 1000);
    expect(heapBytes() - before).toBeLessThan(20_000);
  });
});

function batchOf(forest: Forest, rows: Float64Array): Float64Array {
  const scores = new Float64Array(rows.length / forest.width);
  forest.scoreRows(rows, scores);
  return scores;
}

function eachOf(forest: Forest, rows: Float64Array): Float64Array {
  const count = rows.length / forest.width;
  return Float64Array.from({ length: count }, (_, row) => forest.score(rows, row * forest.width));
}

/** After everything that is garbage has gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

const empty = { start: 0, end: 0, stride: 64 };
