/**
 * SMD, MSL, SMAP and ASD: the train file as a clean prefix, every row of the test file scored, VUS-PR averaged over
 * the entities of a set. PR-AUC row by row stands beside it, as the stricter and cruder measure.
 */
import { at } from '../at.ts';
import { averagePrecision, createCurve } from '../curve.ts';
import { byGroup, meanValues, type Protocol, type Result } from '../protocol.ts';
import { vusPr } from '../vus.ts';

export const entitiesProtocol: Protocol = {
  metrics: [
    { key: 'vusPr', label: 'VUS-PR', better: 'higher', digits: 4 },
    { key: 'prAuc', label: 'PR-AUC', better: 'higher', digits: 4 },
    { key: 'calledPercent', label: 'called %', better: 'lower', digits: 2 },
    { key: 'ratio', label: '× forest', better: 'higher', digits: 2, reach: 1.8, aim: 2.2 },
  ],
  score(tasks, judgements) {
    const values = tasks.map(({ test }, i) => {
      const { scores, anomalies } = at(judgements, i);
      return {
        vusPr: vusPr(scores, test.labels),
        prAuc: averagePrecision(createCurve(scores, test.labels)),
        calledPercent: (100 * anomalies.reduce((sum, x) => sum + x, 0)) / test.count,
      };
    });
    const groups = [...byGroup(tasks, values)].map(([, entities]) => meanValues(entities));
    return {
      values: meanValues(groups),
      parts: tasks.map(({ test }, i) => ({ name: test.name, values: at(values, i) })),
    };
  },
};

/**
 * Adds `ratio`: each result's VUS-PR over the forest's, of the mean and of every entity.
 * @param forest the name of the forest's result
 */
export function withForestRatio(results: readonly Result[], forest: string): Result[] {
  const base = results.find((result) => result.detector === forest);
  if (base === undefined) return [...results];
  return results.map((result) => ({
    ...result,
    values: { ...result.values, ratio: over(result.values.vusPr, base.values.vusPr) },
    parts: result.parts.map((part, i) => ({
      name: part.name,
      values: { ...part.values, ratio: over(part.values.vusPr, base.parts[i]?.values.vusPr) },
    })),
  }));
}

function over(a = Number.NaN, b = Number.NaN): number {
  return a / b;
}
