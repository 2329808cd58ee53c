/**
 * NAB over the files given, its null and perfect detectors taken over the same files: two profiles, each with the
 * threshold that NAB's own rule picks for it. `threshold` is that of the standard profile. Beside them, and no part of
 * NAB: the share of rows outside all windows that the detector itself marked, which is what people see.
 */
import { at } from '../at.ts';
import type { Judgement } from '../labelled.ts';
import {
  NAB_PROFILES,
  type NabFile,
  nabBestThreshold,
  nabFileScore,
  nabNormalised,
} from '../nab.ts';
import type { Protocol, Task } from '../protocol.ts';
import { findStretches } from '../vus.ts';

export const nabProtocol: Protocol = {
  metrics: [
    { key: 'standard', label: 'standard', better: 'higher', digits: 2, reach: 64, aim: 70 },
    { key: 'rewardLowFp', label: 'low FP', better: 'higher', digits: 2, reach: 54, aim: 67 },
    { key: 'threshold', label: 'threshold', better: 'higher', digits: 5 },
    { key: 'markedPercent', label: 'marked %', better: 'lower', digits: 2 },
  ],
  score(tasks, judgements) {
    const files = nabFiles(tasks, judgements);
    const { standard, rewardLowFp } = NAB_PROFILES;
    const best = nabBestThreshold(files, standard);
    const low = nabBestThreshold(files, rewardLowFp);
    return {
      values: {
        standard: nabNormalised(best.raw, files, standard),
        rewardLowFp: nabNormalised(low.raw, files, rewardLowFp),
        threshold: best.threshold,
        markedPercent: markedPercent(tasks, judgements),
      },
      parts: tasks.map(({ test }, i) => ({
        name: test.name,
        values: {
          standard: nabFileScore(at(files, i), standard, best.threshold),
          rewardLowFp: nabFileScore(at(files, i), rewardLowFp, low.threshold),
          threshold: best.threshold,
          markedPercent: markedPercent(tasks.slice(i, i + 1), judgements.slice(i, i + 1)),
        },
      })),
    };
  },
  operate(tasks, judgements) {
    const { threshold } = nabBestThreshold(nabFiles(tasks, judgements), NAB_PROFILES.standard);
    return judgements.map(({ scores }) => Uint8Array.from(scores, (s) => (s >= threshold ? 1 : 0)));
  },
};

/** The labels of a NAB task are its windows: one run of ones each. */
function nabFiles(tasks: readonly Task[], judgements: readonly Judgement[]): NabFile[] {
  return tasks.map(({ test }, i) => ({
    scores: at(judgements, i).scores,
    windows: findStretches(test.labels),
  }));
}

/** Of the rows outside all windows, over all files. */
function markedPercent(tasks: readonly Task[], judgements: readonly Judgement[]): number {
  let marked = 0;
  let rows = 0;
  tasks.forEach(({ test }, i) => {
    const { anomalies } = at(judgements, i);
    for (let row = 0; row < test.count; row += 1) {
      if (test.labels[row] === 1) continue;
      rows += 1;
      marked += anomalies[row] ?? 0;
    }
  });
  return (100 * marked) / rows;
}
