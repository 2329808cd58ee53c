import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatCount,
  formatQuantity,
  formatScore,
  formatSpan,
  formatValue,
} from './format.ts';

describe('what people read', () => {
  it('is a value with the digits that matter', () => {
    const shown = [0, 21.3749, -0.0045123, 1013.25, 12840, 2e9, 1e-7].map(formatValue);
    expect(shown).toEqual(['0', '21.37', '-0.004512', '1,013.3', '12,840', '2.00e+9', '1.00e-7']);
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
});
