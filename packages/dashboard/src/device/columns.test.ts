import type { HistoryReply, LatestPoint } from '@fernsight/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinColumns, loneRows, nearestRow } from './columns.ts';

const SECOND = 1_000_000;

function history(seconds: readonly number[], resolutionUs = 0): HistoryReply {
  const column = <T>(value: T) => seconds.map(() => value);
  return {
    device: 'd',
    sensor: 's',
    resolutionUs,
    tsUs: seconds.map((second) => second * SECOND),
    min: column(1),
    mean: column(2),
    max: column(3),
    count: column(1),
    score: column(0.5),
    anomalies: column(0),
    lower: column(null),
    upper: column(4),
  };
}

function live(second: number): LatestPoint {
  const verdict = {
    score: 0.9,
    anomaly: true,
    alarm: true,
    kind: 'spike',
    stage: 'ready',
  } as const;
  const band = { expected: 6, lower: 5, upper: 7 };
  return { sensor: 's', tsUs: second * SECOND, value: 9, ...verdict, ...band };
}

describe('columns', () => {
  it('are the history, then what came live after it', () => {
    const columns = joinColumns(history([1, 2, 3]), [live(2), live(3), live(4)]);
    expect(columns.time).toEqual([1, 2, 3, 4]);
    expect(columns.mean).toEqual([2, 2, 2, 9]);
    expect(columns.lower).toEqual([null, null, null, 5]);
    expect(columns.anomalies).toEqual([0, 0, 0, 1]);
  });

  it('widen the point that a reading is of, and do not draw it beside', () => {
    const columns = joinColumns(history([60, 120, 180], 60 * SECOND), [live(130), live(240)]);
    expect(columns.time).toEqual([60, 120, 180, 240]);
    expect(columns.mean).toEqual([2, 2, 2, 9]);
    expect(columns.max).toEqual([3, 9, 3, 9]);
    expect(columns.score).toEqual([0.5, 0.9, 0.5, 0.9]);
    expect(columns.anomalies).toEqual([0, 1, 0, 1]);
  });

  it('have a reading that came late where it belongs', () => {
    const columns = joinColumns(history([1, 2, 8, 9]), [live(0), live(5), live(10)]);
    expect(columns.time).toEqual([0, 1, 2, 5, 8, 9, 10]);
  });

  it('break where the series was silent, and only there', () => {
    const columns = joinColumns(history([1, 2, 3, 4, 60, 61]), []);
    expect(columns.time).toEqual([1, 2, 3, 4, 32, 60, 61]);
    expect(columns.mean).toEqual([2, 2, 2, 2, null, 2, 2]);
  });

  it('are of one length and ascend, whatever comes', () => {
    const stamps = fc.uniqueArray(fc.nat(5000)).map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(stamps, stamps, (past, fresh) => {
        const columns = joinColumns(history(past), fresh.map(live));
        const lengths = new Set(Object.values(columns).map((column) => column.length));
        expect(lengths.size).toBe(1);
        columns.time.forEach((time, row) => {
          if (row > 0) expect(time).toBeGreaterThan(columns.time[row - 1] ?? 0);
        });
      }),
    );
  });
});

describe('lone rows', () => {
  it('are those with a value whose neighbours have none', () => {
    expect(loneRows([])).toEqual([]);
    expect(loneRows([3])).toEqual([0]);
    expect(loneRows([3, 4])).toEqual([]);
    expect(loneRows([3, null, 4, 5, null, 0, null, null, 7])).toEqual([0, 5, 8]);
  });
});

describe('the nearest row', () => {
  it('is the one that a search through all finds', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1000), { minLength: 1 }), fc.nat(1000), (list, wanted) => {
        const time = list.sort((a, b) => a - b);
        const found = time[nearestRow(time, wanted) ?? -1] ?? Number.NaN;
        const best = Math.min(...time.map((each) => Math.abs(each - wanted)));
        expect(Math.abs(found - wanted)).toBe(best);
      }),
    );
  });

  it('is none where there are no rows', () => {
    expect(nearestRow([], 5)).toBeUndefined();
  });
});
