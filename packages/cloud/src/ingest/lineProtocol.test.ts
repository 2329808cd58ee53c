import { describe, expect, test } from 'vitest';
import { readLines } from './lineProtocol.ts';

const read = (text: string, precision: 'ns' | 's' = 'ns') =>
  readLines(Buffer.from(text), { receivedUs: 7, precision });

describe('line protocol', () => {
  test('takes the device from its tag, and the sensor from measurement and field', () => {
    const { parcel } = read(
      'env,device=kiln\\ 1 temperature=21.5,humidity=40i 1465839830100400200\n',
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

  test('tells series apart by their other tags, in whatever order they come', () => {
    const sensorsOf = (text: string) => read(text).parcel.runs.map(({ sensor }) => sensor);
    expect(sensorsOf('cpu,host=a,cpu=cpu0 usage=1 5\ncpu,host=a,cpu=cpu1 usage=2 5')).toEqual([
      'cpu.usage{cpu=cpu0}',
      'cpu.usage{cpu=cpu1}',
    ]);
    const [one, ...others] = sensorsOf(
      'disk,host=a,path=/var,fstype=ext4 free=1i\ndisk,fstype=ext4,path=/var,host=a free=2i',
    );
    expect([one, others]).toEqual(['disk.free{fstype=ext4,path=%2Fvar}', []]);
    expect(sensorsOf('temp,device=d,site=x value=1')).toEqual(['temp{site=x}']);
    expect(sensorsOf('pump1,site=x flow=1')).toEqual(['flow{site=x}']);
    expect(sensorsOf('a,host=h,x=1\\,y\\=2 v=1\na,host=h,x=1,y=2 v=1')).toEqual([
      'a.v{x=1%2Cy%3D2}',
      'a.v{x=1,y=2}',
    ]);
  });

  test('refuses a name that its tags make too long', () => {
    const { errors, parcel } = read(`a,host=h,x=${'x'.repeat(130)} v=1\na,host=h v=2`);
    expect(errors.list()).toMatchObject([
      { at: expect.stringMatching(/^line 1/), message: expect.stringMatching(/is no name/) },
    ]);
    expect(parcel.value.length).toBe(1);
  });

  test('keeps numbers beside text, and refuses a line without any', () => {
    const { parcel, errors } = read(
      'a,device=d v=1,note="x, y=2",on=t 1\nb,device=d note="only" 2',
    );
    expect(parcel.value.length).toBe(1);
    expect(errors.list()).toMatchObject([{ at: 'line 2', message: 'has no numeric field' }]);
  });

  test('takes a line break in quoted text for a part of it', () => {
    const { parcel, errors } = read(
      'log,host=a msg="one\n# \\"two\\"\nlog,host=other v=5\n",v=1 7\nlog,host=a v=2 8\nlog,host=a v=x 9',
      's',
    );
    expect(parcel.runs).toMatchObject([{ device: 'a', sensor: 'log.v', count: 2 }]);
    expect([...parcel.tsUs]).toEqual([7e6, 8e6]);
    expect(errors.list()).toMatchObject([{ at: 'line 6/v' }]);
  });

  test('refuses a line whose text has no end, and keeps those behind it', () => {
    const { parcel, errors } = read('a,device=d v=1,note="x\na,device=d v=2\na,device=d v=3 4');
    expect([...parcel.value]).toEqual([2, 3]);
    expect(errors.list()).toMatchObject([{ at: 'line 1', message: 'text in quotes has no end' }]);
  });

  test('of quotes that never pair takes no time to speak of', { timeout: 5_000 }, () => {
    expect(read(`m f=1\n${'" b="\n'.repeat(19_000)}`).parcel.value.length).toBe(1);
    expect(read(`m f=1\n${'m b="\n'.repeat(19_001)}`).parcel.value.length).toBe(1);
  });

  test('takes a quote in a name or a tag for a character like others', () => {
    const { parcel, errors } = read('pipe,host=a,size=5" flow"=2 7\npipe,host="a flow=3', 's');
    expect(errors.list()).toEqual([]);
    expect(parcel.runs).toMatchObject([
      { device: 'a', sensor: 'pipe.flow"{size=5"}' },
      { device: '"a', sensor: 'pipe.flow' },
    ]);
  });

  test('refuses a field by itself, and keeps those before and behind it', () => {
    const { parcel, errors } = read('env,device=d t=1,h=nan,p=1e999,=2,c=4 5', 's');
    expect([...parcel.value]).toEqual([1, 4]);
    expect(errors.list()).toMatchObject([
      { at: 'line 1/h', message: '"nan" is not a finite number' },
      { at: 'line 1/p', message: '"1e999" is not a finite number' },
      { at: 'line 1', message: '"=2" is no field' },
    ]);
    expect(parcel.rejected).toEqual([{ device: 'd', count: 3 }]);
  });

  test('moves equal stamps of one series on by a microsecond', () => {
    expect([
      ...read('a,device=d v=1 5\na,device=d v=2 5\na,device=d v=3 5', 's').parcel.tsUs,
    ]).toEqual([5e6, 5e6 + 1, 5e6 + 2]);
  });
});
