import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exp, exp2, log } from './math.ts';

/** Distance in units of the last place of the reference. */
function ulps(actual: number, reference: number): number {
  if (actual === reference) return 0;
  const next = new Float64Array([Math.abs(reference)]);
  new BigInt64Array(next.buffer)[0] = (new BigInt64Array(next.buffer)[0] ?? 0n) + 1n;
  return Math.abs(actual - reference) / ((next[0] ?? 0) - Math.abs(reference));
}

const runs = { numRuns: 20_000 };

describe('exp, exp2 and log', () => {
  it('stay within two units in the last place of the engine', () => {
    fc.assert(
      fc.property(fc.double({ min: -708, max: 709, noNaN: true }), (x) => {
        expect(ulps(exp(x), Math.exp(x))).toBeLessThanOrEqual(2);
      }),
      runs,
    );
    fc.assert(
      fc.property(fc.double({ min: -1022, max: 1023.9, noNaN: true }), (x) => {
        expect(ulps(exp2(x), 2 ** x)).toBeLessThanOrEqual(2);
      }),
      runs,
    );
    fc.assert(
      fc.property(fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }), (x) => {
        expect(ulps(log(x), Math.log(x))).toBeLessThanOrEqual(2);
      }),
      runs,
    );
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (x) => {
        expect(ulps(log(x), Math.log(x))).toBeLessThanOrEqual(2);
      }),
      runs,
    );
  });

  it('are exact where the result is', () => {
    expect(exp(0)).toBe(1);
    expect(log(1)).toBe(0);
    for (let power = -1074; power <= 1023; power++) expect(exp2(power)).toBe(2 ** power);
  });

  it('end where doubles end', () => {
    expect(exp(710)).toBe(Infinity);
    expect(exp(-746)).toBe(0);
    expect(exp(Infinity)).toBe(Infinity);
    expect(exp(-Infinity)).toBe(0);
    expect(exp2(1024)).toBe(Infinity);
    expect(exp2(-1076)).toBe(0);
    expect(exp2(-Infinity)).toBe(0);
    expect(log(0)).toBe(-Infinity);
    expect(log(-1)).toBeNaN();
    expect(log(Infinity)).toBe(Infinity);
    for (const f of [exp, exp2, log]) expect(f(NaN)).toBeNaN();
    expect(Math.abs(exp(-740) / Math.exp(-740) - 1)).toBeLessThan(0.5);
  });
});
