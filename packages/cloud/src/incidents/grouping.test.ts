import { covers, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '@fernsight/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueUs } from './grouping.ts';
import { CROWD_US, GATHER_US } from './limits.ts';

describe('when people are told', () => {
  const firstUs = 3 * CROWD_US;
  it.each([
    { cause: 'anomaly', crowdUs: Number.NEGATIVE_INFINITY, waitUs: GATHER_US },
    { cause: 'sensorFault', crowdUs: firstUs - CROWD_US, waitUs: GATHER_US },
    { cause: 'anomaly', crowdUs: firstUs - CROWD_US / 3, waitUs: (CROWD_US * 2) / 3 },
    { cause: 'anomaly', crowdUs: firstUs + 1, waitUs: CROWD_US },
    { cause: 'silent', crowdUs: Number.NEGATIVE_INFINITY, waitUs: CROWD_US },
  ] as const)('$cause with a crowd told at $crowdUs waits $waitUs us', ({ waitUs, ...example }) => {
    expect(dueUs({ ...example, firstUs }) - firstUs).toBe(waitUs);
  });
});

describe('maintenance windows', () => {
  const window = { startUs: 10 * US_PER_HOUR, endUs: 12 * US_PER_HOUR };

  it('cover their start, not their end, and come back every day', () => {
    const daily = { ...window, everyUs: US_PER_DAY };
    const at = (hour: number) => covers(daily, hour * US_PER_HOUR);
    expect([9.99, 10, 11.99, 12, 33.99, 34, 35.99, 36].map(at)).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  it('come once where they do not come back, and never before their start', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 365 * 24 * 60 }), fc.boolean(), (minute, isDaily) => {
        const nowUs = minute * US_PER_MINUTE;
        const isIn = covers({ ...window, everyUs: isDaily ? US_PER_DAY : null }, nowUs);
        const hour = isDaily ? (minute / 60) % 24 : minute / 60;
        expect(isIn).toBe(hour >= 10 && hour < 12);
      }),
    );
  });
});
