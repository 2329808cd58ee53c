/**
 * How far a series has moved from what a model was trained on: its readings are turned into rows by the rule of the
 * training, and the population stability index compares where they lie, feature by feature and by the model's score, with
 * where the training's rows lay.
 *
 * Two things make an index large although nothing has moved. A judge that has just begun gives other rows than one that
 * knows its series: so as many readings are to be measured as the training had of each series. And few periods of a signal,
 * or series of several kinds, lie apart in the training already: so the usual limits rise to what its series showed.
 */
import type { SensorModel } from './model.ts';
import { binOf, populationStability } from './reference.ts';
import { TrainingRows } from './trainingRows.ts';

/** Below 0.1 nothing has changed, above 0.25 it is time to train again (Siddiqi 2006, p. 136). */
const MOVING = 0.1;
const RETRAIN = 0.25;
/** What is to be trained again lies twice as far off as nine tenths of the training's series did; see decisions/0042. */
const SPREADS = 2;

/** Of 1,500 readings, a still series is beyond its limit as often as not. */
const ROWS_MIN = 2_048;
/** Beyond it the beginning weighs nothing: a third of a second of a core. */
const READINGS_MAX = 131_072;

type Measured = Pick<SensorModel, 'forest' | 'reference' | 'spread'>;

export interface SeriesDrift {
  readonly rowCount: number;
  /** the population stability index of each feature, and last of the score */
  readonly indices: readonly number[];
  /** of each, above which it is time to train again */
  readonly limits: readonly number[];
  /** the one that lies farthest beyond its limit */
  readonly worstIndex: number;
  readonly verdict: 'stable' | 'moving' | 'retrain';
}

/** @returns how many of a series' newest readings are to be measured against a model */
export function driftReadings({
  readingCount,
  seriesCount,
}: Pick<SensorModel, 'readingCount' | 'seriesCount'>): number {
  return Math.min(READINGS_MAX, Math.ceil(readingCount / Math.max(1, seriesCount)));
}

export class DriftMeter {
  readonly #model: Measured;
  readonly #rows = new TrainingRows();
  /** of each column of the reference, the rows in each bin */
  #counts: number[][] = [];
  #rowCount = 0;

  constructor(model: Measured) {
    this.#model = model;
    this.begin();
  }

  /** Begins another series; to be called before its first reading. */
  begin(): void {
    this.#rows.begin();
    this.#counts = this.#model.reference.map(({ shares }) => shares.map(() => 0));
    this.#rowCount = 0;
  }

  /** See TrainingRows.take. */
  take(tsUs: number, value: number): void {
    const row = this.#rows.take(tsUs, value);
    if (row === undefined) return;
    this.#rowCount++;
    const { forest, reference } = this.#model;
    for (const [column, one] of reference.entries()) {
      const counts = this.#counts[column];
      const bin = binOf(one, row[column] ?? forest.score(row));
      if (counts !== undefined) counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }

  /** @returns undefined where the series gave too few rows to tell */
  measure(): SeriesDrift | undefined {
    if (this.#rowCount < ROWS_MIN) return undefined;
    const indices = populationStability(this.#model.reference, this.#counts);
    const spreads = indices.map((_, column) => this.#model.spread[column] ?? 0);
    const limits = spreads.map(retrainLimit);
    const beyond = indices.map((index, column) => index / (limits[column] ?? RETRAIN));
    const isMoving = indices.some(
      (index, column) => index > Math.max(MOVING, spreads[column] ?? 0),
    );
    return {
      rowCount: this.#rowCount,
      indices,
      limits,
      worstIndex: beyond.indexOf(Math.max(...beyond)),
      verdict: beyond.some((ratio) => ratio > 1) ? 'retrain' : isMoving ? 'moving' : 'stable',
    };
  }
}

function retrainLimit(spread: number): number {
  return Math.max(RETRAIN, SPREADS * spread);
}
