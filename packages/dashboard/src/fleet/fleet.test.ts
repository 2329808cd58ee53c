import type { Anomaly, FleetDevice, FleetFrame, LatestPoint } from '@fernsight/wire';
import { describe, expect, it } from 'vitest';
import { RECENT_US } from '../limits.ts';
import { ALL_DEVICES, filterQuery, matching, parseFilter } from './filter.ts';
import {
  applyFrame,
  emptyFleet,
  type Fleet,
  NO_TOTALS,
  Reset,
  standing,
  takeDevices,
  worstFirst,
} from './fleet.ts';

const START = 1_700_000_000_000_000;

function point(part: Partial<LatestPoint> = {}): LatestPoint {
  const calm = { score: 0.2, anomaly: false, alarm: false, kind: 'none', stage: 'ready' } as const;
  const band = { expected: 20, lower: 19, upper: 21 };
  return { sensor: 'temperature', tsUs: START, value: 20, ...calm, ...band, ...part };
}

function device(name: string, part: Partial<FleetDevice> = {}): FleetDevice {
  const known = { judge: 'cloud', status: 'online', seenUs: START, anomalyCount: 0 } as const;
  return { device: name, ...known, sensors: [point()], ...part };
}

function frame(part: Partial<FleetFrame> = {}): FleetFrame {
  return {
    frame: 1,
    nowUs: START,
    totals: NO_TOTALS,
    devices: [],
    gone: [],
    anomalies: [],
    ...part,
  };
}

function fleetOf(...devices: FleetDevice[]): Fleet {
  return applyFrame(emptyFleet(), frame({ devices }));
}

const stands = (fleet: Fleet, name: string) => {
  const known = fleet.devices.get(name);
  return known && standing(fleet, known);
};

describe('a frame', () => {
  it('changes the devices it names and leaves the others', () => {
    const fleet = applyFrame(
      fleetOf(device('a'), device('b')),
      frame({ devices: [device('b', { status: 'offline' })] }),
    );
    expect([stands(fleet, 'a'), stands(fleet, 'b')]).toEqual(['quiet', 'offline']);
  });

  it('takes away those that left, a reset all that none of its parts names', () => {
    const fleet = fleetOf(device('a'), device('b'), device('c'), device('d'));
    expect([...applyFrame(fleet, frame({ gone: ['b'] })).devices.keys()]).toEqual(['a', 'c', 'd']);
    const reset = new Reset(fleet, 2);
    const [part, last] = [frame({ devices: [device('c')] }), frame({ devices: [device('d')] })];
    reset.names(part.devices);
    takeDevices(fleet, part);
    expect([...fleet.devices.keys()]).toEqual(['a', 'c', 'd']);
    reset.names(last.devices);
    reset.end(fleet);
    const after = applyFrame(fleet, last);
    expect([...after.devices.keys()]).toEqual(['c', 'd']);
    expect([...after.worst.keys()]).toEqual(['c', 'd']);
    expect([...after.places.keys()]).toEqual(['c', 'd']);
  });

  it('leaves a device in alarm until nothing was wrong for a while', () => {
    let fleet = fleetOf(
      device('a', { sensors: [point({ alarm: true, anomaly: true, score: 1 })] }),
    );
    const calmAt = (us: number) =>
      frame({
        nowUs: START + us,
        devices: [device('a', { sensors: [point({ tsUs: START + us })] })],
      });
    fleet = applyFrame(fleet, calmAt(RECENT_US - 1));
    expect(stands(fleet, 'a')).toBe('alarm');
    fleet = applyFrame(fleet, calmAt(RECENT_US + 1));
    expect(stands(fleet, 'a')).toBe('quiet');
  });

  it('does not call a mark an alarm', () => {
    const marked = device('a', { sensors: [point({ anomaly: true, score: 1, kind: 'spike' })] });
    expect(stands(fleetOf(marked), 'a')).toBe('quiet');
  });

  it('knows of an alarm between two frames from the anomalies alone', () => {
    const anomaly = { device: 'a', sensor: 'temperature', tsUs: START, score: 1, alarm: true };
    const rest = { value: 30, threshold: 0.9, kind: 'spike', sensorFault: false } as const;
    const band = {
      expected: 20,
      lower: 19,
      upper: 21,
      channels: [],
      sentence: '',
      backfilled: false,
    };
    const anomalies: Anomaly[] = [{ ...anomaly, ...rest, ...band }];
    const fleet = applyFrame(fleetOf(device('a')), frame({ anomalies }));
    expect(stands(fleet, 'a')).toBe('alarm');
  });
});

describe('worst first', () => {
  const alarming = (atUs: number) => ({ sensors: [point({ alarm: true, tsUs: atUs })] });

  it('is alarms by their latest, then offline, then the rest by name with numbers as numbers', () => {
    const fleet = fleetOf(
      device('pump-10'),
      device('pump-9'),
      device('gone', { status: 'offline' }),
      device('early', alarming(START - 120_000_000)),
      device('late', alarming(START)),
    );
    const order = worstFirst(fleet, [...fleet.devices.values()]).map((each) => each.device);
    expect(order).toEqual(['late', 'early', 'gone', 'pump-9', 'pump-10']);
  });
});

describe('the filter', () => {
  const fleet = fleetOf(
    device('pump-1', { site: 'Oslo' }),
    device('pump-2', { site: 'Turin', status: 'offline' }),
    device('fan-1', { site: 'Turin', parent: 'gateway', sensors: [point({ sensor: 'speed' })] }),
  );
  const names = (part: Partial<typeof ALL_DEVICES>) =>
    matching(fleet, { ...ALL_DEVICES, ...part }).map((each) => each.device);

  it('wants every word, in the name, the site, the agent or a sensor', () => {
    expect(names({ search: 'PUMP turin' })).toEqual(['pump-2']);
    expect(names({ search: 'gateway speed' })).toEqual(['fan-1']);
    expect(names({ search: 'pump speed' })).toEqual([]);
  });

  it('combines with standing and site', () => {
    expect(names({ standing: 'offline' })).toEqual(['pump-2']);
    expect(names({ standing: 'quiet', site: 'Turin' })).toEqual(['fan-1']);
  });

  it('survives the address, and what is no choice shows all', () => {
    const filter = { search: 'a & b', standing: 'alarm', site: 'Ö/1', group: 'sensors' } as const;
    expect(parseFilter(new URLSearchParams(filterQuery(filter)))).toEqual(filter);
    expect(filterQuery(ALL_DEVICES)).toEqual({});
    expect(parseFilter(new URLSearchParams('standing=odd&group=odd'))).toEqual(ALL_DEVICES);
  });
});
