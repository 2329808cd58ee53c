import type { Carrier } from '@fernsight/wire';
import { describe, expect, it } from 'vitest';
import { carrierStanding, chosenOf, densityOf, sensorTypes } from './modelType.ts';

const choice = (sensorType: string, hash: string | null, atUs: number) => ({
  sensorType,
  hash,
  atUs,
  by: 'anna',
});

const STORED = [{ sensorType: 'power' }, { sensorType: 'flow' }];

describe('a sensor type', () => {
  it('is judged by what was chosen last, in the end by what ships', () => {
    const past = [choice('flow', null, 3), choice('level', 'b', 2), choice('flow', 'a', 1)];
    expect(['flow', 'level', 'power'].map((type) => chosenOf(type, past))).toEqual([
      null,
      'b',
      null,
    ]);
  });

  it('has a past or could get one, and is listed once', () => {
    const known = { models: [], activations: [choice('flow', 'a', 1)], stored: STORED };
    expect(sensorTypes(known)).toEqual({ trained: ['flow'], untrained: ['power'] });
  });
});

describe('a rollout', () => {
  const waiting: Carrier = {
    agent: 'pump-1',
    reportedUs: 0,
    sensorType: 'flow',
    running: null,
    trial: null,
    refused: null,
  };
  const standing = (part: Partial<Carrier>) => carrierStanding({ ...waiting, ...part }, 'new');

  it('tells what runs, is tried, was refused or waits, of the version that is chosen now', () => {
    expect(standing({ running: 'new' })).toBe('running');
    expect(standing({ trial: { hash: 'new', readings: 9, of: 500 } })).toBe('trying');
    expect(standing({ refused: { hash: 'new', reason: '', atUs: 0 } })).toBe('refused');
    expect(standing({ refused: { hash: 'older', reason: '', atUs: 0 } })).toBe('waiting');
    expect(carrierStanding(waiting, null)).toBe('running');
  });
});

describe('a density', () => {
  it('is share over width, and passes over a value that repeats', () => {
    const shares = [0.1, 0.1, 0.5, 0.1, 0.2];
    expect(densityOf({ edges: [0, 1, 1, 3], shares })).toEqual([
      [0, 0.1],
      [1, 0.05],
      [3, 0.05],
    ]);
    expect(densityOf({ edges: [2, 2, 2], shares })).toEqual([]);
  });
});
