import { ManualClock } from '@fernsight/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Head } from '../live/head.ts';
import { createOutcome } from '../worker/outcome.ts';
import { plainParcel, START_US } from '../worker/workerTrial.ts';
import { LatestBody } from './latestBody.ts';

/** Some blocks of devices. */
const DEVICES = 300;
const PRUNE_MS = 3_000;

test('whatever devices come, change and leave: the body is what the head holds', async () => {
  const step = fc.record({
    devices: fc.array(fc.nat({ max: DEVICES - 1 }), { maxLength: 40 }),
    waitMs: fc.constantFrom(0, 100, PRUNE_MS / 2),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const clock = new ManualClock(START_US);
      const head = new Head({ offlineAfterMs: 1_000, pruneAfterMs: PRUNE_MS }, clock);
      const body = new LatestBody(head, ({ name, seenUs }) => JSON.stringify([name, seenUs]));
      for (const { devices, waitMs } of steps) {
        for (const index of devices) {
          const reading = { device: `d${index}`, tsUs: START_US, value: 1 };
          head.took(plainParcel([reading], clock.nowUs()), createOutcome(1));
        }
        await clock.advance(waitMs);
        const shown = JSON.parse(body.bytes().toString());
        expect(shown).toEqual(head.fleet().map(({ device, seenUs }) => [device, seenUs]));
        expect(body.bytes()).toBe(body.bytes());
      }
    }),
    { numRuns: 50 },
  );
});
