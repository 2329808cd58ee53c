import { describe, expect, it } from 'vitest';
import type { RowJudgeFactory } from '../rowJudge.ts';
import { clock } from './controls.ts';
import type { LabelledRows } from './labelled.ts';
import { entitiesProtocol, withForestRatio } from './protocol/entities.ts';
import { nabProtocol } from './protocol/nab.ts';
import { skabProtocol } from './protocol/skab.ts';
import { syntheticProtocol } from './protocol/synthetic.ts';
import { type Protocol, runProtocol, type Task } from './protocol.ts';
import { createRawForestJudge } from './rawForest.ts';

/** Rows of which every tenth block of ten is anomalous, and says so in its second sensor. */
function makeRows(name: string, count: number): LabelledRows {
  const labels = Uint8Array.from({ length: count }, (_, i) => (i % 100 >= 90 ? 1 : 0));
  const values = new Float64Array(2 * count);
  labels.forEach((label, i) => {
    values[2 * i] = (i * 7) % 11;
    values[2 * i + 1] = 50 * label + ((i * 5) % 13);
  });
  const tsUs = Float64Array.from({ length: count }, (_, i) => i * 1e6);
  return { name, width: 2, count, tsUs, values, labels, kinds: null };
}

function makeTasks(): Task[] {
  const clean = { ...makeRows('clean', 90), labels: new Uint8Array(90) };
  return ['a', 'b', 'c'].map((name, i) => ({
    group: i < 2 ? 'first' : 'second',
    train: clean,
    test: makeRows(name, 1000),
  }));
}

/** Knows that the second sensor tells. */
const knowing: RowJudgeFactory = ({ width }) => ({
  width,
  judge(_tsUs, row, out) {
    out.anomaly = (row[1] ?? 0) > 20;
    out.score = out.anomaly ? 1 : 0;
  },
});

function run(protocol: Protocol) {
  return runProtocol({
    tasks: makeTasks(),
    protocol,
    detector: { name: 'knowing', factory: knowing },
    forest: { name: 'raw forest', factory: createRawForestJudge },
    random: () => sequence(),
    progress: () => {},
  });
}

function sequence(): () => number {
  let k = 0;
  return () => {
    k = (k * 16807 + 12345) % 2147483647;
    return k / 2147483647;
  };
}

describe('an evaluation', () => {
  it('prints the four controls beside every detector', () => {
    for (const protocol of [syntheticProtocol, nabProtocol, skabProtocol, entitiesProtocol]) {
      const names = run(protocol).map((result) => result.detector);
      expect(names).toEqual(['knowing', 'silent', 'always on', 'clock', 'raw forest']);
    }
  });

  it('gives a value for each metric that the protocol names', () => {
    for (const protocol of [syntheticProtocol, nabProtocol, skabProtocol]) {
      for (const { values } of run(protocol)) {
        for (const { key } of protocol.metrics) expect(values[key], key).toBeTypeOf('number');
      }
    }
  });

  it('gives a perfect detector the perfect values', () => {
    expect(run(skabProtocol)[0]?.values).toEqual({
      f1: 1,
      falseAlarmPercent: 0,
      missedAlarmPercent: 0,
    });
    // One window of ten a file lies on probation: NAB's perfect score counts it, nobody can earn it.
    expect(run(nabProtocol)[0]?.values.standard).toBeCloseTo((100 * (27 + 27)) / (30 + 27), 10);
    expect(run(syntheticProtocol)[0]?.values).toMatchObject({ f1: 1, prAuc: 1, falseAlarmRate: 0 });
  });

  it('gives always on the share of anomalies', () => {
    const [, silent, always] = run(skabProtocol);
    expect(silent?.values.f1).toBe(0);
    expect(always?.values.f1).toBeCloseTo(0.2 / 1.1, 12);
  });

  it('takes the mean over groups, not over series', () => {
    const tasks = makeTasks();
    const judgements = tasks.map(({ test }, i) => ({
      scores: new Float64Array(test.count),
      anomalies: i === 2 ? test.labels : new Uint8Array(test.count),
    }));
    expect(syntheticProtocol.score(tasks, judgements).values.f1).toBe(0.5);
  });

  it('compares VUS-PR with that of the forest', () => {
    const results = withForestRatio(run(entitiesProtocol), 'raw forest');
    const forest = results.at(-1);
    expect(forest?.values.ratio).toBe(1);
    const ratio = (results[0]?.values.vusPr ?? 0) / (forest?.values.vusPr ?? 1);
    expect(results[0]?.values.ratio).toBe(ratio);
    expect(results[0]?.parts).toHaveLength(3);
  });

  it('lets the clock tick as often as the detector called, evenly', () => {
    const anomalies = new Uint8Array(1000).fill(1, 0, 10);
    const ticks = clock(anomalies).anomalies;
    const rows = [...ticks.keys()].filter((i) => ticks[i] === 1);
    expect(rows).toEqual([50, 150, 250, 350, 450, 550, 650, 750, 850, 950]);
    expect(clock(new Uint8Array(7)).anomalies).toEqual(new Uint8Array(7));
    expect(clock(new Uint8Array(7).fill(1)).anomalies).toEqual(new Uint8Array(7).fill(1));
  });

  it('never shows a judge the labels, and shows it rows one by one in order', () => {
    const stamps: number[] = [];
    const watching: RowJudgeFactory = (options) => {
      expect(Object.keys(options).sort()).toEqual(['random', 'train', 'width']);
      return {
        width: 2,
        judge(tsUs, row) {
          expect(row).toHaveLength(2);
          stamps.push(tsUs);
        },
      };
    };
    runProtocol({
      tasks: makeTasks().slice(0, 1),
      protocol: skabProtocol,
      detector: { name: 'watching', factory: watching },
      forest: { name: 'watching', factory: watching },
      random: () => () => 0,
      progress: () => {},
    });
    expect(stamps).toEqual(Array.from({ length: 1000 }, (_, i) => i * 1e6));
  });
});
