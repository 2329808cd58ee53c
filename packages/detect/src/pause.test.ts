import { expect, it } from 'vitest';
import { clusterRows } from './forest/sampleRows.ts';
import { SeriesJudge } from './seriesJudge.ts';
import { createVerdict } from './verdict.ts';

const START_US = 1.7e15;
const noise = clusterRows({ count: 4000, width: 1, seed: 21 });

it.each([
  ['a day', 86_400e6],
  ['half a century', 1.69e15],
])(
  'a pause of %s after its first readings lets a quick sensor be marked no more often',
  (_, pauseUs) => {
    for (const early of [5, 20, 60]) {
      const judge = new SeriesJudge();
      const out = createVerdict();
      let [marks, alarms] = [0, 0];
      for (const [index, value] of noise.entries()) {
        const stood = out.alarm;
        const startUs = index < early ? START_US - pauseUs : START_US;
        judge.judge(startUs + index * 1e6, value, out);
        if (out.anomaly) marks += 1;
        if (out.alarm && !stood) alarms += 1;
      }
      expect([marks < 4, alarms], `after ${early}`).toEqual([true, 0]);
    }
  },
);
