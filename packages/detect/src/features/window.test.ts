import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { clusterRows } from '../forest/sampleRows.ts';
import { WINDOW_MAX, Window } from './window.ts';

/** The window's values by definition: the last `length`, padded on the left with the first. */
function naive(values: readonly number[], length: number) {
  const first = values[0] ?? 0;
  const last = [...Array<number>(length).fill(first), ...values].slice(-length);
  const mean = last.reduce((sum, x) => sum + x, 0) / length;
  const variance = last.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / length;
  return { mean, deviation: Math.sqrt(variance), min: Math.min(...last), max: Math.max(...last) };
}

describe('a window', () => {
  it('has the features of its definition at every reading', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const series = fc.array(value, { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(series, fc.integer({ min: 2, max: 40 }), (values, length) => {
        const window = new Window(length);
        values.forEach((x, i) => {
          window.push(x);
          const exact = naive(values.slice(0, i + 1), length);
          expect(window.max()).toBe(exact.max);
          expect(window.min()).toBe(exact.min);
          expect(window.range()).toBe(exact.max - exact.min);
          expect(Math.abs(window.mean() - exact.mean)).toBeLessThan(1e-6);
          expect(Math.abs(window.deviation() - exact.deviation)).toBeLessThan(0.1);
          expect(window.difference()).toBe(i > 0 ? x - (values[i - 1] ?? 0) : 0);
          expect(window.distance()).toBe(x - window.mean());
        });
      }),
    );
  });

  it('does not drift: after many readings on a high level it is as good as at first', () => {
    const count = inject('torture') ? 1e8 : 2e6;
    const noise = clusterRows({ count: 4096, width: 1, seed: 8 });
    const window = new Window(32);
    for (let i = 0; i < count; i += 1) window.push(1e6 + (noise[(i * 7) % 4096] ?? 0));
    const last = Array.from(
      { length: 32 },
      (_, k) => 1e6 + (noise[((count - 32 + k) * 7) % 4096] ?? 0),
    );
    const exact = naive(last, 32);
    expect(Math.abs(window.mean() - exact.mean)).toBeLessThan(1e-8);
    expect(Math.abs(window.deviation() - exact.deviation)).toBeLessThan(1e-6);
    expect(window.max()).toBe(exact.max);
  });

  it('has a length within its bounds', () => {
    expect(() => new Window(1)).toThrow(RangeError);
    expect(() => new Window(WINDOW_MAX + 1)).toThrow(RangeError);
  });
});
