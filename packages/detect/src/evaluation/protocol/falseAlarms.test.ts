import { describe, expect, inject, it } from 'vitest';
import { seededRandom } from '../../forest/sampleRows.ts';
import { createPipelineJudge } from '../../pipelineJudge.ts';
import type { RowJudge } from '../../rowJudge.ts';
import { createNoise, NOISES } from '../noise.ts';
import { countEpisodes } from './falseAlarms.ts';

const DAY_SECONDS = 86_400;

/** The goal of the project. One day holds one episode on average; Poisson gives more than 5 in one day of 1,700. */
const REALISED_MAX = 1.5;
const SPARE = inject('torture') ? 0 : 4;
/** A budget of 1 a week takes many weeks to tell from 2. */
const DAYS = inject('torture') ? 700 : 1;
const BUDGETS = inject('torture') ? [7, 1] : [7];

describe('an episode', () => {
  it('is a rising edge of the alarm, however long it stands', () => {
    const alarms = [0, 1, 1, 0, 0, 1, 0, 1, 1, 1];
    let second = 0;
    const judge: RowJudge = {
      width: 1,
      judge(_tsUs, _row, out) {
        out.alarm = alarms[second] === 1;
        second += 1;
      },
    };
    expect(countEpisodes(judge, () => 20, alarms.length)).toBe(3);
  });
});

describe.each(BUDGETS)('a budget of %i a week', (budget) => {
  it.each(NOISES)('is kept by the pipeline on noise: %s', (noise) => {
    const allowed = (budget * DAYS) / 7;
    expect(episodesAt(budget, noise)).toBeLessThanOrEqual(REALISED_MAX * allowed + SPARE);
  });
});

/** Weeks of a device each, or what there is of one. */
function episodesAt(budgetPerWeek: number, noise: (typeof NOISES)[number]): number {
  let episodes = 0;
  for (let day = 0; day < DAYS; day += 7) {
    const random = seededRandom(1 + day);
    const judge = createPipelineJudge({ width: 1, random, budgetPerWeek });
    const days = Math.min(7, DAYS - day);
    episodes += countEpisodes(judge, createNoise(noise, random), days * DAY_SECONDS);
  }
  return episodes;
}
