import { ManualClock, silentLog } from '@fernsight/base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Scheduler } from './scheduler.ts';

/** 2026-03-01T00:00:00Z */
const START_US = 1_772_323_200_000_000;

describe('the scheduler', () => {
  let clock: ManualClock;
  let stop: AbortController;
  let running: Promise<void> = Promise.resolve();
  beforeEach(() => {
    clock = new ManualClock(START_US);
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  const start = (run: () => Promise<string>) => {
    const scheduler = new Scheduler([{ name: 'job', times: '0 */10 * * * *', run }], {
      clock,
      log: silentLog,
    });
    running = scheduler.run(stop.signal);
    return scheduler;
  };

  test('runs a job at its times and shows how it went', async () => {
    let runs = 0;
    const scheduler = start(async () => `run ${++runs}`);
    await clock.advance(599_000);
    expect([runs, scheduler.list()[0]?.nextUs]).toEqual([0, START_US + 600e6]);
    await clock.advance(1_201_000);
    expect(runs).toBe(3);
    expect(scheduler.list()[0]).toMatchObject({
      lastOutcome: 'run 3',
      failed: false,
      running: false,
      nextUs: START_US + 2_400e6,
    });
  });

  test('shows a failure and tries again at the next time', async () => {
    let runs = 0;
    const scheduler = start(async () => {
      if (++runs === 1) throw new Error('the disk is full');
      return 'done';
    });
    await clock.advance(600_000);
    expect(scheduler.list()[0]).toMatchObject({ failed: true, lastOutcome: 'the disk is full' });
    await clock.advance(600_000);
    expect(scheduler.list()[0]).toMatchObject({ failed: false, lastOutcome: 'done' });
  });

  test('never runs a job twice at once, and starts it by hand', async () => {
    let finish: () => void = () => undefined;
    const scheduler = start(
      () =>
        new Promise((resolve) => {
          finish = () => resolve('done');
        }),
    );
    expect([scheduler.start('job'), scheduler.start('job'), scheduler.start('other')]).toEqual([
      'started',
      'busy',
      'unknown',
    ]);
    expect(scheduler.list()[0]?.running).toBe(true);
    finish();
    await clock.advance(0);
    expect(scheduler.list()[0]?.running).toBe(false);
  });

  test('goes on when the wall clock steps back or forth', async () => {
    let runs = 0;
    const scheduler = start(async () => `run ${++runs}`);
    clock.step(-86_400e6);
    await clock.advance(601_000);
    expect(runs).toBe(1);
    clock.step(30 * 86_400e6);
    await clock.advance(2_000);
    expect(runs).toBe(2);
    expect(scheduler.list()[0]?.nextUs).toBeGreaterThan(START_US + 28 * 86_400e6);
  });
});
