import { describe, expect, it } from 'vitest';
import { seededRandom } from '../forest/sampleRows.ts';
import { DriftMeter, driftReadings, type SeriesDrift } from './drift.ts';
import { Training } from './training.ts';

type Signal = (random: () => number) => (row: number) => number;

const READINGS = 4_000;
const SERIES = 5;
const MEASURED = 4;

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const wave =
  (rows: number, noise: number): Signal =>
  (random) => {
    const phase = random() * 2 * Math.PI;
    return (row) => 20 + Math.sin((2 * Math.PI * row) / rows + phase) + noise * normal(random);
  };

const wandering =
  (memory: number): Signal =>
  (random) => {
    let state = 0;
    return () => {
      state = memory * state + normal(random);
      return 20 + state;
    };
  };

const CASES: readonly (readonly [string, Signal, Signal])[] = [
  ['noise that begins to wander', wandering(0), wandering(0.9)],
  ['a wave that drowns in noise', wave(600, 0.1), wave(600, 0.5)],
  ['a wave seen once that drowns in noise', wave(3600, 0.03), wave(3600, 0.3)],
  ['a wave that quickens', wave(600, 0.1), wave(200, 0.1)],
  ['a wandering that calms', wandering(0.95), wandering(0.5)],
];

function measured(signal: Signal, meter: DriftMeter, seed: number): SeriesDrift | undefined {
  const value = signal(seededRandom(seed));
  meter.begin();
  for (let row = 0; row < READINGS; row++) meter.take((row + 1) * 1e6, value(row));
  return meter.measure();
}

describe('drift', () => {
  it.each(CASES)('tells %s from what stays as it was', (_, signal, moved) => {
    const training = new Training({ sensorType: 'flow', random: seededRandom(1) });
    for (let series = 0; series < SERIES; series++) {
      const value = signal(seededRandom(100 + series));
      training.begin();
      for (let row = 0; row < READINGS; row++) training.take((row + 1) * 1e6, value(row));
    }
    const model = training.finish();
    expect(driftReadings(model)).toBe(READINGS);
    const meter = new DriftMeter(model);
    const verdicts = (of: Signal, seed: number) =>
      Array.from({ length: MEASURED }, (_, one) => measured(of, meter, seed + one)?.verdict);
    expect(verdicts(moved, 300)).toEqual(new Array(MEASURED).fill('retrain'));
    expect(verdicts(signal, 200)).not.toContain('retrain');
    expect(verdicts(signal, 200)).toContain('stable');
  });

  it('tells nothing of a series that gave too few rows, and begins each anew', () => {
    const training = new Training({ sensorType: 'flow', random: seededRandom(1) });
    training.begin();
    const value = wandering(0)(seededRandom(2));
    for (let row = 0; row < READINGS; row++) training.take((row + 1) * 1e6, value(row));
    const meter = new DriftMeter(training.finish());
    const all = measured(wandering(0), meter, 3);
    expect(all?.rowCount).toBeGreaterThan(3_500);
    expect(all?.indices.length).toBe(9);
    meter.begin();
    for (let row = 0; row < 2_000; row++) meter.take((row + 1) * 1e6, value(row));
    expect(meter.measure()).toBeUndefined();
    expect(measured(wandering(0), meter, 3)).toEqual(all);
  });

  it('measures as many readings as the training had of a series, within a bound', () => {
    expect(driftReadings({ readingCount: 9_001, seriesCount: 3 })).toBe(3_001);
    expect(driftReadings({ readingCount: 1e9, seriesCount: 3 })).toBe(131_072);
  });
});
