import { describe, expect, it } from 'vitest';
import { clusterRows } from '../forest/sampleRows.ts';
import references from '../golden/references.json' with { type: 'json' };
import { DRIFT_LENGTH, initDrift, learnDrift, pushDrift } from './drift.ts';

function filter(): Float64Array {
  const s = new Float64Array(DRIFT_LENGTH);
  initDrift(s, 0);
  return s;
}

describe('the drift filter', () => {
  it('gives the odds of the same model written anew in another language', () => {
    const s = filter();
    const { z, odds } = references.drift;
    z.forEach((value, i) => {
      const decades = pushDrift(s, 0, value);
      const exact = 2.7 + Math.log10(odds[i] ?? 0);
      expect(decades).toBeCloseTo((odds[i] ?? 0) < 0.002 ? 0 : exact, 9);
    });
  });

  it('sees a drift of a twentieth of the noise a reading, and forgets it within fifteen', () => {
    const s = filter();
    const noise = clusterRows({ count: 400, width: 1, seed: 1 });
    const evidence = Array.from(noise, (z, i) => {
      return pushDrift(s, 0, i >= 200 && i < 260 ? z + (i - 200) / 20 : z);
    });
    expect(Math.max(...evidence.slice(0, 200))).toBeLessThan(3);
    expect(Math.min(...evidence.slice(250, 260))).toBeGreaterThan(2.5);
    expect(Math.max(...evidence.slice(275, 300))).toBeLessThan(2.5);
  });

  it('does not take noise with a memory for a drift', () => {
    const s = filter();
    const white = clusterRows({ count: 20_000, width: 1, seed: 2 });
    let x = 0;
    let marks = 0;
    white.forEach((step, i) => {
      x = 0.9 * x + 0.4359 * step;
      const decades = pushDrift(s, 0, x);
      learnDrift(s, 0, { rate: 1 / Math.min(i + 32, 1024) });
      if (i > 1000 && decades > 2.7) marks += 1;
    });
    expect(marks / white.length).toBeLessThan(0.01);
  });
});
