import { PackFault } from '@fernsight/base';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Body, numbersOf } from './body.ts';
import { packBody, unpackBody } from './packBody.ts';

const steps = fc.integer({ min: 0, max: 65_535 });
const byte = fc.integer({ min: 0, max: 12 });
const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
/** what 24 bits hold */
const float = fc.float().map((value) => {
  const bits = new Uint32Array(Float32Array.of(value).buffer).map((word) => word & 0xffffff00);
  return new Float32Array(bits.buffer)[0] ?? 0;
});
const stamp = fc.integer({ min: -8.64e15, max: 8.64e15 });

function runOf(length: number) {
  const columnOf = <T>(of: fc.Arbitrary<T>) =>
    fc.array(of, { minLength: length, maxLength: length });
  const row = fc.integer({ min: 0, max: Math.max(0, length - 1) });
  const band = { expected: float, lower: float, upper: float };
  const flags = { anomaly: fc.boolean(), alarm: fc.boolean(), thresholdSteps: steps };
  return fc.record({
    device: name,
    sensor: name,
    ownClock: fc.boolean(),
    offset: fc.constant(Array.from({ length }, (_, index) => index * 3)),
    tsUs: columnOf(stamp),
    value: columnOf(number),
    scoreSteps: columnOf(steps),
    stage: columnOf(fc.integer({ min: 0, max: 14 })),
    explained: fc.array(
      fc.record({
        row,
        ...flags,
        sensorFault: fc.boolean(),
        kind: byte,
        ...band,
        channels: fc.array(fc.tuple(byte, byte), { maxLength: 3 }),
        shown: fc.option(
          fc.record({
            evidence: fc.array(fc.integer({ min: -32_767, max: 32_767 }), {
              minLength: 1,
              maxLength: 16,
            }),
            onsetUs: stamp,
            suppressedBy: fc.nat(),
          }),
          { nil: undefined },
        ),
      }),
    ),
    bands: fc.array(fc.record({ row, ...band })),
  });
}

function jointOf(length: number) {
  const columnOf = <T>(of: fc.Arbitrary<T>) =>
    fc.array(of, { minLength: length, maxLength: length });
  const shown = fc.record({
    among: fc.array(name, { maxLength: 4 }),
    evidence: fc.array(fc.integer({ min: -96, max: 96 }), { maxLength: 8 }),
    onsetUs: stamp,
    suppressedBy: fc.nat(),
  });
  return fc.record({
    device: name,
    tsUs: columnOf(stamp),
    scoreSteps: columnOf(steps),
    explained: fc.array(
      fc.record({
        row: fc.nat(length),
        anomaly: fc.boolean(),
        alarm: fc.boolean(),
        thresholdSteps: steps,
        sensors: fc.array(fc.tuple(name, byte), { maxLength: 3 }),
        shown: fc.option(shown, { nil: undefined }),
      }),
    ),
  });
}

const minute = fc.record({
  device: name,
  sensor: name,
  minuteUs: stamp,
  count: fc.integer({ min: 1, max: 1e6 }),
  anomalies: fc.nat(),
  min: number,
  max: number,
  mean: number,
  worstScoreSteps: steps,
});
const reason = fc.constantFrom('dropped' as const, 'lost' as const, 'rejected' as const);
const body: fc.Arbitrary<Body> = fc.record({
  series: fc.array(fc.nat(40).chain(runOf), { maxLength: 4 }),
  joint: fc.array(fc.nat(20).chain(jointOf), { maxLength: 2 }),
  thinned: fc.array(minute, { maxLength: 5 }),
  gone: fc.array(fc.record({ device: name, reason, count: fc.integer({ min: 1, max: 1e9 }) })),
});

/** Typed arrays as lists, and minutes in one order: they come back series by series. */
function plain(value: Body): unknown {
  const series = value.series.map((run) => ({
    ...run,
    offset: Array.from(run.offset),
    tsUs: Array.from(run.tsUs),
    value: Array.from(run.value),
    scoreSteps: Array.from(run.scoreSteps),
    stage: Array.from(run.stage),
  }));
  const keyOf = (one: Body['thinned'][number]) => `${one.device}/${one.sensor}`;
  const thinned = [...Map.groupBy(value.thinned, keyOf).values()].flat();
  const joint = value.joint.map((run) => ({
    ...run,
    tsUs: Array.from(run.tsUs),
    scoreSteps: Array.from(run.scoreSteps),
  }));
  return { series, joint, thinned, gone: value.gone };
}

it('a body comes back from its bytes to the bit', () => {
  fc.assert(
    fc.property(body, (given) => {
      const back = unpackBody(packBody(given));
      expect(plain(back)).toEqual(plain(given));
      expect(numbersOf(back)).toBe(numbersOf(given));
    }),
  );
});

it('damaged bytes raise a PackFault, never a hang or another error', () => {
  fc.assert(
    fc.property(body, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, at, change) => {
      const bytes = packBody(given);
      const index = at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ change;
      try {
        unpackBody(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(PackFault);
      }
    }),
  );
});
