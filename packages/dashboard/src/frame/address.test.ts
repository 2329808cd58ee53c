import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_ALARMS } from '../anomalies/anomalyFilter.ts';
import { LAST_HOUR } from '../device/range.ts';
import { ALL_DEVICES } from '../fleet/filter.ts';
import { formatAddress, parseAddress } from './address.ts';

describe('an address', () => {
  it('names a device whatever it is called', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (device) => {
        const address = { page: 'device', device, range: LAST_HOUR } as const;
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  it('holds the filters', () => {
    const addresses = [
      { page: 'fleet', filter: { ...ALL_DEVICES, search: 'pump?&#', standing: 'offline' } },
      {
        page: 'anomalies',
        filter: { device: 'a b', kind: 'drift', sinceUs: 3_600_000_000, show: 'quiet' },
      },
      { page: 'anomalies', filter: ALL_ALARMS },
      { page: 'models', sensorType: 'flow/m³', version: '0a1b' },
      { page: 'models', sensorType: '', version: '' },
    ] as const;
    for (const address of addresses) expect(parseAddress(formatAddress(address))).toEqual(address);
  });

  it('that leads nowhere is called unknown', () => {
    for (const hash of ['#/odd', '#/devices', '#/devices/%E0%A4%A']) {
      expect(parseAddress(hash).page).toBe('unknown');
    }
  });
});
