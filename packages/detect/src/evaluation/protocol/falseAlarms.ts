/**
 * False alarms against their budget: episodes on noise in which nothing happens, over the episodes allowed.
 *
 * A device-week is one series at 1 Hz for 604,800 seconds from a cold start; its warm-up counts like the rest. An
 * episode is a rising edge of `Verdict.alarm`: a human hears of it once, however long it stands, and the detector's own
 * hysteresis and refractory time decide when the next can begin. 1 is a budget kept exactly, below is quieter.
 */

import type { RowJudge } from '../../rowJudge.ts';
import { createVerdict } from '../../verdict.ts';
import { createNoise, NOISES, type NoiseName } from '../noise.ts';
import type { Contender, Metric, Result, Values } from '../protocol.ts';

const WEEK_SECONDS = 604_800;
/** Monday 2026-01-05T00:00:00Z */
const START_US = 1_767_571_200e6;

/** One episode a day, and one a week. */
export const BUDGETS_PER_WEEK = [7, 1] as const;

const GOAL = { better: 'lower', digits: 2, reach: 1.5, aim: 1.2 } as const;

export const FALSE_ALARM_METRICS: readonly Metric[] = [
  ...NOISES.map((noise) => ({ key: noise, label: noise, ...GOAL })),
  { key: 'worst', label: 'worst', ...GOAL },
];

export interface FalseAlarmOptions {
  readonly budgetPerWeek: number;
  /** device-weeks of each noise */
  readonly deviceWeeks: number;
  readonly detector: Contender;
  readonly forest: Contender;
  /** @returns a fresh generator, uniform in [0, 1), for the named stream */
  readonly random: (stream: string) => () => number;
  /** called before each device-week */
  readonly progress: (contender: string, noise: NoiseName, week: number) => void;
}

/** @returns realised over budget, by noise, of the detector and the controls */
export function measureFalseAlarms(options: FalseAlarmOptions): Result[] {
  const { budgetPerWeek, detector, forest } = options;
  const judged = realised(detector, options);
  // One long alarm is one episode: always on rings once a device and never again.
  const constant = (episodes: number) => withWorst(NOISES.map(() => episodes / budgetPerWeek));
  const results: [string, Values][] = [
    [detector.name, judged],
    ['silent', constant(0)],
    ['always on', constant(1)],
    ['clock', judged],
  ];
  if (forest.name !== detector.name) results.push([forest.name, realised(forest, options)]);
  return results.map(([name, values]) => ({ detector: name, values, parts: [] }));
}

function realised(contender: Contender, options: FalseAlarmOptions): Values {
  const { budgetPerWeek, deviceWeeks, random, progress } = options;
  return withWorst(
    NOISES.map((noise) => {
      let episodes = 0;
      for (let week = 0; week < deviceWeeks; week += 1) {
        progress(contender.name, noise, week);
        const judge = contender.factory({
          width: 1,
          random: random(`${noise}/${week}/judge`),
          budgetPerWeek,
        });
        episodes += countEpisodes(
          judge,
          createNoise(noise, random(`${noise}/${week}`)),
          WEEK_SECONDS,
        );
      }
      return episodes / (budgetPerWeek * deviceWeeks);
    }),
  );
}

/** @param next the value of each second. @returns rising edges of the alarm over the seconds given */
export function countEpisodes(judge: RowJudge, next: () => number, seconds: number): number {
  const verdict = createVerdict();
  const row = new Float64Array(1);
  let episodes = 0;
  let standing = false;
  for (let second = 0; second < seconds; second += 1) {
    row[0] = next();
    judge.judge(START_US + second * 1e6, row, verdict);
    if (verdict.alarm && !standing) episodes += 1;
    standing = verdict.alarm;
  }
  return episodes;
}

function withWorst(ratios: readonly number[]): Values {
  const named = NOISES.map((noise, i) => [noise, ratios[i] ?? Number.NaN]);
  return { ...Object.fromEntries(named), worst: Math.max(...ratios) };
}
