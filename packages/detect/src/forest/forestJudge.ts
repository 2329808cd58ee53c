/**
 * The original system's detector as it was, so that every other can be compared with it at any time.
 *
 * For each sensor: eight features of a window of ten readings (the first reading fills what is not
 * there yet), standardised; an Isolation Forest of 100 trees of 256 rows as scikit-learn fits it;
 * anomalous is what scores above the 95th percentile of the training scores (`contamination` 0.05).
 * It knows no budget, no kinds and no drift, and never learns again.
 *
 * The original had to be trained beforehand. Without a training series this one collects its first
 * 512 readings, silent meanwhile, and trains on them. A row's verdict is that of its worst sensor.
 */
import { Window, windowNumbers, windowPlaces } from '../features/window.ts';
import { requireFiniteRow } from '../reading.ts';
import type {
  ResumableJudge,
  ResumableJudgeFactory,
  ResumableOptions,
  RowBlock,
} from '../rowJudge.ts';
import { PackedArrays, packArrays } from '../rowSnapshot.ts';
import { clearVerdict, SCORE_STEPS, type Verdict } from '../verdict.ts';
import { decodeForest, encodeForest } from './codec.ts';
import type { Forest } from './forest.ts';
import { trainForest } from './train.ts';
import { FLOAT32_MAX } from './trees.ts';

const WINDOW_LENGTH = 10;
const WIDTH = 8;
const CONTAMINATION = 0.05;
/** Twice a tree's sample, so that the trees differ. */
const COLD_READINGS = 512;
/** Greater values count as this: the squares in a window stay finite, and no sensor measures it. */
const VALUE_MAX = 1e100;

export const createForestJudge: ResumableJudgeFactory = (options) => new ForestJudge(options);

class ForestJudge implements ResumableJudge {
  readonly width: number;
  readonly #sensors: SensorForest[];
  /** numbers drawn: sensors that miss values train later than others, from where the chance stands then */
  #draws = 0;

  constructor({ width, train, random, snapshot }: ResumableOptions) {
    const draw = () => {
      this.#draws += 1;
      return random();
    };
    this.width = width;
    this.#sensors = Array.from({ length: width }, (_, column) => {
      const values = snapshot === undefined ? presentValues(train, column) : new Float64Array();
      return new SensorForest(values, draw);
    });
    if (snapshot === undefined) return;
    const packed = new PackedArrays('f', width, snapshot);
    const [draws = 0] = packed.float64();
    for (const sensor of this.#sensors) sensor.restore(packed);
    while (this.#draws < draws) draw();
  }

  /** The forests are a part of it, as the model files have them: about 55 KB a sensor. */
  snapshot(): Uint8Array {
    const sensors = this.#sensors.flatMap((sensor) => sensor.arrays());
    return packArrays('f', this.width, [Float64Array.of(this.#draws), ...sensors]);
  }

  /** @throws ReadingError on an infinite value; nothing was learnt then */
  judge(_tsUs: number, row: Float64Array, out: Verdict): void {
    requireFiniteRow(row);
    let margin = -Infinity;
    clearVerdict(out);
    for (const [column, sensor] of this.#sensors.entries()) {
      const value = row[column] ?? Number.NaN;
      const score = Number.isNaN(value) ? 0 : sensor.score(value);
      out.needed = Math.max(out.needed, sensor.needed);
      if (score - sensor.threshold <= margin) continue;
      margin = score - sensor.threshold;
      out.score = score;
      out.threshold = sensor.threshold;
    }
    describe(out);
  }
}

function presentValues(train: RowBlock | undefined, column: number): Float64Array {
  const values = Float64Array.from({ length: train?.count ?? 0 }, (_, row) => {
    return train?.values[row * train.width + column] ?? Number.NaN;
  });
  return values.filter((value) => !Number.isNaN(value));
}

function describe(out: Verdict): void {
  out.anomaly = out.score >= out.threshold;
  out.alarm = out.anomaly;
  out.kind = out.anomaly ? 'spike' : 'none';
  out.stage = out.needed > 0 ? 'warming' : 'ready';
  out.channels[0] = 'forest';
  out.weights[0] = 1;
}

class SensorForest {
  /** readings still needed until the forest is trained */
  needed: number;
  /** the least score of an anomaly */
  threshold = 1;
  readonly #random: () => number;
  readonly #memory = {
    numbers: new Float64Array(windowNumbers(WINDOW_LENGTH)),
    places: new Uint8Array(windowPlaces(WINDOW_LENGTH)),
  };
  readonly #window = new Window(WINDOW_LENGTH, this.#memory);
  readonly #row = new Float64Array(WIDTH);
  readonly #mean = new Float64Array(WIDTH);
  readonly #deviation = new Float64Array(WIDTH);
  /** rows collected before the training, then empty */
  #rows: Float64Array;
  #forest: Forest | null = null;

  /** @param training values in time order; fewer than two are none */
  constructor(training: Float64Array, random: () => number) {
    this.#random = random;
    const count = training.length < 2 ? COLD_READINGS : training.length;
    this.#rows = new Float64Array(count * WIDTH);
    this.needed = count;
    if (training.length < 2) return;
    for (const value of training) this.#collect(value);
    this.#memory.numbers.fill(0);
    this.#memory.places.fill(0);
  }

  arrays(): ArrayBufferView[] {
    return [
      Float64Array.of(this.needed, this.threshold),
      ...this.#fixed(),
      this.#rows,
      this.#forest === null ? new Uint8Array() : encodeForest(this.#forest),
    ];
  }

  /** @throws {SnapshotError} */
  restore(packed: PackedArrays): void {
    const [needed = 0, threshold = 1] = packed.float64();
    this.needed = needed;
    this.threshold = threshold;
    for (const array of this.#fixed()) packed.fill(array);
    this.#rows = packed.float64();
    const forest = packed.bytes();
    this.#forest = forest.length === 0 ? null : decodeForest(forest);
  }

  #fixed(): ArrayBufferView[] {
    return [this.#memory.numbers, this.#memory.places, this.#mean, this.#deviation];
  }

  /** @param value finite. @returns a multiple of 1/65535; 0 before the training */
  score(value: number): number {
    if (this.#forest === null) {
      this.#collect(value);
      return 0;
    }
    this.#push(value);
    this.#standardise(this.#row, 0);
    return this.#forest.score(this.#row);
  }

  #collect(value: number): void {
    this.#push(value);
    this.#rows.set(this.#row, this.#rows.length - this.needed * WIDTH);
    this.needed -= 1;
    if (this.needed === 0) this.#train();
  }

  #push(value: number): void {
    const window = this.#window;
    const row = this.#row;
    window.push(Math.max(-VALUE_MAX, Math.min(VALUE_MAX, value)));
    row[0] = window.value();
    row[1] = window.mean();
    row[2] = window.deviation();
    row[3] = window.max();
    row[4] = window.min();
    row[5] = window.distance();
    row[6] = window.range();
    row[7] = window.difference();
  }

  #train(): void {
    const rows = this.#rows;
    const count = rows.length / WIDTH;
    for (let feature = 0; feature < WIDTH; feature++) this.#measure(rows, feature);
    for (let at = 0; at < rows.length; at += WIDTH) this.#standardise(rows, at);
    this.#forest = trainForest(rows, WIDTH, { random: this.#random });
    const scores = new Float64Array(count);
    this.#forest.scoreRows(rows, scores);
    const percentile = quantile(scores.sort(), 1 - CONTAMINATION);
    this.threshold = (Math.floor(percentile * SCORE_STEPS) + 1) / SCORE_STEPS;
    this.#rows = new Float64Array(0);
  }

  #measure(rows: Float64Array, feature: number): void {
    const count = rows.length / WIDTH;
    let mean = 0;
    for (let at = feature; at < rows.length; at += WIDTH) mean += (rows[at] ?? 0) / count;
    let variance = 0;
    for (let at = feature; at < rows.length; at += WIDTH) {
      const distance = (rows[at] ?? 0) - mean;
      variance += (distance * distance) / count;
    }
    this.#mean[feature] = mean;
    this.#deviation[feature] = variance > 0 ? Math.sqrt(variance) : 1;
  }

  #standardise(rows: Float64Array, at: number): void {
    for (let feature = 0; feature < WIDTH; feature++) {
      const distance = (rows[at + feature] ?? 0) - (this.#mean[feature] ?? 0);
      const scaled = distance / (this.#deviation[feature] ?? 1);
      rows[at + feature] = Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, scaled));
    }
  }
}

/** Linear between neighbours, as `numpy.percentile` has it. @param sorted ascending, not empty */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? 0;
  const high = sorted[below + 1] ?? low;
  return low + (position - below) * (high - low);
}
