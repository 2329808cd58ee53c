/**
 * Labelled synthetic series, seeded: what `fernsight generate` writes and the simulator gives live.
 *
 * The four sensors of the first original: level + sine of 100 rows + normal noise. After a clean start, spikes stand
 * at the level plus or minus three deviations of the whole signal, drifts ramp up by two of them over 20 to 50 rows,
 * and dropouts are five rows of 0. The two walks of the second original step by a fixed amount inside a band, and
 * jump out of it for a single row. (Measured on runs of the originals: 5,000 rows have about 120 spikes, two drifts
 * and two dropouts.)
 */
import type { Rng } from '@fernsight/base';
import type { Kind } from '@fernsight/detect';

export interface SyntheticReading {
  readonly value: number;
  /** `none` for a normal reading */
  readonly label: Kind;
}

/** A source of labelled values, one row after the other. */
export interface SyntheticSeries {
  next(): SyntheticReading;
}

interface Signal {
  readonly unit: string;
  readonly level: number;
  readonly noise: number;
  readonly swing: number;
}

interface Walk {
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly anomalyRatio: number;
  /** bands outside of the normal one */
  readonly outside: readonly (readonly [low: number, high: number])[];
}

const SIGNALS = {
  temperature: { unit: '°F', level: 72, noise: 3, swing: 10 },
  pressure: { unit: 'kPa', level: 101.3, noise: 1.5, swing: 0 },
  cpu_usage: { unit: '%', level: 45, noise: 8, swing: 10 },
  network_latency: { unit: 'ms', level: 50, noise: 10, swing: 0 },
} as const satisfies Record<string, Signal>;

const WALKS = {
  room_temperature: {
    unit: '°C',
    low: 18,
    high: 30,
    step: 0.5,
    anomalyRatio: 0.05,
    outside: [[35, 45]],
  },
  humidity: {
    unit: '%',
    low: 40,
    high: 60,
    step: 1,
    anomalyRatio: 0.07,
    outside: [
      [10, 25],
      [80, 95],
    ],
  },
} as const satisfies Record<string, Walk>;

export type SignalType = keyof typeof SIGNALS;
export type WalkType = keyof typeof WALKS;
export type SyntheticType = SignalType | WalkType;

export const SYNTHETIC_TYPES: readonly SyntheticType[] = [
  'temperature',
  'pressure',
  'cpu_usage',
  'network_latency',
  'room_temperature',
  'humidity',
];

/** Rows at the start that hold no anomaly, so that a detector can learn what is normal. */
export const CLEAN_ROWS = 500;
const SEASON_ROWS = 100;
const SPIKE_RATIO = 0.0265;
const DRIFT_RATIO = 2 / 4500;
const DROPOUT_RATIO = 2 / 4500;
const DRIFT_ROWS_MIN = 20;
const DRIFT_ROWS_MAX = 50;
const DROPOUT_ROWS = 5;

export interface SyntheticOptions {
  readonly type: SyntheticType;
  readonly rng: Rng;
  /** rows without anomalies at the start; default CLEAN_ROWS */
  readonly cleanRows?: number | undefined;
  /** multiplies how often anomalies come; 0 for none; default 1 */
  readonly anomalyFactor?: number | undefined;
}

/** @returns an endless series; the same seed gives the same rows */
export function createSynthetic(options: SyntheticOptions): SyntheticSeries {
  const { type } = options;
  return isWalk(type)
    ? new WalkSeries(WALKS[type], options)
    : new SignalSeries(SIGNALS[type], options);
}

/** @returns the unit in which a type's values are */
export function unitOf(type: SyntheticType): string {
  return isWalk(type) ? WALKS[type].unit : SIGNALS[type].unit;
}

function isWalk(type: SyntheticType): type is WalkType {
  return type in WALKS;
}

class SignalSeries implements SyntheticSeries {
  readonly #signal: Signal;
  readonly #rng: Rng;
  readonly #factor: number;
  readonly #deviation: number;
  readonly #cleanRows: number;
  #row = 0;
  /** the drift or dropout under way, and its rows: all, and done */
  #episode: { readonly label: Kind; readonly rows: number; done: number } | undefined;

  constructor(signal: Signal, options: SyntheticOptions) {
    this.#signal = signal;
    this.#rng = options.rng;
    this.#factor = options.anomalyFactor ?? 1;
    this.#cleanRows = options.cleanRows ?? CLEAN_ROWS;
    this.#deviation = Math.sqrt(signal.noise ** 2 + signal.swing ** 2 / 2);
  }

  next(): SyntheticReading {
    const { level, noise, swing } = this.#signal;
    const row = this.#row++;
    const season = swing * Math.sin((2 * Math.PI * row) / SEASON_ROWS);
    const normal = level + season + noise * this.#rng.normal();
    const chance = this.#rng.next();
    const direction = this.#rng.next() < 0.5 ? -1 : 1;
    const episode = this.#episodeAt(row);
    if (episode?.label === 'dropout') return { value: 0, label: 'dropout' };
    if (episode !== undefined) {
      const ramp = (episode.done - 1) / (episode.rows - 1);
      return { value: round(normal + 2 * this.#deviation * ramp), label: 'drift' };
    }
    if (row >= this.#cleanRows && chance < SPIKE_RATIO * this.#factor) {
      return { value: round(level + direction * 3 * this.#deviation), label: 'spike' };
    }
    return { value: round(normal), label: 'none' };
  }

  /** Goes on with the episode under way, or begins one; one row of it is done then. */
  #episodeAt(
    row: number,
  ): { readonly label: Kind; readonly rows: number; done: number } | undefined {
    const chance = this.#rng.next() / Math.max(this.#factor, Number.MIN_VALUE);
    const length = DRIFT_ROWS_MIN + this.#rng.below(DRIFT_ROWS_MAX - DRIFT_ROWS_MIN + 1);
    if (this.#episode !== undefined && this.#episode.done >= this.#episode.rows) {
      this.#episode = undefined;
    }
    if (this.#episode === undefined && row >= this.#cleanRows) {
      if (chance < DRIFT_RATIO) this.#episode = { label: 'drift', rows: length, done: 0 };
      else if (chance < DRIFT_RATIO + DROPOUT_RATIO) {
        this.#episode = { label: 'dropout', rows: DROPOUT_ROWS, done: 0 };
      }
    }
    if (this.#episode !== undefined) this.#episode.done++;
    return this.#episode;
  }
}

class WalkSeries implements SyntheticSeries {
  readonly #walk: Walk;
  readonly #rng: Rng;
  readonly #ratio: number;
  readonly #cleanRows: number;
  #row = 0;
  #value: number;

  constructor(walk: Walk, options: SyntheticOptions) {
    this.#walk = walk;
    this.#rng = options.rng;
    this.#ratio = walk.anomalyRatio * (options.anomalyFactor ?? 1);
    this.#cleanRows = options.cleanRows ?? CLEAN_ROWS;
    this.#value = (walk.low + walk.high) / 2;
  }

  next(): SyntheticReading {
    const { low, high, step, outside } = this.#walk;
    const moved = this.#value + (2 * this.#rng.next() - 1) * step;
    this.#value = Math.min(high, Math.max(low, moved));
    const chance = this.#rng.next();
    const band = outside[this.#rng.below(outside.length)] ?? [low, high];
    const jump = band[0] + this.#rng.next() * (band[1] - band[0]);
    if (this.#row++ >= this.#cleanRows && chance < this.#ratio) {
      return { value: round(jump), label: 'spike' };
    }
    return { value: round(this.#value), label: 'none' };
  }
}

/** Six decimals, as the originals wrote them. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
