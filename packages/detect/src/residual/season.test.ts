import { describe, expect, it } from 'vitest';
import { clusterRows } from '../forest/sampleRows.ts';
import {
  initPeriod,
  learnPeriod,
  PERIOD_LENGTH,
  POINT_GRID,
  POINTS,
  pointCount,
  pointReadings,
} from './period.ts';
import {
  foldSeason,
  learnSeason,
  SEASON_BINS,
  SEASON_LENGTH,
  seasonHelps,
  seasonValue,
} from './season.ts';

/** Runs the search until it has ended `searches` times. @returns the periods found, 0 for none */
function periodsOf(value: (index: number) => number, searches: number): number[] {
  const s = new Float64Array(PERIOD_LENGTH);
  const points = new Int16Array(POINTS);
  initPeriod(s, 0);
  const found: number[] = [];
  for (let index = 0; found.length < searches; index += 1) {
    const decimation = pointReadings(s, 0);
    const period = learnPeriod(s, 0, points, Math.max(-3, Math.min(3, value(index))));
    if (pointReadings(s, 0) > decimation) found.push(period);
  }
  return found;
}

const noise = clusterRows({ count: 40_000, width: 1, seed: 6 });
const sine = (period: number, noisy: number) => (i: number) =>
  1.2 * Math.sin((2 * Math.PI * i) / period) + noisy * (noise[i] ?? 0);

describe('the search for a period', () => {
  it.each([7, 24, 100, 144])('finds %i readings at once', (period) => {
    const [found = 0] = periodsOf(sine(period, 0.5), 1);
    expect(Math.abs(found - period) / period).toBeLessThan(0.02);
  });

  it.each([288, 1440, 2016])('finds %i readings once they fit', (period) => {
    const found = periodsOf(sine(period, 0.5), 6).at(-1) ?? 0;
    expect(Math.abs(found - period) / period).toBeLessThan(0.01);
  });

  it('sharpens what it found with time', () => {
    const found = periodsOf(sine(100, 1), 4).at(-1) ?? 0;
    expect(Math.abs(found - 100)).toBeLessThan(0.3);
  });

  it('rejects white noise', () => {
    expect(periodsOf((i) => noise[i] ?? 0, 5).every((period) => period === 0)).toBe(true);
  });

  it('rejects a constant', () => {
    expect(periodsOf(() => 0, 5)).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('the season', () => {
  it('predicts what repeats, and is applied only where that helps', () => {
    const s = new Float64Array(SEASON_LENGTH);
    const bins = new Float32Array(SEASON_BINS);
    const period = new Float64Array(PERIOD_LENGTH);
    const points = new Int16Array(POINTS);
    initPeriod(period, 0);
    const value = sine(100, 0.3);
    let squares = 0;
    for (let i = 0; i < 4000; i += 1) {
      const error = value(i) - seasonValue(s, 0, bins);
      if (i >= 2000) squares += (error * error) / 2000;
      const found = learnPeriod(period, 0, points, value(i));
      learnSeason(s, 0, bins, value(i));
      if (found > 0 && !seasonHelps(s, 0)) {
        const decimation = pointReadings(period, 0);
        const count = pointCount(period, 0);
        foldSeason(s, 0, bins, { period: found, points, count, decimation, step: 1 / POINT_GRID });
      }
    }
    expect(seasonHelps(s, 0)).toBe(true);
    expect(Math.sqrt(squares)).toBeLessThan(0.36);
  });

  it('stops being applied when the series stops repeating', () => {
    const s = new Float64Array(SEASON_LENGTH);
    const bins = new Float32Array(SEASON_BINS);
    const points = Int16Array.from({ length: POINTS }, (_, i) => sine(32, 0.1)(i) * POINT_GRID);
    foldSeason(s, 0, bins, {
      period: 32,
      points,
      count: POINTS,
      decimation: 1,
      step: 1 / POINT_GRID,
    });
    for (let i = 0; i < 640; i += 1) learnSeason(s, 0, bins, sine(32, 0.1)(i));
    expect(seasonHelps(s, 0)).toBe(true);
    for (let i = 0; i < 2000; i += 1) learnSeason(s, 0, bins, noise[i] ?? 0);
    expect(seasonHelps(s, 0)).toBe(false);
  });
});
