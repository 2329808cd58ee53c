/**
 * Counts of right and wrong alarms, row by row, and the ratios made of them.
 *
 * Rows are counted one by one: no point adjustment, by which one alarm anywhere inside a labelled stretch would count
 * as the whole stretch found (Kim et al., AAAI 2022, show that random scores then beat every published method).
 */
import type { Judgement, LabelledRows } from './labelled.ts';

export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** @param anomalies, labels 0 or 1 a row, of equal length */
export function confusion(anomalies: Uint8Array, labels: Uint8Array): Confusion {
  if (anomalies.length !== labels.length)
    throw new RangeError('anomalies and labels differ in length');
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < anomalies.length; i += 1) {
    const cell = (anomalies[i] ? 2 : 0) + (labels[i] ? 1 : 0);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  const [trueNegatives = 0, falseNegatives = 0, falsePositives = 0, truePositives = 0] = counts;
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/** @returns the counts of several files as if they were one (pooled, as the SKAB leaderboard does) */
export function pool(parts: readonly Confusion[]): Confusion {
  const sum = (of: keyof Confusion) => parts.reduce((total, part) => total + part[of], 0);
  return {
    truePositives: sum('truePositives'),
    falsePositives: sum('falsePositives'),
    falseNegatives: sum('falseNegatives'),
    trueNegatives: sum('trueNegatives'),
  };
}

/** @returns right alarms over alarms; 0 without alarms (as scikit-learn's zero_division=0) */
export function precision({ truePositives, falsePositives }: Confusion): number {
  return ratio(truePositives, truePositives + falsePositives);
}

/** @returns found anomalies over anomalies; 0 without anomalies */
export function recall({ truePositives, falseNegatives }: Confusion): number {
  return ratio(truePositives, truePositives + falseNegatives);
}

/** @returns the harmonic mean of precision and recall */
export function f1({ truePositives, falsePositives, falseNegatives }: Confusion): number {
  return ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives);
}

/** @returns false alarms over normal rows, in [0, 1] (SKAB's FAR, there in percent) */
export function falseAlarmRate({ falsePositives, trueNegatives }: Confusion): number {
  return ratio(falsePositives, falsePositives + trueNegatives);
}

/** @returns missed anomalies over anomalies, in [0, 1] (SKAB's MAR, there in percent) */
export function missedAlarmRate({ truePositives, falseNegatives }: Confusion): number {
  return ratio(falseNegatives, truePositives + falseNegatives);
}

/** @returns recall over the rows of each injected kind, kinds in order of first appearance */
export function recallByKind(judgement: Judgement, rows: LabelledRows): Map<string, number> {
  const found = new Map<string, { hits: number; total: number }>();
  rows.kinds?.forEach((kind, i) => {
    if (kind === '') return;
    const tally = found.get(kind) ?? { hits: 0, total: 0 };
    tally.hits += judgement.anomalies[i] ?? 0;
    tally.total += 1;
    found.set(kind, tally);
  });
  return new Map([...found].map(([kind, { hits, total }]) => [kind, ratio(hits, total)]));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
