import { describe, expect, it } from 'vitest';
import { clusterRows } from '../forest/sampleRows.ts';
import { initRange, learnRange, pushRange, RANGE_LENGTH } from './range.ts';

const noise = clusterRows({ count: 3000, width: 1, seed: 12 });

function learnt(scale: number): Float64Array {
  const s = new Float64Array(RANGE_LENGTH);
  initRange(s, 0);
  noise.forEach((z, i) => {
    pushRange(s, 0, scale * z);
    learnRange(s, 0, { rate: 1 / Math.min(i + 1, 1024) });
  });
  return s;
}

describe('the range', () => {
  it('is far from usual when values swing wider, though each was seen before', () => {
    const s = learnt(0.5);
    const swing = Array.from({ length: 20 }, (_, i) => pushRange(s, 0, i % 2 === 0 ? 1.4 : -1.4));
    expect(Math.max(...noise.map(Math.abs)) / 2).toBeGreaterThan(1.4);
    expect(swing.at(-1)).toBeGreaterThan(2);
  });

  it('is measured in what is usual here: the unit of the values does not matter', () => {
    const a = learnt(1);
    const b = learnt(256);
    expect(pushRange(a, 0, 5)).toBeCloseTo(pushRange(b, 0, 5 * 256), 9);
  });

  it('fades: a single spike is forgotten after some hundred readings', () => {
    const s = learnt(1);
    expect(pushRange(s, 0, 30)).toBeGreaterThan(10);
    let last = 0;
    for (const z of noise.subarray(0, 200)) last = pushRange(s, 0, z);
    expect(last).toBeLessThan(4);
  });
});
