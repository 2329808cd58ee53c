/** What a series judge asks of a forest: to score its feature vector. Training listens in its place. */
export interface RowScorer {
  /** @param row features, finite; reused by the caller. @returns a multiple of 1/65535 in [0, 1] */
  score(row: Float64Array): number;
}
