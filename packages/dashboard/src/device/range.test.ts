import { describe, expect, it } from 'vitest';
import {
  around,
  bounds,
  fixed,
  LAST_HOUR,
  pan,
  parseRange,
  type Range,
  rangeQuery,
  SPAN_US_MAX,
  SPAN_US_MIN,
  SPANS,
  spanOf,
  zoom,
} from './range.ts';

const NOW = 1_700_000_000_000_000;

describe('a range', () => {
  it('survives the address, live or fixed', () => {
    const ranges = [
      ...SPANS.map(({ us }) => ({ kind: 'live', spanUs: us }) as const),
      fixed(NOW - 5e6, NOW),
      around(NOW),
    ];
    for (const range of ranges) {
      expect(parseRange(new URLSearchParams(rangeQuery(range)))).toEqual(range);
    }
  });

  it('is the last hour where the address makes no sense', () => {
    for (const text of ['', 'span=odd', 'from=5', 'from=9&to=5', 'from=a&to=b', 'from=1.5&to=3']) {
      expect(parseRange(new URLSearchParams(text))).toEqual(LAST_HOUR);
    }
  });

  it('zooms from a year to a second and no further, its middle kept', () => {
    let range: Range = fixed(NOW - SPAN_US_MAX, NOW);
    const middle = NOW - SPAN_US_MAX / 2;
    for (let step = 0; step < 60; step++) range = zoom(range, 0.5, NOW);
    expect(spanOf(range)).toBe(SPAN_US_MIN);
    const { fromUs, toUs } = bounds(range, NOW);
    expect(Math.abs((fromUs + toUs) / 2 - middle)).toBeLessThan(100);
    for (let step = 0; step < 60; step++) range = zoom(range, 2, NOW);
    expect(spanOf(range)).toBe(SPAN_US_MAX);
  });

  it('keeps the moment that somebody came for, zoomed and panned', () => {
    const moved = pan(zoom(around(NOW), 0.25, NOW), -0.5, NOW);
    expect(moved).toMatchObject({ kind: 'fixed', atUs: NOW });
    expect(pan(moved, -0.5, NOW)).toMatchObject({ atUs: NOW });
  });

  it('that is live zooms towards now', () => {
    expect(bounds(zoom(LAST_HOUR, 0.5, NOW), NOW)).toMatchObject({ fromUs: NOW - 18e8, toUs: NOW });
  });

  it('panned back and forth is where it was, and past now live again', () => {
    const earlier = pan(LAST_HOUR, -0.5, NOW);
    expect(bounds(earlier, NOW)).toMatchObject({ fromUs: NOW - 54e8, toUs: NOW - 18e8 });
    expect(pan(pan(earlier, -0.5, NOW), 0.5, NOW)).toEqual(earlier);
    expect(pan(earlier, 0.5, NOW)).toEqual(LAST_HOUR);
  });
});
