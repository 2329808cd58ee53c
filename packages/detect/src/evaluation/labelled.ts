/**
 * Rows with what really happened beside them, and the judgement of a detector over such rows.
 *
 * Judging is causal by construction: rows go in one at a time and in order, and nothing is scored twice. The labels
 * never reach the judge.
 */
import type { RowBlock, RowJudge } from '../rowJudge.ts';
import { createVerdict } from '../verdict.ts';

export interface LabelledRows extends RowBlock {
  /** the file or entity, for the tables */
  readonly name: string;
  /** 1 where the row is anomalous, length count */
  readonly labels: Uint8Array;
  /** what was injected, per row, '' where nothing; null where the set does not say */
  readonly kinds: readonly string[] | null;
}

/** What a detector said of each row. */
export interface Judgement {
  /** in [0, 1], higher is more anomalous */
  readonly scores: Float64Array;
  /** 1 where the detector, by its own threshold, called the row an anomaly */
  readonly anomalies: Uint8Array;
}

/** @returns the judgement of every row, in order. O(rows) calls of the judge. */
export function judgeRows(judge: RowJudge, rows: RowBlock): Judgement {
  const verdict = createVerdict();
  const row = new Float64Array(rows.width);
  const scores = new Float64Array(rows.count);
  const anomalies = new Uint8Array(rows.count);
  for (let i = 0; i < rows.count; i += 1) {
    row.set(rows.values.subarray(i * rows.width, (i + 1) * rows.width));
    judge.judge(rows.tsUs[i] ?? 0, row, verdict);
    scores[i] = verdict.score;
    anomalies[i] = verdict.anomaly ? 1 : 0;
  }
  return { scores, anomalies };
}

/** @returns rows first ≤ i < last as a view; labels and kinds go with them */
export function sliceRows(rows: LabelledRows, first: number, last: number): LabelledRows {
  const { width } = rows;
  return {
    name: rows.name,
    width,
    count: last - first,
    tsUs: rows.tsUs.subarray(first, last),
    values: rows.values.subarray(first * width, last * width),
    labels: rows.labels.subarray(first, last),
    kinds: rows.kinds?.slice(first, last) ?? null,
  };
}
