/**
 * I4, idempotence. A reading is sent under one number, stands in the store once, and nothing stands there that nobody
 * measured; the same stamp with another value is refused and not stored.
 */
import { ACKED, REFUSED } from '../truth/seriesTruth.ts';
import type { Checker, World } from './checker.ts';
import { readingsOf } from './numbered.ts';

const DUPLICATES = 'no duplicate (I4)';

export function createDuplicates(world: World): Checker {
  const epochs = new Map<string, number>();
  const numberOf = (epoch: string): number => {
    const known = epochs.get(epoch) ?? epochs.size + 1;
    epochs.set(epoch, known);
    return known;
  };
  return {
    sent: ({ name }, batch) => {
      const epoch = numberOf(`${name} ${batch.epoch}`);
      for (const { seq, reading } of readingsOf(batch, world)) {
        const { series, number } = reading;
        const before = series.epoch[number] ?? 0;
        const isOther = before !== 0 && (before !== epoch || series.seq[number] !== seq);
        series.epoch[number] = epoch;
        series.seq[number] = seq;
        if (isOther) world.fail(DUPLICATES, `${series.nameOf(number)} was sent under two numbers`);
      }
    },
    answered: (batch) => {
      for (const { reading } of readingsOf(batch, world)) {
        const { series, number } = reading;
        if (series.has(number, ACKED)) continue;
        series.set(number, ACKED);
        series.ackedMs[number] = world.kernel.nowMs;
      }
    },
    row: ({ series, number, isRepeated, tsUs }) => {
      const name = series.nameOf(number);
      if (isRepeated) world.fail(DUPLICATES, `${name} is in the store twice`);
      if (series.has(number, REFUSED)) world.fail(DUPLICATES, `${name} was refused, and is stored`);
      const stampUs = series.tsUs[number];
      const isJudged = series.isPlain || series.epoch[number] !== 0;
      if (isJudged && stampUs !== 0 && stampUs !== tsUs) {
        world.fail(DUPLICATES, `${name} is stored at ${tsUs}, and was taken at ${stampUs}`);
      }
    },
  };
}
