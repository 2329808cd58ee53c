import { describe, expect, it } from 'vitest';
import { explain } from './explain.ts';
import { clusterRows } from './forest/sampleRows.ts';
import { SeriesJudge, type SeriesOptions } from './seriesJudge.ts';
import { createVerdict, type Verdict } from './verdict.ts';

const MINUTE_US = 60e6;
const START_US = 1.7e15;
const noise = clusterRows({ count: 3000, width: 1, seed: 9 });
const steady = Array.from(noise.subarray(0, 2000), (x) => 22.4 + 0.4 * x);
const x = (index: number) => noise[2000 + index] ?? 0;

/** Judges the readings, then the last ones. @returns what is said of each of those */
function told(before: readonly number[], last: readonly number[], options?: SeriesOptions) {
  const judge = new SeriesJudge(options);
  const out = createVerdict();
  const sentences = [...before, ...last].map((value, index) => {
    judge.judge(START_US + index * MINUTE_US, value, out);
    return explain(out, { sensor: 'temperature', unit: '°C', value });
  });
  return sentences.slice(before.length);
}

/** @returns the words behind the colon, where a reading was marked */
function marks(sentences: readonly string[]): string[] {
  return sentences
    .map((sentence) => sentence.split(': ')[1] ?? '')
    .filter((words) => !words.startsWith('normal'));
}

describe('a sentence', () => {
  it('says what was read, what was expected and what is wrong', () => {
    const verdict = { ...createVerdict(), anomaly: true, kind: 'spike' as const };
    const band = { expected: 22.4, lower: 21.3, upper: 23.5, channels: ['time of day' as const] };
    const of = { sensor: 'temperature', unit: '°C', value: 31.2 };
    expect(explain({ ...verdict, ...band }, of)).toBe(
      'temperature 31.2 °C, expected 22.4 ± 1.1 for this hour: spike',
    );
    const second: Verdict = { ...verdict, ...band, channels: ['spike', 'time of day', 'none'] };
    expect(explain(second, of)).toBe('temperature 31.2 °C, expected 22.4 ± 1.1: spike');
  });

  it('writes as many digits as tell the value from the expected one', () => {
    const constant = (value: number) => Array<number>(500).fill(value);
    expect(told(constant(20.04), [20.06])).toEqual([
      'temperature 20.060 °C, expected 20.040 ± 0.000: spike',
    ]);
    const counter = Array.from({ length: 500 }, (_, i) => 1_234_567_890 + i + x(i));
    expect(told(counter, [1_234_568_490])[0]).toMatch(
      /^temperature 1234568490 °C, expected 12345683\d\d ± \d+: spike$/,
    );
    expect(told(steady.map((value) => value - 22.4).slice(0, 500), [-9])[0]).not.toContain('-0.0');
  });

  it('speaks of the hour only where what it expected is the hour`s', () => {
    const band = { expected: 22.4, lower: 21.3, upper: 23.5, channels: ['time of day' as const] };
    const verdict = { ...createVerdict(), ...band, stage: 'ready' as const };
    const of = { sensor: 'temperature', unit: '°C', value: 23.1 };
    expect(explain(verdict, of)).toBe('temperature 23.1 °C, expected 22.4 ± 1.1: normal');
  });

  it('says how much is still to be learnt', () => {
    expect(told([], [3])).toEqual(['temperature 3.0 °C: normal so far (256 more to learn)']);
    expect(told([3, 3], [3])[0]).toMatch(
      /expected 3.0 ± 0.0: normal so far \(254 more to learn\)$/,
    );
  });

  it('calls a value a spike while it stands alone', () => {
    const [spike, after] = told(steady, [31.2, 22.4]);
    expect(spike).toMatch(/^temperature 31\.2 °C, expected 22\.\d ± 1\.\d: spike$/);
    expect(after).toMatch(/: normal$/);
  });

  it('calls it a shift when those before it were as far off', () => {
    const words = marks(
      told(
        steady,
        Array.from({ length: 60 }, (_, i) => 26.4 + 0.4 * x(i)),
      ),
    );
    expect(words[0]).toBe('spike');
    expect(words.length).toBe(60);
    expect(new Set(words.slice(5))).toEqual(new Set(['shift']));
  });

  it('calls it noise when they were far off on both sides', () => {
    const wild = Array.from({ length: 400 }, (_, i) => 22.4 + 2 * x(i));
    const words = marks(told(steady, wild)).slice(60);
    const noisy = words.filter((word) => word === 'noisier than usual');
    expect(words.length).toBeGreaterThan(60);
    expect(noisy.length / words.length).toBeGreaterThan(0.8);
  });

  it('calls a slow climb a drift', () => {
    const climb = Array.from({ length: 60 }, (_, i) => 22.4 + 0.2 * x(i) + i / 60);
    const words = marks(told(steady, climb));
    expect(words.filter((word) => word === 'drift').length).toBeGreaterThan(words.length / 2);
  });

  it('says of a sensor that is at fault that it is', () => {
    const fault = 'the sensor itself may be at fault';
    expect(marks(told(steady, [0]))).toEqual([`dropout, ${fault}`]);
    const [stuck] = marks(told(steady, Array<number>(20).fill(22.5)));
    expect(stuck).toBe(`stuck at one value, ${fault}`);
  });

  it('says of a limit that it was broken, from the first reading on', () => {
    const limits = { min: 0, max: 30 };
    expect(told([], [31], { limits })).toEqual(['temperature 31 °C: outside its limits']);
    expect(told(steady, [-1], { limits })[0]).toMatch(/ ± 1\.\d: outside its limits$/);
    expect(told(steady, [-1], { limits: { max: 30 } })[0]).toMatch(/: spike$/);
  });

  it('names each channel once', () => {
    const judge = new SeriesJudge();
    const out = createVerdict();
    for (const [index, value] of [...steady, 31, 22, 26, 0, 40].entries()) {
      judge.judge(START_US + index * MINUTE_US, value, out);
      const named = out.channels.filter((channel) => channel !== 'none');
      expect(new Set(named).size).toBe(named.length);
    }
  });
});
