import type { Batch } from '@fernsight/wire';
import { describe, expect, test } from 'vitest';
import { agentBatch } from '../worker/workerTrial.ts';
import { readBatch } from './agentBatch.ts';

function refusal(change: (batch: Batch) => unknown): string {
  const batch = structuredClone(agentBatch(0, [1, 2, 3]));
  change(batch);
  try {
    readBatch(batch, 0);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return 'taken';
}

describe('a batch', () => {
  test('whose sums hold is taken, columns in place', () => {
    const parcel = readBatch(agentBatch(5, [1.5, 2.5]), 9);
    expect(parcel).toMatchObject({
      seqFirst: 5,
      seqCount: 2,
      backfill: false,
      runs: [{ first: 0, count: 2 }],
    });
    expect([...parcel.value]).toEqual([1.5, 2.5]);
    expect((parcel.tsUs[1] ?? 0) - (parcel.tsUs[0] ?? 0)).toBe(1e6);
  });

  test('is refused whole where a rule breaks, and the field is named', () => {
    expect(refusal((batch) => Object.assign(batch, { seqCount: 4 }))).toMatch(
      /^\/seqCount is 4, but 3 readings/,
    );
    expect(refusal((batch) => batch.series[0]?.value.pop())).toMatch(
      /^\/series\/0\/value has 2 items/,
    );
    expect(refusal((batch) => batch.series[0]?.seq.splice(0, 3, 0, 0, 1))).toMatch(
      /^\/series\/0\/seq\/1 does not ascend/,
    );
    expect(refusal((batch) => batch.series[0]?.seq.splice(2, 1, 9))).toMatch(
      /^\/series\/0\/seq\/2 is outside/,
    );
    expect(refusal((batch) => batch.series[0]?.stages.splice(0, 1))).toMatch(
      /^\/series\/0\/stages does not begin/,
    );
    expect(refusal((batch) => batch.series[0]?.deltaUs.splice(1, 1, 1e16))).toMatch(
      /leads to no time/,
    );
  });

  test('that names one number in two series is refused', () => {
    const batch = agentBatch(0, [1, 2]);
    const [series] = batch.series;
    if (series === undefined) throw new Error('the batch has a series');
    const twice = { ...batch, seqCount: 4, series: [series, { ...series, sensor: 's2' }] };
    expect(() => readBatch(twice, 0)).toThrow(/number 0 twice/);
  });
});
