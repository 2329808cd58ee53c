/**
 * Series of many kinds, as sensors give them when nothing is wrong: what the universal forest learns.
 *
 * They come from a seed and the four operations alone (normals are sums of uniforms, waves are
 * parabolas), so that every machine makes the same forest. They are written from what sensors do,
 * not from any data set.
 */
import type { Rng } from '@fernsight/base';

export interface SampleSeries {
  readonly kind: string;
  /** microseconds between readings */
  readonly intervalUs: number;
  readonly values: Float64Array;
}

type Step = (index: number) => number;
/** Draws a sensor's own parameters, then gives its values one by one. */
type Kind = (rng: Rng) => Step;

const KINDS: Record<string, Kind> = {
  white: (rng) => () => normal(rng),
  heavyTailed: (rng) => () => studentThree(rng),
  uniform: (rng) => () => rng.next(),
  skewed: (rng) => () => 1 / Math.sqrt(1 - rng.next()),
  autoregressive: (rng) => autoregressive(rng, 0.5 + 0.49 * rng.next()),
  smooth: (rng) => smooth(rng),
  wandering: (rng) => autoregressive(rng, 0.999),
  seasonal: (rng) => seasonal(rng),
  twoSeasons: (rng) => twoSeasons(rng),
  seasonalAutoregressive: (rng) => sum(seasonal(rng), autoregressive(rng, 0.8)),
  switching: (rng) => switching(rng),
  levels: (rng) => levels(rng),
  quantised: (rng) => quantised(sum(seasonal(rng), autoregressive(rng, 0.9)), 0.5 + rng.next()),
  coarse: (rng) => quantised(autoregressive(rng, 0.97), 1 + 2 * rng.next()),
  counter: (rng) => counter(rng),
  sawtooth: (rng) => sawtooth(rng),
  bursts: (rng) => bursts(rng),
  mostlyZero: (rng) => mostlyZero(rng),
  growingNoise: (rng) => growingNoise(rng),
};

const INTERVALS_US = [1e6, 10e6, 60e6, 300e6];

/** @returns `each` series of every kind, each with parameters, scale, offset and interval of its own */
export function sampleSeries(
  rng: Rng,
  { each, count }: { each: number; count: number },
): SampleSeries[] {
  return Object.entries(KINDS).flatMap(([kind, make]) =>
    Array.from({ length: each }, (_, number) => {
      const own = rng.fork(`${kind}/${number}`);
      const step = make(own);
      const scale = [0.01, 1, 30, 1000][own.below(4)] ?? 1;
      const offset = scale * 20 * (own.next() - 0.25);
      return {
        kind,
        intervalUs: INTERVALS_US[own.below(INTERVALS_US.length)] ?? 1e6,
        values: Float64Array.from({ length: count }, (_, index) => offset + scale * step(index)),
      };
    }),
  );
}

/** Irwin-Hall: twelve uniforms have variance 1. */
function normal(rng: Rng): number {
  let total = -6;
  for (let term = 0; term < 12; term++) total += rng.next();
  return total;
}

/** Student's t with three degrees of freedom. */
function studentThree(rng: Rng): number {
  const [a, b, c] = [normal(rng), normal(rng), normal(rng)];
  return normal(rng) / Math.sqrt((a * a + b * b + c * c) / 3 + 1e-9);
}

/** A wave of period 1 and amplitude 1 from two parabolas, within 6 % of a sine. */
function wave(phase: number): number {
  const part = phase - Math.floor(phase);
  return part < 0.5 ? 16 * part * (0.5 - part) : -16 * (part - 0.5) * (1 - part);
}

function autoregressive(rng: Rng, memory: number): Step {
  const shock = Math.sqrt(1 - memory * memory);
  let value = normal(rng);
  return () => {
    value = memory * value + shock * normal(rng);
    return value;
  };
}

/** A slow thing measured well: heat in a wall. */
function smooth(rng: Rng): Step {
  const fast = autoregressive(rng, 0.97);
  const noise = 0.02 * rng.next();
  let value = 0;
  return () => {
    value += 0.05 * (fast(0) - value);
    return value + noise * normal(rng);
  };
}

function seasonal(rng: Rng): Step {
  const period = 20 + rng.below(400);
  const start = rng.next();
  const noise = 0.05 + 0.5 * rng.next();
  return (index) => wave(index / period + start) + noise * normal(rng);
}

function twoSeasons(rng: Rng): Step {
  const short = 12 + rng.below(60);
  const long = short * 7;
  const noise = 0.05 + 0.3 * rng.next();
  return (index) => wave(index / short) + 0.7 * wave(index / long) + noise * normal(rng);
}

/** A machine that is on or off for a while. */
function switching(rng: Rng): Step {
  const noise = 0.02 + 0.1 * rng.next();
  const stay = 20 + rng.below(200);
  let on = 0;
  return () => {
    if (rng.below(stay) === 0) on = 1 - on;
    return 5 * on + noise * normal(rng);
  };
}

/** A set point that people move now and then. */
function levels(rng: Rng): Step {
  const noise = 0.1 + 0.2 * rng.next();
  let level = 0;
  return () => {
    if (rng.below(400) === 0) level = 3 * normal(rng);
    return level + noise * normal(rng);
  };
}

function quantised(step: Step, unit: number): Step {
  return (index) => unit * Math.round(step(index) / unit);
}

/** A meter: it only rises, and starts again at a reset. */
function counter(rng: Rng): Step {
  const rate = 1 + rng.next();
  let value = 0;
  return () => {
    value = rng.below(1500) === 0 ? 0 : value + rate * rng.next();
    return value;
  };
}

/** A tank: it drains and is filled again. */
function sawtooth(rng: Rng): Step {
  const period = 50 + rng.below(300);
  const noise = 0.01 + 0.05 * rng.next();
  return (index) => 1 - (index % period) / period + noise * normal(rng);
}

/** Traffic: small most of the time, with runs of much. */
function bursts(rng: Rng): Step {
  const rare = 20 + rng.below(60);
  let left = 0;
  return () => {
    if (left > 0) left -= 1;
    else if (rng.below(rare) === 0) left = 3 + rng.below(15);
    const base = 0.2 * Math.abs(normal(rng));
    return left > 0 ? base + 3 / Math.sqrt(1 - 0.9 * rng.next()) : base;
  };
}

/** Rain, errors: nothing, and now and then something. */
function mostlyZero(rng: Rng): Step {
  const rare = 8 + rng.below(30);
  return () => (rng.below(rare) === 0 ? 1 + rng.below(5) : 0);
}

/** Noise whose size swings with the load. */
function growingNoise(rng: Rng): Step {
  const period = 100 + rng.below(300);
  return (index) => (1.2 + wave(index / period)) * normal(rng);
}

function sum(one: Step, other: Step): Step {
  return (index) => one(index) + other(index);
}
