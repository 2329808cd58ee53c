import { describe, expect, it } from 'vitest';
import { clusterRows } from '../forest/sampleRows.ts';
import { HOUR_LENGTH, hourKnown, hourOf, hourZ, learnHour } from './hour.ts';

const HOUR_US = 3600e6;
const DAY_US = 24 * HOUR_US;

describe('the hour of the day', () => {
  it.each([
    [0, 0, 0],
    [23.5 * HOUR_US, 0, 23],
    [23.5 * HOUR_US, 60, 0],
    [0, -60, 23],
    [1.7e15, 330, 3],
  ])('%d us at %i minutes from UTC is hour %i', (tsUs, offset, hour) => {
    expect(hourOf(tsUs, offset)).toBe(hour);
  });

  it('has a say after two weeks', () => {
    expect(hourKnown(0, 14 * DAY_US)).toBe(false);
    expect(hourKnown(0, 14 * DAY_US + 1)).toBe(true);
  });

  it('finds unusual at night what is usual by day', () => {
    const hours = new Float32Array(HOUR_LENGTH);
    const noise = clusterRows({ count: 4800, width: 1, seed: 3 });
    noise.forEach((z, i) => {
      const hour = i % 24;
      learnHour(hours, hour, hour < 6 ? z : 5 + 3 * z);
    });
    expect(hourZ(hours, 3, 6)).toBeGreaterThan(4);
    expect(Math.abs(hourZ(hours, 12, 6))).toBeLessThan(1);
  });

  it('knows its hour again after values whose squares float32 cannot hold', () => {
    const hours = new Float32Array(HOUR_LENGTH);
    const noise = clusterRows({ count: 100_000, width: 1, seed: 3 });
    for (const bad of [3.4e38, -1e140]) learnHour(hours, 5, bad);
    expect(hours.every(Number.isFinite)).toBe(true);
    for (const z of noise) learnHour(hours, 5, z);
    expect(hourZ(hours, 5, 20)).toBeGreaterThan(5);
  });

  it('says nothing of an hour it has hardly seen', () => {
    const hours = new Float32Array(HOUR_LENGTH);
    for (let i = 0; i < 63; i += 1) learnHour(hours, 5, i % 2);
    expect(hourZ(hours, 5, 99)).toBe(0);
  });
});
