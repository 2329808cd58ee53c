/**
 * An Isolation Forest fitted once on raw rows: the control beside every detector of many sensors.
 *
 * 100 trees of 256 rows, no window, no features, no time: what a row looks like on its own. The threshold is the
 * original system's rule, the 95th percentile of the scores on the training rows.
 */
import { trainForest } from '../forest/train.ts';
import type { RowJudge, RowJudgeFactory } from '../rowJudge.ts';
import { clearVerdict, type Verdict } from '../verdict.ts';
import { at } from './at.ts';

const TREES = 100;
const SAMPLE = 256;
const THRESHOLD_QUANTILE = 0.95;

/** @throws RangeError without training rows */
export const createRawForestJudge: RowJudgeFactory = ({ width, train, random }) => {
  if (train === undefined) throw new RangeError('a forest on raw rows needs training rows');
  const forest = trainForest(train.values, width, { trees: TREES, sample: SAMPLE, random });
  const scores = new Float64Array(train.count);
  forest.scoreRows(train.values, scores);
  const threshold = at(scores.sort(), Math.floor(THRESHOLD_QUANTILE * (train.count - 1)));
  return {
    width,
    judge(_tsUs: number, row: Float64Array, out: Verdict) {
      clearVerdict(out);
      out.score = forest.score(row);
      out.threshold = threshold;
      out.anomaly = out.score > threshold;
      out.alarm = out.anomaly;
      out.kind = out.anomaly ? 'joint' : 'none';
      out.stage = 'ready';
    },
  } satisfies RowJudge;
};
