import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const forever = new AbortController().signal;

describe('turns', () => {
  it('let no more than so many work at once, and all in the end', async () => {
    const turns = new Turns(3);
    let working = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++working);
      await Promise.resolve();
      working--;
      return 1;
    };
    const done = await Promise.all(Array.from({ length: 20 }, () => turns.take(forever, work)));
    expect([most, done.length]).toEqual([3, 20]);
  });

  it('pass on when work fails, and skip what was given up while it waited', async () => {
    const turns = new Turns(1);
    const begun: string[] = [];
    const givenUp = new AbortController();
    const first = turns.take(forever, async () => {
      throw new Error('broken');
    });
    const second = turns.take(givenUp.signal, async () => begun.push('second'));
    const third = turns.take(forever, async () => begun.push('third'));
    givenUp.abort();
    const outcomes = await Promise.allSettled([first, second, third]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(begun).toEqual(['third']);
  });
});
