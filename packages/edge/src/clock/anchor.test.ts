import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock, US_PER_DAY, US_PER_SECOND } from '@fernsight/base';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent } from '../agent.ts';
import { LedgerLink } from '../uplink/ledgerLink.ts';
import { Anchor } from './anchor.ts';
import { diskIdle } from './diskIdle.ts';

const START_US = Date.UTC(2026, 0, 1, 12) * 1000;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anchor-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('carries wall time on by the monotonic clock, and notices a step of more than a second', async () => {
  const clock = new ManualClock(START_US);
  const anchor = new Anchor(clock, Number.NEGATIVE_INFINITY);
  await clock.advance(1_500);
  expect(anchor.nowUs()).toBe(START_US + 1_500_000);
  clock.step(900_000);
  expect(anchor.stepUs()).toBe(0);
  clock.step(-3 * US_PER_SECOND);
  expect(anchor.stepUs()).toBe(-2_100_000);
  expect(anchor.nowUs()).toBe(START_US + 1_500_000);
});

it('shifts the detectors by the fewest whole weeks that keep their time from going back', () => {
  const clock = new ManualClock(START_US);
  expect(new Anchor(clock, START_US - 1).shiftUs).toBe(0);
  expect(new Anchor(clock, START_US).shiftUs).toBe(7 * US_PER_DAY);
  expect(new Anchor(clock, START_US + 10.5 * US_PER_DAY).shiftUs).toBe(14 * US_PER_DAY);
});

it.each([
  ['back an hour', [-3600 * US_PER_SECOND]],
  ['forward an hour', [3600 * US_PER_SECOND]],
  ['to 1970 and back', [-START_US, START_US]],
  ['to 2036 and back', [10 * 365 * US_PER_DAY, -10 * 365 * US_PER_DAY]],
])(
  'a clock stepped %s begins an epoch each time, and every reading is judged and sent once',
  async (_, steps) => {
    const clock = new ManualClock(START_US);
    const link = new LedgerLink();
    const epochs = new Set<string>();
    let boots = 0;
    const boot = () =>
      createAgent({
        device: 'edge-1',
        outbox: join(folder, 'outbox.db'),
        clock,
        rng: createRng(`boot ${boots++}`),
        link: {
          exchange(batch) {
            if (batch.seqCount > 0) epochs.add(batch.epoch);
            return link.exchange(batch);
          },
        },
        sources: [
          {
            name: 'ticking',
            repeatable: false,
            async *read(_from, signal) {
              for (let row = 0; !signal.aborted; row++) {
                yield { readings: [{ sensor: 'flow', value: row % 7 }] };
                await clock.sleep(500, signal);
              }
            },
          },
        ],
      });
    const runFor = async (ms: number, atMs: readonly number[]) => {
      const agent = boot();
      const stop = new AbortController();
      let ended = false;
      const run = agent.run(stop.signal).finally(() => {
        ended = true;
      });
      for (const [index, until] of [...atMs, ms].entries()) {
        await clock.advance(until - (atMs[index - 1] ?? 0));
        if (index < atMs.length) clock.step(steps[index] ?? 0);
      }
      stop.abort();
      // its farewell waits for the disk, which has a clock of its own
      while (!ended) {
        await clock.advance(100);
        await diskIdle();
      }
      await run;
      const { taken } = agent.status();
      agent.close();
      return taken;
    };
    await runFor(
      300_000,
      steps.map((_step, index) => 100_000 * (index + 1)),
    );
    const taken = await runFor(100_000, []);
    expect(link.readings.size).toBe(taken);
    expect(epochs.size).toBe(steps.length + 2);
    const unscored = [...link.readings.values()].filter((text) =>
      /late|future|unscored/.test(text),
    );
    expect(unscored).toEqual([]);
  },
);
