import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadingError } from '../reading.ts';
import type { RowBlock, RowJudge } from '../rowJudge.ts';
import { createVerdict, SCORE_STEPS } from '../verdict.ts';
import { createForestJudge } from './forestJudge.ts';
import { clusterRows, seededRandom } from './sampleRows.ts';

function block(values: Float64Array, width = 1): RowBlock {
  const count = values.length / width;
  return { width, count, tsUs: Float64Array.from({ length: count }, (_, i) => i * 1e6), values };
}

function trained(train: RowBlock, seed = 1): RowJudge {
  return createForestJudge({ width: train.width, train, random: seededRandom(seed) });
}

function judged(judge: RowJudge, values: Float64Array) {
  const out = createVerdict();
  const scores: number[] = [];
  let anomalies = 0;
  for (let at = 0; at < values.length; at += judge.width) {
    judge.judge(at, values.subarray(at, at + judge.width), out);
    scores.push(out.score);
    if (out.anomaly) anomalies++;
  }
  return { scores, anomalies, out };
}

const noise = clusterRows({ count: 1000, width: 1, seed: 1 });

describe("the original's forest", () => {
  it('marks one reading in twenty of its own training series', () => {
    const { anomalies } = judged(trained(block(noise)), noise);
    expect(anomalies / noise.length).toBeGreaterThan(0.04);
    expect(anomalies / noise.length).toBeLessThanOrEqual(0.05);
  });

  it('marks a spike and scores it above all noise', () => {
    const judge = trained(block(noise));
    const { scores } = judged(judge, noise.subarray(0, 200));
    const { out } = judged(judge, new Float64Array([9]));
    expect(out.anomaly).toBe(true);
    expect(out.score).toBeGreaterThan(Math.max(...scores));
  });

  it('without a training series is silent for 512 readings and then judges', () => {
    const judge = createForestJudge({ width: 1, random: seededRandom(1) });
    const before = judged(judge, noise.subarray(0, 511));
    expect(before.anomalies).toBe(0);
    expect(before.out).toMatchObject({ stage: 'warming', needed: 1, score: 0 });
    const after = judged(judge, noise.subarray(511, 513));
    expect(after.out).toMatchObject({ stage: 'ready', needed: 0 });
    expect(after.out.score).toBeGreaterThan(0.3);
  });

  it("gives a row its worst sensor's verdict, and takes a missing value for none", () => {
    const rows = clusterRows({ count: 600, width: 3, seed: 2 });
    const judge = trained(block(rows, 3));
    judged(judge, rows.subarray(0, 90));
    expect(judged(judge, new Float64Array([0, 0, 0])).out.anomaly).toBe(false);
    expect(judged(judge, new Float64Array([0, 12, 0])).out.anomaly).toBe(true);
    const missing = judged(judge, new Float64Array([Number.NaN, Number.NaN, Number.NaN]));
    expect(missing.out).toMatchObject({ anomaly: false, score: 0 });
  });

  it('refuses an infinite value and goes on as if it had not come', () => {
    const judge = trained(block(noise));
    const other = trained(block(noise));
    judged(judge, noise.subarray(0, 5));
    judged(other, noise.subarray(0, 5));
    expect(() => judged(judge, new Float64Array([Infinity]))).toThrow(ReadingError);
    const rest = noise.subarray(5, 50);
    expect(judged(judge, rest).scores).toEqual(judged(other, rest).scores);
  });

  it('is never in alarm over a constant, whichever', () => {
    for (const constant of [0, 7, 1e308, -5e-324]) {
      const values = new Float64Array(600).fill(constant);
      expect(judged(trained(block(values)), values).anomalies).toBe(0);
    }
  });

  it('gives finite scores on the grid whatever the values, the same for the same seed', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(1e308, -1e308, 5e-324, 0),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 4, maxLength: 80 }), fc.nat(), (values, seed) => {
        const series = Float64Array.from(values);
        const { scores, out } = judged(trained(block(series), seed), series);
        for (const score of scores) {
          expect(Math.round(score * SCORE_STEPS) / SCORE_STEPS).toBe(score);
        }
        expect(out.threshold).toBeGreaterThan(0);
        expect(judged(trained(block(series), seed), series).scores).toEqual(scores);
      }),
      { numRuns: 40 },
    );
  });
});
