/**
 * Readings of series, one after the other, turned into the rows that a model is trained on and later measured against. A
 * series judge judges them, and where it would ask its forest, this listens: a model sees in use exactly such rows. What
 * gives a row: a reading judged when its series was `ready`, and marked by no other channel (I6).
 */
import { SCALE_FREE_WIDTH } from '../features/scaleFree.ts';
import type { RowScorer } from '../forest/rowScorer.ts';
import { SeriesJudge } from '../seriesJudge.ts';
import { createVerdict } from '../verdict.ts';

export class TrainingRows {
  readonly #listener = new Listener();
  readonly #verdict = createVerdict();
  #judge = new SeriesJudge({ forest: this.#listener });

  /** Begins another series; to be called before its first reading. */
  begin(): void {
    this.#judge = new SeriesJudge({ forest: this.#listener });
  }

  /**
   * @param tsUs stamp, integer microseconds UTC, after the one before in this series
   * @param value finite
   * @returns the row, valid until the next reading, or undefined where the reading gives none
   * @throws ReadingError where the stamp or the value is not so; the reading is left out then
   */
  take(tsUs: number, value: number): Float64Array | undefined {
    this.#judge.judge(tsUs, value, this.#verdict);
    const { stage, anomaly } = this.#verdict;
    return stage === 'ready' && !anomaly ? this.#listener.row : undefined;
  }
}

/** Stands where the forest will stand, and keeps the row; every row is ordinary to it. */
class Listener implements RowScorer {
  readonly row = new Float64Array(SCALE_FREE_WIDTH);

  score(row: Float64Array): number {
    this.row.set(row);
    return 0;
  }
}
