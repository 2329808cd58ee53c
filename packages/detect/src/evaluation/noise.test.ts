import { describe, expect, it } from 'vitest';
import { createNoise, NOISES, type NoiseName } from './noise.ts';

/** Lehmer's generator, enough for moments. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function draw(name: NoiseName, count: number): Float64Array {
  const next = createNoise(name, chance(1));
  return Float64Array.from({ length: count }, () => next());
}

function moments(values: Float64Array) {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const centred = values.map((x) => x - mean);
  const variance = centred.reduce((sum, x) => sum + x * x, 0) / values.length;
  const lagged = centred.reduce((sum, x, i) => sum + x * (centred[i + 1] ?? 0), 0);
  return { mean, variance, correlation: lagged / values.length / variance };
}

describe('noise in which nothing happens', () => {
  it('is white with mean 20 and deviation 1', () => {
    const { mean, variance, correlation } = moments(draw('white', 100_000));
    expect(mean).toBeCloseTo(20, 1);
    expect(variance).toBeCloseTo(1, 1);
    expect(Math.abs(correlation)).toBeLessThan(0.02);
  });

  it('has deviations that last in AR(0.9)', () => {
    const { variance, correlation } = moments(draw('ar', 200_000));
    expect(correlation).toBeCloseTo(0.9, 1);
    expect(variance).toBeGreaterThan(0.85);
    expect(variance).toBeLessThan(1.15);
  });

  it('has the heavy tails of t with three degrees: P(|t| > 5.84) = 0.01', () => {
    const far = draw('student', 100_000).filter((x) => Math.abs(x - 20) > 5.841);
    expect(far.length / 100_000).toBeGreaterThan(0.008);
    expect(far.length / 100_000).toBeLessThan(0.012);
  });

  it('comes back to the same season after a day', () => {
    const values = draw('seasonal', 2 * 86_400);
    const hour = (from: number) =>
      values.subarray(from, from + 3600).reduce((sum, x) => sum + x, 0) / 3600;
    expect(hour(6 * 3600 - 1800)).toBeCloseTo(23, 0);
    expect(hour(18 * 3600 - 1800)).toBeCloseTo(17, 0);
    expect(hour(86_400 + 6 * 3600 - 1800)).toBeCloseTo(hour(6 * 3600 - 1800), 0);
  });

  it('is the same for the same chance', () => {
    for (const name of NOISES) expect(draw(name, 100)).toEqual(draw(name, 100));
  });
});
