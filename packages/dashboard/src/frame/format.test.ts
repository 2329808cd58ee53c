import { describe, expect, it } from 'vitest';
import {
  axisLabels,
  formatAge,
  formatBytes,
  formatCount,
  formatQuantity,
  formatScore,
  formatSpan,
  formatValue,
} from './format.ts';

describe('what people read', () => {
  it('is a value with the digits that matter', () => {
    const shown = [0, 21.3749, -0.0045123, 1013.25, 12840, 1e-7].map(formatValue);
    expect(shown).toEqual(['0', '21.37', '-0.004512', '1,013.3', '12,840', '1e-7']);
    expect(formatQuantity(null, '°C')).toBe('–');
    expect(formatQuantity(3, undefined)).toBe('3');
  });

  it('is a score that reaches 100 % only when it is 1', () => {
    expect([0, 0.999, 1].map(formatScore)).toEqual(['0 %', '99 %', '100 %']);
  });

  it('is a span in its largest unit', () => {
    expect([0, 999_999, 59e6, 60e6, 7.3e9, 9e12].map(formatSpan)).toEqual([
      '0 s',
      '0 s',
      '59 s',
      '1 min',
      '2 h',
      '104 d',
    ]);
    expect([1e6, 5e6].map(formatAge)).toEqual(['just now', '5 s ago']);
  });

  it('is a count, shortened when large', () => {
    expect([950, 12_840, 1_254_000].map(formatCount)).toEqual(['950', '12,840', '1.25M']);
  });

  it('is a value written as the axis beside it writes it', () => {
    for (const value of [3e-5, 2e6, 5e7, 1e9, 2e20]) {
      expect(axisLabels([0, value])[1]).toBe(formatValue(value));
    }
    const shown = [9_999_999, 12.5e6, -12_840_123, 999_999_999, 2.4e9].map(formatValue);
    expect(shown).toEqual(['9,999,999', '12.5M', '-12.8401M', '1e+9', '2.4e+9']);
  });

  it('is a size in thousands of bytes', () => {
    const sizes = [0, 1, 40_000, 999_001, 5e6, 999.4e6, 999.5e6, 216.43e9];
    expect(sizes.map(formatBytes)).toEqual([
      '0 kB',
      '1 kB',
      '40 kB',
      '1 MB',
      '5 MB',
      '999 MB',
      '1 GB',
      '216.4 GB',
    ]);
  });

  it('is an axis whose labels have the digits of its step, and room', () => {
    expect(axisLabels([0.4, 0.45, 0.5, 0.55, 0.6])).toEqual([
      '0.40',
      '0.45',
      '0.50',
      '0.55',
      '0.60',
    ]);
    expect(axisLabels([-0.1, -1e-17, 0.1, 0.2, 0.30000000000000004])).toEqual([
      '-0.1',
      '0.0',
      '0.1',
      '0.2',
      '0.3',
    ]);
    expect(axisLabels([0.0004, 0.00045, 0.0005])).toEqual(['0.00040', '0.00045', '0.00050']);
    expect(axisLabels([1013, 1013.5, 1014])).toEqual(['1,013.0', '1,013.5', '1,014.0']);
    expect(axisLabels([0, 100, 200])).toEqual(['0', '100', '200']);
    expect(axisLabels([10e6, 12.5e6, 15e6])).toEqual(['10.0M', '12.5M', '15.0M']);
    expect(axisLabels([2.4e9, 2.45e9, 2.5e9])).toEqual(['2.40e+9', '2.45e+9', '2.50e+9']);
    expect(axisLabels([0, 2e-5, 4e-5])).toEqual(['0', '2e-5', '4e-5']);
    expect(axisLabels([1e20, 1.5e20])).toEqual(['1.0e+20', '1.5e+20']);
    expect(axisLabels([0])).toEqual(['0']);
    expect(axisLabels([])).toEqual([]);
  });
});
