import { describe, expect, it } from 'vitest';
import { DeviceJudge } from './deviceJudge.ts';
import { clusterRows } from './forest/sampleRows.ts';
import { createJointVerdict, JointJudge, type JointVerdict } from './jointJudge.ts';
import { JOINT_SENSORS_MAX } from './jointState.ts';
import { ReadingError } from './reading.ts';
import { SeriesJudge } from './seriesJudge.ts';
import { createVerdict } from './verdict.ts';

const SECOND_US = 1e6;
const START_US = 1.7e15;
const noise = clusterRows({ count: 6000, width: 3, seed: 4 });
const at = (row: number, sensor: number) => noise[row * 3 + sensor] ?? 0;

/** Feeds rows of two related sensors and one of its own. @returns the verdicts on the rows that closed */
function feed(device: DeviceJudge, from: number, to: number, flow = coupled): JointVerdict[] {
  const out = createVerdict();
  const rows: JointVerdict[] = [];
  for (let row = from; row < to; row += 1) {
    const tsUs = START_US + row * SECOND_US;
    for (const [sensor, value] of Object.entries(flow(row))) {
      const joint = createJointVerdict();
      if (device.judge(sensor, tsUs, value, out, joint)) rows.push(joint);
    }
  }
  return rows;
}

function coupled(row: number): Record<string, number> {
  const load = at(row, 0);
  return { flow: load, power: load + 0.1 * at(row, 1), heat: at(row, 2) };
}

/** Every value is ordinary, but power goes against flow. */
function torn(row: number): Record<string, number> {
  return { flow: 1.2 + 0.3 * at(row, 0), power: -1.2 + 0.3 * at(row, 1), heat: at(row, 2) };
}

describe('a device', () => {
  it('closes a row at its next stamp, and the verdict is the closed row`s', () => {
    const rows = feed(new DeviceJudge({}), 0, 10);
    expect(rows.map(({ tsUs }) => (tsUs - START_US) / SECOND_US)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  it('finds sensors that break their relation though each value is ordinary', () => {
    const device = new DeviceJudge({});
    const calm = feed(device, 0, 3000);
    expect(calm.slice(1000).filter(({ alarm }) => alarm)).toEqual([]);
    const rows = feed(device, 3000, 3060, torn);
    const last = rows.at(-1);
    expect(last).toMatchObject({ anomaly: true, kind: 'joint' });
    expect(last?.sensors.slice(0, 2).toSorted()).toEqual(['flow', 'power']);
  });

  it('judges a series as a series judge alone does', () => {
    const device = new DeviceJudge({});
    const alone = new SeriesJudge({});
    const [a, b, joint] = [createVerdict(), createVerdict(), createJointVerdict()];
    for (let row = 0; row < 500; row += 1) {
      const tsUs = START_US + row * SECOND_US;
      device.judge('other', tsUs, at(row, 1), a, joint);
      device.judge('flow', tsUs, at(row, 0), a, joint);
      alone.judge(tsUs, at(row, 0), b);
      expect(a).toEqual(b);
    }
  });

  it('goes on bit for bit from its snapshots, in the middle of a row too', () => {
    const device = new DeviceJudge({});
    const out = createVerdict();
    feed(device, 0, 700);
    device.judge('flow', START_US + 700 * SECOND_US, 0.5, out, createJointVerdict());
    const copy = new DeviceJudge({});
    copy.restoreJoint(device.jointSnapshot());
    for (const sensor of device.sensors()) {
      copy.restoreSeries(sensor, device.seriesSnapshot(sensor) ?? new Uint8Array());
    }
    expect(feed(copy, 701, 900)).toEqual(feed(device, 701, 900));
    expect(copy.jointSnapshot()).toEqual(device.jointSnapshot());
  });

  it('judges a late reading alone, in no row', () => {
    const device = new DeviceJudge({});
    const out = createVerdict();
    feed(device, 0, 50);
    const before = device.jointSnapshot();
    expect(device.judge('new', START_US + 10 * SECOND_US, 1, out, createJointVerdict())).toBe(
      false,
    );
    expect(device.jointSnapshot()).toEqual(before);
    expect(device.has('new')).toBe(true);
  });
});

describe('what it refuses', () => {
  it('a reading of a sensor that is new, and leaves no judge behind', () => {
    const device = new DeviceJudge();
    const [out, joint] = [createVerdict(), createJointVerdict()];
    expect(() => device.judge('flow', START_US, Number.NaN, out, joint)).toThrow(ReadingError);
    expect(() => device.judge('flow', Number.POSITIVE_INFINITY, 1, out, joint)).toThrow(
      ReadingError,
    );
    expect(device.has('flow')).toBe(false);
    expect(device.jointSnapshot()).toEqual(new DeviceJudge().jointSnapshot());
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'a joint reading of the value or the stamp %d, and changes nothing',
    (bad) => {
      const judge = new JointJudge();
      const out = createJointVerdict();
      for (let row = 0; row < 200; row += 1) {
        for (const sensor of ['a', 'b']) {
          judge.judge({ sensor, tsUs: START_US + row * SECOND_US, value: at(row, 0) }, out);
        }
      }
      const before = judge.snapshot();
      const later = START_US + 1e9;
      expect(() => judge.judge({ sensor: 'a', tsUs: later, value: bad }, out)).toThrow(
        ReadingError,
      );
      expect(() => judge.judge({ sensor: 'a', tsUs: bad, value: 1 }, out)).toThrow(ReadingError);
      expect(judge.snapshot()).toEqual(before);
    },
  );

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'a budget of %d a week',
    (budgetPerWeek) => {
      expect(() => new DeviceJudge({ budgetPerWeek })).toThrow(RangeError);
      expect(() => new SeriesJudge({ budgetPerWeek })).toThrow(RangeError);
    },
  );
});

describe('the joint judge', () => {
  it.each([1200, 5000])(
    'warms up again when a sensor joins after %i rows, and raises no alarm of it',
    (joins) => {
      const device = new DeviceJudge();
      const flow = (row: number) =>
        row < joins
          ? { a: at(row, 0), b: at(row, 1) }
          : { a: at(row, 0), b: at(row, 1), c: 300 + at(row, 2) };
      const rows = feed(device, 0, joins + 990, flow);
      expect(rows.filter(({ alarm }) => alarm)).toEqual([]);
      const stages = rows.map(({ stage, needed }) => `${stage} ${needed}`);
      expect([stages[joins - 1], stages[joins], stages[joins + 256]]).toEqual([
        'ready 0',
        'rules 256',
        'ready 0',
      ]);
      expect(rows.slice(joins + 256).filter(({ anomaly }) => anomaly).length).toBeLessThan(10);
    },
  );

  it('takes the first sensors up to its bound and ignores the others', () => {
    const judge = new JointJudge({});
    const out = createJointVerdict();
    for (let sensor = 0; sensor < JOINT_SENSORS_MAX + 5; sensor += 1) {
      judge.judge({ sensor: `s${sensor}`, tsUs: START_US, value: sensor }, out);
    }
    expect(judge.sensors()).toHaveLength(JOINT_SENSORS_MAX);
    expect(judge.closeRow(out)).toBe(true);
    expect(judge.closeRow(out)).toBe(false);
  });
});
