import type { Incident } from '@fernsight/wire';
import { describe, expect, it } from 'vitest';
import { causeWords, incidentStanding } from './incident.ts';

const firing: Incident = {
  id: 1,
  device: 'pump-1',
  cause: 'anomaly',
  state: 'firing',
  openedUs: 0,
  closedUs: null,
  sensors: ['flow', 'pressure'],
  sentence: '',
  acknowledgedBy: null,
  acknowledgedUs: null,
  mutedUntilUs: null,
  inMaintenance: false,
  toldUs: null,
};
const words = (part: Partial<Incident>) => incidentStanding({ ...firing, ...part }, 100).words;

describe('an incident', () => {
  it('is called by what matters most of it', () => {
    expect(words({})).toBe('Firing');
    expect(words({ state: 'quiet' })).toBe('Calming down');
    expect(words({ mutedUntilUs: 101 })).toBe('Muted');
    expect(words({ mutedUntilUs: 99 })).toBe('Firing');
    expect(words({ inMaintenance: true, mutedUntilUs: 101 })).toBe('In maintenance');
    expect(words({ acknowledgedBy: 'anna', inMaintenance: true })).toBe('anna is on it');
    expect(words({ state: 'closed', acknowledgedBy: 'anna' })).toBe('Closed');
  });

  it('names its cause and where', () => {
    expect(causeWords(firing)).toBe('Unusual: flow, pressure');
    expect(causeWords({ ...firing, sensors: ['@joint'] })).toBe('Unusual: sensors together');
    expect(causeWords({ ...firing, cause: 'silent', sensors: [] })).toBe('Silent');
  });
});
