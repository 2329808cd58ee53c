/**
 * What judging a reading costs: the window features, and the whole pipeline of one series.
 *
 * Series take turns, reading by reading, as they do in a server, so that the state of each has left the nearest cache
 * when its next reading comes. The thousand are warm: the search for a period, which costs most in the first
 * readings, has gone through its first rounds. Baselines: features recomputed from the last readings, and the original system's detector.
 */
import type { Forest } from '@fernsight/detect';
import type { Detect } from './compiled.ts';
import { type BenchRow, nanoseconds } from './measure.ts';

const SERIES = 1000;
const MANY_SERIES = 20_000;
const FEATURE_SERIES = 10_000;
const WINDOW = 32;
const WARM_READINGS = 1100;
const MANY_WARM_READINGS = 64;
const ROUND_READINGS = 20;
const MANY_ROUND_READINGS = 4;
const SECOND_US = 1e6;
const VALUES = 1 << 16;
const ROUNDS = { warm: 1, counted: 5 };

/** @returns nanoseconds a reading, one row a subject */
export function benchPipeline(detect: Detect): BenchRow[] {
  const values = sampleValues();
  const forest = detect.universalForest();
  return [
    featuresRow(detect, values),
    ...[SERIES, MANY_SERIES].flatMap((series) => {
      const warm = series === SERIES ? WARM_READINGS : MANY_WARM_READINGS;
      const round = series === SERIES ? ROUND_READINGS : MANY_ROUND_READINGS;
      const bare = judges({ detect, series, warm, round, values, forest: undefined });
      const full = judges({ detect, series, warm, round, values, forest });
      const time = nanoseconds({ bare, full, original: original(detect, values) }, ROUNDS);
      const baseline = 'the original detector';
      const slow = time('original');
      return [
        row({ bench: `pipeline.${series}`, value: time('bare'), baseline, slow }),
        row({ bench: `pipeline.forest.${series}`, value: time('full'), baseline, slow }),
      ];
    }),
  ];
}

interface Timed {
  readonly bench: string;
  readonly value: number;
  readonly baseline: string;
  /** nanoseconds of the baseline */
  readonly slow: number;
}

function row({ bench, value, baseline, slow }: Timed): BenchRow {
  return { bench, metric: 'reading', value, unit: 'ns', baseline, ratio: slow / value };
}

interface Subjects {
  readonly detect: Detect;
  readonly series: number;
  readonly warm: number;
  /** readings a series and round */
  readonly round: number;
  readonly values: Float64Array;
  readonly forest: Forest | undefined;
}

function judges({ detect, series, warm, round, values, forest }: Subjects): () => number {
  const out = detect.createVerdict();
  const all = Array.from({ length: series }, () => new detect.SeriesJudge({ forest }));
  let next = 0;
  const feed = (readings: number) => {
    for (let reading = next; reading < next + readings; reading += 1) {
      for (let index = 0; index < series; index += 1) {
        const value = values[(reading * 7 + index * 131) % VALUES] ?? 0;
        all[index]?.judge((reading + 1) * SECOND_US, value, out);
      }
    }
    next += readings;
    return readings * series;
  };
  feed(warm);
  return () => feed(round);
}

/** One series is enough: its cost is not that of memory. */
function original({ catalog, createVerdict }: Detect, values: Float64Array): () => number {
  const count = 1000;
  const tsUs = Float64Array.from({ length: count }, (_, i) => i * SECOND_US);
  const train = { width: 1, count, tsUs, values: values.slice(0, count) };
  const judge = catalog.forest({ width: 1, train, random: chance() });
  const out = createVerdict();
  const reading = new Float64Array(1);
  let next = count;
  return () => {
    for (let i = 0; i < count; i += 1, next += 1) {
      reading[0] = values[next % VALUES] ?? 0;
      judge.judge(next * SECOND_US, reading, out);
    }
    return count;
  };
}

function featuresRow({ Window }: Detect, values: Float64Array): BenchRow {
  const windows = Array.from({ length: FEATURE_SERIES }, () => new Window(WINDOW));
  let next = 0;
  let sum = 0;
  const streamed = () => {
    for (let reading = 0; reading < ROUND_READINGS; reading += 1, next += 1) {
      for (let index = 0; index < FEATURE_SERIES; index += 1) {
        const window = windows[index];
        if (window === undefined) continue;
        window.push(values[(next * 7 + index * 131) % VALUES] ?? 0);
        sum += window.mean() + window.deviation() + window.min() + window.range();
        sum += window.distance() + window.difference();
      }
    }
    return ROUND_READINGS * FEATURE_SERIES;
  };
  const recomputed = () => {
    for (let reading = 0; reading < FEATURE_SERIES; reading += 1) {
      sum += naiveFeatures(values.subarray(reading, reading + WINDOW));
    }
    return FEATURE_SERIES;
  };
  for (let warm = 0; warm < WINDOW; warm += ROUND_READINGS) streamed();
  const time = nanoseconds({ streamed, recomputed }, ROUNDS);
  if (Number.isNaN(sum)) throw new Error('features are not numbers');
  const slow = time('recomputed');
  return row({ bench: 'features', value: time('streamed'), baseline: 'recomputed', slow });
}

function naiveFeatures(last: Float64Array): number {
  const mean = last.reduce((sum, x) => sum + x, 0) / last.length;
  const variance = last.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / last.length;
  const min = last.reduce((least, x) => Math.min(least, x));
  const max = last.reduce((most, x) => Math.max(most, x));
  const value = last.at(-1) ?? 0;
  return mean + Math.sqrt(variance) + min + max - min + value - mean + value - (last.at(-2) ?? 0);
}

/** Noise on a wave, from a fixed seed. */
function sampleValues(): Float64Array {
  const random = chance();
  return Float64Array.from({ length: VALUES }, (_, i) => {
    return 20 + random() + random() + random() + Math.sin(i / 50);
  });
}

/** Lehmer's generator: the numbers only have to vary. */
function chance(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
