import { describe, expect, it } from 'vitest';
import {
  confusion,
  f1,
  falseAlarmRate,
  missedAlarmRate,
  pool,
  precision,
  recall,
  recallByKind,
} from './confusion.ts';
import type { LabelledRows } from './labelled.ts';

const counts = confusion(
  Uint8Array.from([1, 1, 1, 0, 0, 0, 0, 0]),
  Uint8Array.from([1, 1, 0, 1, 0, 0, 0, 0]),
);

describe('a confusion', () => {
  it('counts each row once', () => {
    expect(counts).toEqual({
      truePositives: 2,
      falsePositives: 1,
      falseNegatives: 1,
      trueNegatives: 4,
    });
  });

  it('gives the ratios by their definitions', () => {
    expect(precision(counts)).toBe(2 / 3);
    expect(recall(counts)).toBe(2 / 3);
    expect(f1(counts)).toBe(2 / 3);
    expect(falseAlarmRate(counts)).toBe(1 / 5);
    expect(missedAlarmRate(counts)).toBe(1 / 3);
  });

  it('gives no credit for a stretch of which one row was found', () => {
    const labels = new Uint8Array(100).fill(1, 40, 60);
    const anomalies = new Uint8Array(100);
    anomalies[45] = 1;
    expect(recall(confusion(anomalies, labels))).toBe(1 / 20);
  });

  it('pools files by adding their counts, not their ratios', () => {
    const other = confusion(new Uint8Array(8), new Uint8Array(8).fill(1));
    expect(f1(pool([counts, other]))).toBe(4 / (4 + 1 + 9));
  });

  it('is 0, not NaN, where nothing was called or labelled', () => {
    const nothing = confusion(new Uint8Array(3), new Uint8Array(3));
    expect([precision(nothing), recall(nothing), f1(nothing)]).toEqual([0, 0, 0]);
  });

  it('tells recall by kind', () => {
    const rows: LabelledRows = {
      name: 'three kinds',
      width: 1,
      count: 5,
      tsUs: new Float64Array(5),
      values: new Float64Array(5),
      labels: Uint8Array.from([1, 1, 1, 0, 1]),
      kinds: ['spike', 'spike', 'drift', '', 'dropout'],
    };
    const anomalies = Uint8Array.from([1, 0, 0, 1, 1]);
    const kinds = recallByKind({ scores: new Float64Array(5), anomalies }, rows);
    expect([...kinds]).toEqual([
      ['spike', 0.5],
      ['drift', 0],
      ['dropout', 1],
    ]);
  });

  it('refuses labels of another length', () => {
    expect(() => confusion(new Uint8Array(2), new Uint8Array(3))).toThrow(RangeError);
  });
});
