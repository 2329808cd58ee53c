/**
 * The original system's generator: one univariate sensor a series with injected spikes, drifts and dropouts.
 *
 * Row by row, at the detector's own threshold; PR-AUC as average precision over its scores. Values are averaged over
 * the series of a sensor, then over the sensors.
 */
import { at } from '../at.ts';
import { confusion, f1, falseAlarmRate, precision, recall, recallByKind } from '../confusion.ts';
import { averagePrecision, createCurve } from '../curve.ts';
import type { Judgement, LabelledRows } from '../labelled.ts';
import { byGroup, type Metric, meanValues, type Protocol, type Values } from '../protocol.ts';

const METRICS: readonly Metric[] = [
  { key: 'precision', label: 'precision', better: 'higher', digits: 3 },
  { key: 'recall', label: 'recall', better: 'higher', digits: 3 },
  { key: 'f1', label: 'F1', better: 'higher', digits: 3, reach: 0.76, aim: 0.8 },
  { key: 'prAuc', label: 'PR-AUC', better: 'higher', digits: 3, reach: 0.7, aim: 0.76 },
  { key: 'falseAlarmRate', label: 'FAR', better: 'lower', digits: 4, reach: 0.013, aim: 0.008 },
  { key: 'spike', label: 'spike', better: 'higher', digits: 3 },
  { key: 'drift', label: 'drift', better: 'higher', digits: 3, reach: 0.52, aim: 0.58 },
  { key: 'dropout', label: 'dropout', better: 'higher', digits: 3 },
];

export const syntheticProtocol: Protocol = {
  metrics: METRICS,
  score(tasks, judgements) {
    const values = tasks.map((task, i) => scoreSeries(task.test, at(judgements, i)));
    const parts = [...byGroup(tasks, values)].map(([name, series]) => ({
      name,
      values: meanValues(series),
    }));
    return { values: meanValues(parts.map((part) => part.values)), parts };
  },
};

/** The same without a training series, where only F1 has a goal. */
export const coldStartProtocol: Protocol = {
  ...syntheticProtocol,
  metrics: METRICS.map(({ reach: _, aim: __, ...metric }) =>
    metric.key === 'f1' ? { ...metric, reach: 0.72, aim: 0.76 } : metric,
  ),
};

function scoreSeries(rows: LabelledRows, judgement: Judgement): Values {
  const counts = confusion(judgement.anomalies, rows.labels);
  const kinds = recallByKind(judgement, rows);
  return {
    precision: precision(counts),
    recall: recall(counts),
    f1: f1(counts),
    prAuc: averagePrecision(createCurve(judgement.scores, rows.labels)),
    falseAlarmRate: falseAlarmRate(counts),
    spike: kinds.get('spike') ?? 0,
    drift: kinds.get('drift') ?? 0,
    dropout: kinds.get('dropout') ?? 0,
  };
}
