import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../modelError.ts';
import { seal } from '../sealed.ts';
import { decodeForest, encodeForest } from './codec.ts';
import golden from './golden/forestV1.json' with { type: 'json' };
import { clusterRows, seededRandom } from './sampleRows.ts';
import { trainForest } from './train.ts';

const rows = clusterRows({ count: 400, width: 3, seed: 11 });
const small = trainForest(rows, 3, { trees: 3, sample: 16, random: seededRandom(12) });
const bytes = encodeForest(small);

describe('the forest codec', () => {
  it('returns the forest it was given', () => {
    const probes = clusterRows({ count: 64, width: 3, seed: 13 });
    const restored = decodeForest(bytes);
    expect(restored.shape).toEqual(small.shape);
    for (let at = 0; at < probes.length; at += 3) {
      expect(restored.rawScore(probes, at)).toBe(small.rawScore(probes, at));
    }
    expect(encodeForest(restored)).toEqual(bytes);
  });

  it('takes less than 300 KB for 100 trees of 256 rows of 8 features', () => {
    const wide = clusterRows({ count: 2000, width: 8, seed: 14 });
    const forest = trainForest(wide, 8, { random: seededRandom(15) });
    expect(encodeForest(forest).length).toBeLessThan(100_000);
  });

  it('refuses every flipped byte', () => {
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        expect(() => decodeForest(damaged), `byte ${at}`).toThrow(ModelError);
      }
    }
  });

  it('refuses every truncation and every addition', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeForest(bytes.subarray(0, length))).toThrow(ModelError);
    }
    expect(() => decodeForest(Uint8Array.from([...bytes, 0]))).toThrow(ModelError);
  });

  it('refuses content that is no forest behind a sound checksum', () => {
    const kind = { magic: 'FSIF', version: 1, name: 'forest' };
    const payload = bytes.subarray(16);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(payload.length - 1), fc.nat(255)), { minLength: 1 }),
        fc.nat(payload.length),
        (edits, length) => {
          const edited = Uint8Array.from(payload);
          for (const [at, value] of edits) edited[at] = value;
          try {
            const forest = decodeForest(seal(kind, edited.subarray(0, length)));
            expect(forest.score(new Float64Array(forest.width))).toBeLessThanOrEqual(1);
          } catch (error) {
            if (!(error instanceof ModelError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('names a newer version and how to read it', () => {
    const newer = seal({ magic: 'FSIF', version: 2, name: 'forest' }, bytes.subarray(16));
    expect(() => decodeForest(newer)).toThrow(/Version 2 .* Update Fernsight/);
  });

  it('reads and writes version 1 as it was released', () => {
    const released = Uint8Array.from(Buffer.from(golden.bytes, 'base64'));
    const forest = decodeForest(released);
    expect(encodeForest(forest)).toEqual(released);
    for (const { row, score } of golden.scores) {
      expect(Math.round(forest.score(Float64Array.from(row)) * 65_535)).toBe(score);
    }
  });
});
