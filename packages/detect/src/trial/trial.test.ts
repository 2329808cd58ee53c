import { expect, it } from 'vitest';
import type { RowScorer } from '../forest/rowScorer.ts';
import { clusterRows } from '../forest/sampleRows.ts';
import { SeriesJudge } from '../seriesJudge.ts';
import { type Channel, createVerdict } from '../verdict.ts';
import { TRIAL_READINGS } from './limits.ts';
import { Trial } from './trial.ts';

const START_US = 1e15;
const usual = { edges: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], shares: [] };
const verdict = createVerdict();

/** @returns the decision, and after how many readings of noise with a spike at every `spikes`th it fell */
function decide(
  forest: RowScorer,
  {
    spikes = 1e9,
    marks = 1e9,
    shadowMs = 0.001,
    coldMs = 0.001,
    sensorFault = false,
    rule = false,
  } = {},
): readonly [decision: ReturnType<Trial['decide']>, readings: number] {
  const channel: Channel = rule ? 'rule' : 'spike';
  const trial = new Trial('hash', { forest, reference: [usual] });
  const running = new SeriesJudge({});
  const noise = clusterRows({ count: 2_000, width: 1, seed: 5 });
  const valueAt = (row: number) => (noise[1_000 + row] ?? 0) + (row % spikes === 0 ? 40 + row : 0);
  for (let row = 1; row <= 1_000; row++) {
    running.judge(START_US + row * 1e6, noise[row] ?? 0, verdict);
  }
  const series = trial.join({}, running.snapshot());
  for (let row = 1; row <= TRIAL_READINGS; row++) {
    const tsUs = START_US + (1_000 + row) * 1e6;
    const running = { anomaly: row % marks === 0, sensorFault, channels: [channel] };
    trial.judge(series, { tsUs, value: valueAt(row), running }, verdict);
    trial.time(0.001, row <= 100 ? Math.max(coldMs, shadowMs) : shadowMs);
    const decision = trial.decide();
    if (decision !== undefined) return [decision, row];
  }
  return [undefined, TRIAL_READINGS];
}

const ordinary: RowScorer = { score: () => 0.4 };
/** Each reading is a little less ordinary to it than the middle of its training rows. */
const seeing: RowScorer = { score: () => 0.55 };

it('a model that marks and takes as much as what runs is taken after 500 readings', () => {
  expect(decide(ordinary)).toEqual([{ take: true }, TRIAL_READINGS]);
});

it('a score that is no number, or a row that the forest refuses, ends the trial at once', () => {
  let count = 0;
  const later: RowScorer = { score: () => (++count === 20 ? Number.NaN : 0.4) };
  expect(decide(later)).toEqual([{ take: false, reason: 'a score is not a number' }, 20]);
  const refusing: RowScorer = {
    score: () => {
      throw new RangeError('a row of finite features is needed');
    },
  };
  expect(decide(refusing)[1]).toBe(1);
});

it('more than three times the marks of what runs are too many, two of 500 being granted', () => {
  const [decision, readings] = decide(ordinary, { spikes: 40 });
  expect(decision).toMatchObject({ take: false, reason: expect.stringMatching(/^it marks 7 of/) });
  expect(readings).toBeLessThan(TRIAL_READINGS);
  expect(decide(seeing, { spikes: 40, marks: 1 })[0]).toEqual({ take: true });
  expect(decide(ordinary, { spikes: 120 })[0]).toEqual({ take: true });
});

it('a slowest hundredth of more than four times as much is too slow, once the engine is warm', () => {
  expect(decide(ordinary, { shadowMs: 0.15 })[0]).toEqual({ take: true });
  expect(decide(ordinary, { coldMs: 5 })[0]).toEqual({ take: true });
  const [decision] = decide(ordinary, { shadowMs: 0.3 });
  expect(decision).toMatchObject({ reason: expect.stringMatching(/^it takes \d+ µs a reading/) });
});

it('what finds nothing unusual in any of five readings that what runs marks is blind', () => {
  const [decision, readings] = decide(ordinary, { marks: 100 });
  expect(decision).toMatchObject({
    reason: 'it finds nothing unusual in the 5 readings that what runs marks',
  });
  expect(readings).toBe(TRIAL_READINGS);
  expect(decide(ordinary, { marks: 101 })[0]).toEqual({ take: true });
  expect(decide(seeing, { marks: 100 })[0]).toEqual({ take: true });
  // a forest can see neither a sensor that is stuck nor a limit that somebody set
  expect(decide(ordinary, { marks: 1, sensorFault: true })[0]).toEqual({ take: true });
  expect(decide(ordinary, { marks: 1, rule: true })[0]).toEqual({ take: true });
});
