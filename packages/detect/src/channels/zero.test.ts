import { expect, it } from 'vitest';
import { clusterRows } from '../forest/sampleRows.ts';
import { SeriesJudge } from '../seriesJudge.ts';
import { createVerdict, type Verdict } from '../verdict.ts';

const noise = clusterRows({ count: 6000, width: 1, seed: 9 });

function judged(valueAt: (index: number) => number): Verdict[] {
  const judge = new SeriesJudge();
  return Array.from(noise, (_, index) => {
    const out = createVerdict();
    judge.judge(1.7e15 + index * 60e6, valueAt(index), out);
    return out;
  });
}

it('calls a pump at rest no dropout and no fault of its sensor, for it has read 0 before', () => {
  const verdicts = judged((i) => (i % 400 < 150 ? 0 : 30 + (noise[i] ?? 0)));
  const marked = verdicts.slice(1000).filter(({ anomaly }) => anomaly);
  expect(marked.length).toBeGreaterThan(5);
  expect(marked.filter(({ kind, sensorFault }) => kind === 'dropout' || sensorFault)).toEqual([]);
});

it('calls dropouts so as often as they come, for zeros that were marked are not usual', () => {
  const isGone = (i: number) => i > 500 && i % 500 < 30;
  const verdicts = judged((i) => (isGone(i) ? 0 : 40 + (noise[i] ?? 0)));
  const kinds = verdicts.filter((_, i) => isGone(i)).map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(new Set(['dropout']));
});

it('forgets the zeros from before the sensor was connected', () => {
  const verdicts = judged((i) => (i < 40 || i === 5000 ? 0 : 40 + (noise[i] ?? 0)));
  expect(verdicts[5000]).toMatchObject({ kind: 'dropout', sensorFault: true });
});
