import { SCORE_STEPS } from '@fernsight/detect';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pointsOf } from '../store/points.ts';
import { encodeHistory } from './encodeHistory.ts';

const edge = fc.constantFrom(Number.NaN, -1.5, 0, 0.1 + 0.2);
const value = fc.double({ noDefaultInfinity: true, noNaN: true }).map((double) => double + 0);

const second = fc.nat().map((seconds) => 1_767_225_600_000_000 + seconds * 1e6);
const stamp = fc.oneof(
  { weight: 50, arbitrary: second },
  fc.constantFrom(0, 999_999, 1_767_225_600_000_001),
);

test('the bytes are JSON of the columns, whatever the names and the bands are', () => {
  const points = fc.array(
    fc.record({
      tsUs: stamp,
      count: fc.integer({ min: 1, max: 9 }),
      mean: value,
      anomalies: fc.nat({ max: 3 }),
      worst: fc.integer({ min: -1, max: SCORE_STEPS }),
      lower: edge,
      upper: edge,
    }),
  );
  const about = fc.record({
    device: fc.string({ unit: 'binary' }),
    sensor: fc.string(),
    unit: fc.constantFrom('°C', 'µ"'),
  });
  const resolution = fc.constantFrom(0, 60e6);
  fc.assert(
    fc.property(points, about, resolution, (drawn, { device, sensor, unit }, resolutionUs) => {
      const spread = resolutionUs === 0 ? 0 : 1;
      const all = drawn.map((one) => ({ ...one, min: one.mean - spread, max: one.mean + spread }));
      const bytes = encodeHistory(
        { resolutionUs, points: pointsOf(all), unreadable: [] },
        { device, sensor, unit },
      );
      const reply: unknown = JSON.parse(Buffer.from(bytes).toString());
      const orNull = (number: number) => (Number.isNaN(number) ? null : number);
      expect(reply).toEqual({
        device: Buffer.from(device).toString(),
        sensor,
        unit,
        resolutionUs,
        tsUs: all.map(({ tsUs }) => tsUs),
        min: all.map(({ min }) => min),
        mean: all.map(({ mean }) => mean),
        max: all.map(({ max }) => max),
        count: all.map(({ count }) => count),
        score: all.map(({ worst }) => (worst < 0 ? null : worst / SCORE_STEPS)),
        anomalies: all.map(({ anomalies }) => anomalies),
        lower: all.map(({ lower }) => orNull(lower)),
        upper: all.map(({ upper }) => orNull(upper)),
      });
    }),
  );
});
