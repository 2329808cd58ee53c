/** What must be the same to the bit wherever the package runs (I5). */
import { describe, expect, it } from 'vitest';
import { fromBase64 } from '../base64.ts';
import { exp, exp2, log } from '../math.ts';
import { SCORE_STEPS } from '../verdict.ts';
import { decodeForest, encodeForest } from './codec.ts';
import golden from './golden/scores.json' with { type: 'json' };
import { JsKernel, openKernel } from './kernel.ts';
import { clusterRows, seededRandom } from './sampleRows.ts';
import { trainForest } from './train.ts';

function bits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

describe('to the bit everywhere', () => {
  it.each([
    ['WebAssembly', openKernel],
    ['JavaScript', (bytes: number) => new JsKernel(bytes)],
  ])('%s gives the golden scores and contributions', (_name, open) => {
    const forest = decodeForest(fromBase64(golden.forest), open);
    const rows = Float64Array.from(golden.rows.flatMap(({ row }) => row));
    const batch = new Float64Array(golden.rows.length);
    forest.scoreRows(rows, batch);
    const contributions = new Float64Array(forest.width);
    for (const [index, expected] of golden.rows.entries()) {
      const row = Float64Array.from(expected.row);
      expect(bits(forest.rawScore(row))).toBe(expected.raw);
      expect(forest.score(row)).toBe(expected.score / SCORE_STEPS);
      expect(batch[index]).toBe(expected.score / SCORE_STEPS);
      forest.contributions(row, contributions);
      expect([...contributions].map(bits).join(' ')).toBe(expected.contributions);
    }
  });

  it('training gives the golden forest', () => {
    const rows = clusterRows({ count: 1000, width: 8, seed: 21 });
    const forest = trainForest(rows, 8, { trees: 20, random: seededRandom(22) });
    expect(encodeForest(forest)).toEqual(fromBase64(golden.forest));
  });

  it('exp, exp2 and log give the golden values', () => {
    for (const { x, ...expected } of golden.math) {
      expect({ exp: bits(exp(x)), exp2: bits(exp2(x)), log: bits(log(Math.abs(x))) }).toEqual(
        expected,
      );
    }
  });
});
