import fc from 'fast-check';
import { expect, inject, it } from 'vitest';
import { DeviceJudge, type DeviceOptions } from './deviceJudge.ts';
import { createJointVerdict, type JointVerdict } from './jointJudge.ts';
import { universalForest } from './training/universal.ts';
import { createVerdict, SCORE_STEPS, type Verdict } from './verdict.ts';

const numRuns = inject('torture') ? 2000 : 25;
const START_US = 1.7e15;
const SENSORS = ['a', 'b', 'c'];

interface Taken {
  readonly gapUs: number;
  readonly values: readonly number[];
}

/** What a series may hold: ordinary values, the largest and the least there are, and runs of one value. */
const value = fc.oneof(
  { arbitrary: fc.double({ min: -3, max: 3, noNaN: true }), weight: 6 },
  { arbitrary: fc.constantFrom(0, 7, 1e308, -1e308, 5e-324, -5e-324, 1e-160), weight: 2 },
  { arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }), weight: 1 },
);
const gapUs = fc.oneof(
  { arbitrary: fc.constant(1e6), weight: 8 },
  { arbitrary: fc.integer({ min: 1, max: 1e12 }), weight: 1 },
);
const rows = fc.array(fc.record({ gapUs, values: fc.tuple(value, value, value) }), {
  minLength: 20,
  maxLength: 300,
  size: 'max',
});
const options: fc.Arbitrary<DeviceOptions> = fc.record({
  budgetPerWeek: fc.constantFrom(undefined, 1e-6, 1, 1e9),
  utcOffsetMinutes: fc.constantFrom(0, 840, -840),
  limits: fc.constantFrom(
    undefined,
    () => ({ min: -2 }),
    () => ({ max: 2 }),
  ),
  forestFor: fc.constantFrom(undefined, () => universalForest()),
});

function judge(device: DeviceJudge, taken: readonly Taken[], fromUs: number) {
  const verdicts: (Verdict | JointVerdict)[] = [];
  let tsUs = fromUs;
  for (const { gapUs, values } of taken) {
    tsUs += gapUs;
    for (const [index, sensor] of SENSORS.entries()) {
      const [out, joint] = [createVerdict(), createJointVerdict()];
      if (device.judge(sensor, tsUs, values[index] ?? 0, out, joint)) verdicts.push(joint);
      verdicts.push(out);
    }
  }
  return { verdicts, tsUs };
}

function isSound({ score, threshold, anomaly, kind, expected, lower, upper }: Verdict): boolean {
  const steps = score * SCORE_STEPS;
  const inScale = score >= 0 && score <= 1 && Math.abs(steps - Math.round(steps)) < 1e-6;
  const hasThreshold = threshold > 0 && threshold <= 1;
  const agrees = anomaly === score >= threshold && (kind === 'none') === !anomaly;
  const bounded = Number.isFinite(lower) && Number.isFinite(upper);
  const hasBand = Number.isNaN(expected) || (bounded && lower <= expected && expected <= upper);
  return inScale && hasThreshold && agrees && hasBand;
}

it('whatever finite values and gaps come, verdicts are sound, and a snapshot anywhere goes on bit for bit', () => {
  fc.assert(
    fc.property(rows, options, fc.double({ min: 0, max: 1, noNaN: true }), (taken, of, part) => {
      const cut = Math.floor(part * taken.length);
      const device = new DeviceJudge(of);
      const before = judge(device, taken.slice(0, cut), START_US);
      const copy = new DeviceJudge(of);
      copy.restoreJoint(device.jointSnapshot());
      for (const sensor of device.sensors()) {
        copy.restoreSeries(sensor, device.seriesSnapshot(sensor) ?? new Uint8Array());
      }
      const after = judge(device, taken.slice(cut), before.tsUs);
      expect(judge(copy, taken.slice(cut), before.tsUs)).toEqual(after);
      expect(copy.jointSnapshot()).toEqual(device.jointSnapshot());
      expect(
        [...before.verdicts, ...after.verdicts].filter((verdict) => !isSound(verdict)),
      ).toEqual([]);
    }),
    { numRuns },
  );
});
