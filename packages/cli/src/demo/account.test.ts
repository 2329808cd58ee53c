import type { Anomaly } from '@fernsight/wire';
import { describe, expect, it } from 'vitest';
import { matchAlarms } from './account.ts';
import type { Incident } from './incident.ts';

const SECOND = 1_000_000;
const incident: Incident = {
  device: 'pump-1',
  sensor: 'flow',
  kind: 'drift',
  firstUs: 100 * SECOND,
  lastUs: 190 * SECOND,
};

function alarm(sensor: string, seconds: number, device = 'pump-1'): Anomaly {
  return {
    device,
    sensor,
    tsUs: seconds * SECOND,
    value: 1,
    score: 1,
    threshold: 0.5,
    alarm: true,
    kind: 'drift',
    sensorFault: false,
    expected: null,
    lower: null,
    upper: null,
    channels: [],
    sentence: '',
    backfilled: false,
  };
}

describe('the account of alarms', () => {
  const drifts = (injected: number, found: number) => ({
    injected,
    found,
    kinds: {
      spike: { injected: 0, found: 0 },
      drift: { injected, found },
      dropout: { injected: 0, found: 0 },
    },
  });

  it('counts an incident once, however often it rang', () => {
    const alarms = [alarm('flow', 100), alarm('flow', 150), alarm('@joint', 190)];
    expect(matchAlarms([incident], alarms, 500 * SECOND)).toEqual({
      ...drifts(1, 1),
      false: 0,
    });
  });

  it('counts as false what rang elsewhere, before, or long after', () => {
    const alarms = [
      alarm('pressure', 150),
      alarm('flow', 150, 'pump-2'),
      alarm('flow', 99),
      alarm('flow', 221),
    ];
    expect(matchAlarms([incident], alarms, 500 * SECOND)).toEqual({
      ...drifts(1, 0),
      false: 4,
    });
  });

  it('leaves out an incident that is not over, and does not call its alarm false', () => {
    expect(matchAlarms([incident], [alarm('flow', 120)], 150 * SECOND)).toEqual({
      ...drifts(0, 0),
      false: 0,
    });
  });

  it('counts each kind by itself', () => {
    const spike: Incident = { ...incident, sensor: 'pressure', kind: 'spike' };
    const dropout: Incident = { ...incident, device: 'pump-2', kind: 'dropout' };
    const alarms = [alarm('pressure', 120), alarm('flow', 120, 'pump-2')];
    expect(matchAlarms([incident, spike, dropout], alarms, 500 * SECOND).kinds).toEqual({
      spike: { injected: 1, found: 1 },
      drift: { injected: 1, found: 0 },
      dropout: { injected: 1, found: 1 },
    });
  });
});
