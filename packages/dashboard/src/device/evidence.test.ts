import { describe, expect, it } from 'vitest';
import { evidenceWords } from './evidence.ts';

describe('the evidence', () => {
  it('is told in words, the heaviest first, each once', () => {
    const channels = [
      ['drift', 0.2],
      ['spike', 0.3],
      ['spike', 0.31],
      ['forest', 0.01],
      ['to come', 0.1],
    ] as const;
    expect(evidenceWords(channels)).toEqual([
      'off the expected value 61 %',
      'keeps moving one way 20 %',
      'to come 10 %',
    ]);
  });
});
