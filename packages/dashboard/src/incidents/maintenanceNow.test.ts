import { describe, expect, it } from 'vitest';
import { maintenanceNow } from './maintenanceNow.ts';

const window = {
  id: 1,
  device: 'a',
  startUs: 100,
  endUs: 110,
  everyUs: null,
  reason: 'oil',
  addedBy: 'anna',
};
const until = (windows: readonly (typeof window | Recurring)[], device: string, nowUs: number) =>
  maintenanceNow(windows, device, nowUs)?.untilUs;
type Recurring = Omit<typeof window, 'device' | 'everyUs'> & {
  device: string | null;
  everyUs: number | null;
};

describe('a device is in maintenance', () => {
  it('from the start of a window of its own or of all, up to its end', () => {
    const times = [99, 100, 109, 110];
    expect(times.map((at) => until([window], 'a', at))).toEqual([undefined, 110, 110, undefined]);
    expect(until([window], 'b', 105)).toBeUndefined();
    expect(until([{ ...window, device: null }], 'b', 105)).toBe(110);
  });

  it('each time that a window comes back, until the one that ends last', () => {
    const daily = { ...window, everyUs: 50 };
    expect([149, 150, 159, 160, 205].map((at) => until([daily], 'a', at))).toEqual([
      undefined,
      160,
      160,
      undefined,
      210,
    ]);
    expect(until([daily, { ...window, startUs: 140, endUs: 170 }], 'a', 155)).toBe(170);
  });
});
