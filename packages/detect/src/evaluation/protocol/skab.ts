/**
 * SKAB's outlier problem: every row after the first 400 of a recording is right or wrong, the counts of all recordings
 * are pooled, as on its leaderboard. Rates in percent, as there.
 */
import { at } from '../at.ts';
import {
  type Confusion,
  confusion,
  f1,
  falseAlarmRate,
  missedAlarmRate,
  pool,
} from '../confusion.ts';
import type { Protocol, Values } from '../protocol.ts';

/** Rows of each recording that a detector may learn from (SKAB core/utils.py, train_size=400). */
export const SKAB_TRAIN_ROWS = 400;

export const skabProtocol: Protocol = {
  metrics: [
    { key: 'f1', label: 'F1', better: 'higher', digits: 3, reach: 0.77, aim: 0.8 },
    { key: 'falseAlarmPercent', label: 'FAR %', better: 'lower', digits: 2, aim: 25 },
    { key: 'missedAlarmPercent', label: 'MAR %', better: 'lower', digits: 2 },
  ],
  score(tasks, judgements) {
    const counts = tasks.map(({ test }, i) => confusion(at(judgements, i).anomalies, test.labels));
    return {
      values: rates(pool(counts)),
      parts: tasks.map(({ test }, i) => ({ name: test.name, values: rates(at(counts, i)) })),
    };
  },
};

function rates(counts: Confusion): Values {
  return {
    f1: f1(counts),
    falseAlarmPercent: 100 * falseAlarmRate(counts),
    missedAlarmPercent: 100 * missedAlarmRate(counts),
  };
}
