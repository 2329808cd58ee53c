import { describe, expect, test } from 'vitest';
import { readLines } from './lineProtocol.ts';

const read = (text: string, precision: 'ns' | 's' = 'ns') =>
  readLines(Buffer.from(text), { receivedUs: 7, precision });

describe('line protocol', () => {
  test('takes the device from its tag, and the sensor from measurement and field', () => {
    const { parcel } = read(
      'env,device=kiln\\ 1,site=x temperature=21.5,humidity=40i 1465839830100400200\n',
    );
    expect(parcel.runs).toMatchObject([
      { device: 'kiln 1', sensor: 'env.temperature' },
      { device: 'kiln 1', sensor: 'env.humidity' },
    ]);
    expect([...parcel.value]).toEqual([21.5, 40]);
    expect([...parcel.tsUs]).toEqual([1_465_839_830_100_400, 1_465_839_830_100_400]);
  });

  test('calls a field with a plain name by its measurement', () => {
    expect(read('temperature,host=a value=1 5', 's').parcel.runs).toMatchObject([
      { device: 'a', sensor: 'temperature' },
    ]);
  });

  test('without a tag is of the device that the measurement names', () => {
    expect(read('pump1 flow=1').parcel).toMatchObject({
      runs: [{ device: 'pump1', sensor: 'flow' }],
      tsUs: { 0: 7 },
    });
  });

  test('keeps numbers beside text, and refuses a line without any', () => {
    const { parcel, errors } = read(
      'a,device=d v=1,note="x, y=2",on=t 1\nb,device=d note="only" 2',
    );
    expect(parcel.value.length).toBe(1);
    expect(errors.list()).toMatchObject([{ at: 'line 2', message: 'has no numeric field' }]);
  });

  test('moves equal stamps of one series on by a microsecond', () => {
    expect([
      ...read('a,device=d v=1 5\na,device=d v=2 5\na,device=d v=3 5', 's').parcel.tsUs,
    ]).toEqual([5e6, 5e6 + 1, 5e6 + 2]);
  });
});
