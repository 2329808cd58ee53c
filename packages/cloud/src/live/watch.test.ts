import { expect, test } from 'vitest';
import { SILENCES_AT_ONCE_MAX } from '../limits.ts';
import type { Silence } from './head.ts';
import { WatchRelay } from './watch.ts';

test('a fleet that falls silent is handed over in parts, each device once, whatever is not taken', () => {
  const fleet = Array.from({ length: 2 * SILENCES_AT_ONCE_MAX + 1 }, (_, index) => {
    return { device: `d${index}`, silent: true, sinceUs: index };
  });
  let fresh: Silence[] = fleet;
  const head = {
    takeSilences: () => {
      const taken = fresh;
      fresh = [];
      return taken;
    },
  };
  const parts: (readonly Silence[])[] = [];
  let isFull = true;
  const watch = {
    onAlarm: () => undefined,
    onSilence: (silences: readonly Silence[]) => {
      if (isFull) throw new Error('the disk is full');
      parts.push(silences);
    },
  };
  const relay = new WatchRelay(watch, head);
  expect(() => relay.handOver()).toThrow('the disk is full');
  isFull = false;
  for (let round = 0; round < 4; round++) relay.handOver();
  expect(parts.map(({ length }) => length)).toEqual([
    SILENCES_AT_ONCE_MAX,
    SILENCES_AT_ONCE_MAX,
    1,
  ]);
  expect(parts.flat()).toEqual(fleet);
});
