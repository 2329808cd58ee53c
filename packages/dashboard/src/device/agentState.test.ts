import { describe, expect, it } from 'vitest';
import { bufferWords, clockWords } from './agentState.ts';

describe('an agent', () => {
  it('has a clock that is right, or off to one side', () => {
    expect(clockWords(-40_000)).toEqual({ words: 'right', isOff: false });
    expect(clockWords(90_000_000)).toEqual({ words: '1 min ahead', isOff: true });
    expect(clockWords(-7_200_000_000)).toEqual({ words: '2 h behind', isOff: true });
  });

  it('has a buffer with readings, or an empty one', () => {
    expect(bufferWords({ outboxBytes: 40_000 }, 0)).toBe('empty, 40 kB on disk');
    expect(bufferWords({ outboxBytes: 5e6 }, 12_840)).toBe('12,840 readings, 5 MB');
  });
});
