import { expect, it } from 'vitest';
import { clusterRows, seededRandom } from './forest/sampleRows.ts';
import { createPipelineJudge } from './pipelineJudge.ts';
import { createVerdict } from './verdict.ts';

const width = 3;
const count = 600;
const tsUs = Float64Array.from({ length: count }, (_, row) => 1.7e15 + row * 1e6);
const train = { width, count, tsUs, values: clusterRows({ count, width, seed: 4 }) };

it('keeps a budget that it is given, after a clean prefix of several sensors too', () => {
  const thresholds = [undefined, 100, 0.01].map((budgetPerWeek) => {
    const judge = createPipelineJudge({ width, train, budgetPerWeek, random: seededRandom(1) });
    const out = createVerdict();
    judge.judge(1.7e15 + count * 1e6, Float64Array.of(0, 0, 0), out);
    return out.threshold;
  });
  const [bank = 0, often = 0, seldom = 0] = thresholds;
  expect([bank < often, often < seldom], String(thresholds)).toEqual([true, true]);
});
