import { expect, it } from 'vitest';
import { sentenceOf } from './sentence.ts';

const anomaly = {
  device: 'pump-1',
  sensor: 'temperature',
  unit: '°C',
  tsUs: 1.7e15,
  value: 31.2,
  score: 0.7,
  threshold: 0.4,
  alarm: true,
  kind: 'spike' as const,
  sensorFault: false,
  expected: 22.4,
  lower: 21.3,
  upper: 23.5,
  backfilled: false,
};

it.each([
  [[['spike', 0.5]], 'temperature 31.2 °C, expected 22.4 ± 1.1: spike'],
  [[['time of day', 0.5]], 'temperature 31.2 °C, expected 22.4 ± 1.1 for this hour: spike'],
  [[['rule', 0]], 'temperature 31.2 °C, expected 22.4 ± 1.1: outside its limits'],
  [[['of a later agent', 0.5]], 'temperature 31.2 °C, expected 22.4 ± 1.1: spike'],
] as [[string, number][], string][])(
  'of an anomaly by %j is the detector`s own',
  (channels, text) => {
    expect(sentenceOf({ ...anomaly, channels })).toBe(text);
  },
);
