import { describe, expect, it } from 'vitest';
import { ManualClock, systemClock } from './clock.ts';

describe('the clock that is moved by hand', () => {
  it('wakes sleepers in the order of their times, each seeing its own time', async () => {
    const clock = new ManualClock(0);
    const woken: number[] = [];
    const sleepers = [30, 10, 20].map(async (ms) => {
      await clock.sleep(ms);
      woken.push(clock.monotonicMs());
    });
    await clock.advance(25);
    expect(woken).toEqual([10, 20]);
    await clock.advance(5);
    await Promise.all(sleepers);
    expect(woken).toEqual([10, 20, 30]);
    expect(clock.sleeperCount).toBe(0);
  });

  it('runs what a sleeper starts before time goes on', async () => {
    const clock = new ManualClock(0);
    const woken: number[] = [];
    const loop = (async () => {
      for (let round = 0; round < 3; round++) {
        await clock.sleep(10);
        woken.push(clock.monotonicMs());
      }
    })();
    await clock.advance(100);
    await loop;
    expect(woken).toEqual([10, 20, 30]);
  });

  it('steps the wall clock without waking anybody', async () => {
    const clock = new ManualClock(1_000_000);
    const abort = new AbortController();
    const sleeping = clock.sleep(10, abort.signal);
    clock.step(-500_000);
    expect(clock.nowUs()).toBe(500_000);
    expect(clock.sleeperCount).toBe(1);
    abort.abort();
    await sleeping;
    expect(clock.sleeperCount).toBe(0);
  });
});

describe('the clock of the machine', () => {
  it('ends a sleep when it is aborted, without an error and without a timer left', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
    const before = timers().length;
    const abort = new AbortController();
    const sleeping = systemClock.sleep(60_000, abort.signal);
    expect(timers().length).toBe(before + 1);
    abort.abort();
    await sleeping;
    await systemClock.sleep(60_000, abort.signal);
    expect(timers().length).toBe(before);
  });
});
