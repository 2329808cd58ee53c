/**
 * Series in which nothing happens, to count false alarms on: around 20, with a deviation near 1, for ever.
 *
 * white: independent normal · ar: AR(1) with coefficient 0.9, so deviations last · student: t with three degrees of
 * freedom, so one reading in 60,000 lies 25 deviations out · seasonal: white on a daily sine of amplitude 3.
 */
import { log } from '../math.ts';

export const NOISES = ['white', 'ar', 'student', 'seasonal'] as const;
export type NoiseName = (typeof NOISES)[number];

const LEVEL = 20;
const PERSISTENCE = 0.9;
const SEASON_AMPLITUDE = 3;
const SECONDS_PER_DAY = 86_400;
/** cos and sin of one second's turn, 2π / 86,400 */
const TURN_COS = 0.9999999973557515;
const TURN_SIN = 0.00007272205210233201;

/**
 * @param random uniform in [0, 1). @returns the value of the next second, at each call. Nothing is allocated per value.
 */
export function createNoise(name: NoiseName, random: () => number): () => number {
  const normal = createNormal(random);
  switch (name) {
    case 'white':
      return () => LEVEL + normal();
    case 'ar':
      return createAutoregression(normal);
    case 'student':
      return () => {
        const a = normal();
        const b = normal();
        const c = normal();
        return LEVEL + normal() / Math.sqrt((a * a + b * b + c * c) / 3);
      };
    case 'seasonal':
      return createSeason(normal);
  }
}

/** Scaled so that its deviation is 1. */
function createAutoregression(normal: () => number): () => number {
  const innovation = Math.sqrt(1 - PERSISTENCE * PERSISTENCE);
  let state = normal();
  return () => {
    state = PERSISTENCE * state + innovation * normal();
    return LEVEL + state;
  };
}

/** The sine turns by a fixed angle a second and starts afresh each day, so that rounding cannot add up. */
function createSeason(normal: () => number): () => number {
  let second = 0;
  let sine = 0;
  let cosine = 1;
  return () => {
    const value = LEVEL + SEASON_AMPLITUDE * sine + normal();
    second += 1;
    const next = sine * TURN_COS + cosine * TURN_SIN;
    cosine = cosine * TURN_COS - sine * TURN_SIN;
    sine = next;
    if (second % SECONDS_PER_DAY === 0) {
      sine = 0;
      cosine = 1;
    }
    return value;
  };
}

/** Marsaglia's polar method, with our own logarithm: the same draws on every engine. */
function createNormal(random: () => number): () => number {
  let spare = Number.NaN;
  return () => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    for (;;) {
      const u = 2 * random() - 1;
      const v = 2 * random() - 1;
      const s = u * u + v * v;
      if (s === 0 || s >= 1) continue;
      const scale = Math.sqrt((-2 * log(s)) / s);
      spare = v * scale;
      return u * scale;
    }
  };
}
