/**
 * Training of a model for a sensor type: series -> scale-free features -> forest.
 *
 * Readings come in one by one, series after series, so that files of any length can be read as a
 * stream. Of the rows that they give (`trainingRows.ts`) a fair sample is kept (reservoir, Vitter 1985,
 * algorithm R), so the memory stays bounded.
 */
import { SCALE_FREE_NAMES, SCALE_FREE_VERSION } from '../features/scaleFree.ts';
import { trainForest } from '../forest/train.ts';
import { ModelError } from '../modelError.ts';
import { parseSensorType, type SensorModel } from './model.ts';
import { columnOf, referenceOf, spreadOf } from './reference.ts';
import { requireSight } from './sight.ts';
import { TrainingRows } from './trainingRows.ts';

/** Rows kept for the forest and the reference: 4 MB. A million readings leave one in fifteen. */
const TRAINING_ROWS_MAX = 65_536;

/** Two samples of a tree: below that the trees hardly differ, and scores mean little. */
const TRAINING_ROWS_MIN = 512;

export interface TrainingStart {
  /** what the model is for, e.g. `temperature` */
  readonly sensorType: string;
  /** uniform in [0, 1), seeded by the caller */
  readonly random: () => number;
  readonly trees?: number;
  readonly sample?: number;
}

const WIDTH = SCALE_FREE_NAMES.length;

export class Training {
  readonly #start: TrainingStart;
  readonly #rows = new Float64Array(TRAINING_ROWS_MAX * WIDTH);
  /** of each row, its series */
  readonly #series = new Uint32Array(TRAINING_ROWS_MAX);
  readonly #source = new TrainingRows();
  #seriesCount = 0;
  #readingCount = 0;
  #rowsSeen = 0;

  /** @throws ModelError on a sensor type that is no name */
  constructor(start: TrainingStart) {
    parseSensorType(start.sensorType);
    this.#start = start;
  }

  /** Begins another series; to be called before its first reading. */
  begin(): void {
    this.#source.begin();
    this.#seriesCount += 1;
  }

  /**
   * @param tsUs stamp, integer microseconds UTC, after the one before in this series
   * @param value finite
   * @throws ReadingError where the stamp or the value is not so; the reading is left out then
   */
  take(tsUs: number, value: number): void {
    const row = this.#source.take(tsUs, value);
    this.#readingCount += 1;
    if (row === undefined) return;
    const place = this.#place();
    if (place >= TRAINING_ROWS_MAX) return;
    this.#rows.set(row, place * WIDTH);
    this.#series[place] = this.#seriesCount;
  }

  /** @throws ModelError where there were too few readings, or what comes of them is blind */
  finish(): SensorModel {
    const { sensorType } = this.#start;
    const rowCount = Math.min(this.#rowsSeen, TRAINING_ROWS_MAX);
    if (rowCount < TRAINING_ROWS_MIN) {
      const message = `${this.#readingCount} readings give ${rowCount} rows`;
      const hint = `Give readings for at least ${TRAINING_ROWS_MIN} rows; a series' first 256 give none.`;
      throw new ModelError('model.train', message, hint);
    }
    const rows = this.#rows.subarray(0, rowCount * WIDTH);
    const forest = trainForest(rows, WIDTH, this.#start);
    const scores = new Float64Array(rowCount);
    forest.scoreRows(rows, scores);
    const reference = [...referenceOf(rows, WIDTH), ...referenceOf(scores, 1)];
    const columns = SCALE_FREE_NAMES.map((_, feature) => columnOf(rows, { width: WIDTH, feature }));
    const model: SensorModel = {
      sensorType,
      featureVersion: SCALE_FREE_VERSION,
      features: SCALE_FREE_NAMES,
      seriesCount: this.#seriesCount,
      readingCount: this.#readingCount,
      rowCount,
      reference,
      spread: spreadOf(reference, [...columns, scores], this.#series.subarray(0, rowCount)),
      forest,
    };
    requireSight(model);
    return model;
  }

  /** Where this row goes; at or beyond TRAINING_ROWS_MAX it is left out. */
  #place(): number {
    const seen = this.#rowsSeen++;
    if (seen < TRAINING_ROWS_MAX) return seen;
    return Math.floor(this.#start.random() * (seen + 1));
  }
}
