import { describe, expect, it } from 'vitest';
import { clusterRows } from './forest/sampleRows.ts';
import { createJointVerdict, JointJudge } from './jointJudge.ts';

const START_US = 1.7e15;
const INTERVAL_US = 5e6;
const ROWS = 60_000;
const CYCLE_ROWS = 480;
const noise = clusterRows({ count: ROWS, width: 2, seed: 9 });

const usual = (row: number) => START_US + row * INTERVAL_US;

/** Two sensors that follow a load, with noise that lasts a little. @returns the marked rows, and where an alarm began */
function eventsOf(judge: JointJudge, more: (row: number) => number, stampOf = usual) {
  const out = createJointVerdict();
  const began: number[] = [];
  const marked: number[] = [];
  const rest = [0, 0];
  let standing = false;
  for (let row = 0; row < ROWS; row += 1) {
    const load = Math.sin((2 * Math.PI * row) / CYCLE_ROWS);
    for (const sensor of [0, 1]) {
      rest[sensor] = 0.5 * (rest[sensor] ?? 0) + 0.2 * (noise[2 * row + sensor] ?? 0);
      const value = load * (sensor + 1) + (rest[sensor] ?? 0) + sensor * more(row);
      if (!judge.judge({ sensor: `s${sensor}`, tsUs: stampOf(row), value }, out)) continue;
      if (out.anomaly) marked.push(row);
      if (out.alarm && !standing) began.push(row);
      standing = out.alarm;
    }
  }
  return { began, marked };
}

describe('the peaks of joint distances', () => {
  it('keep a machine whose load rises and falls quiet, from its first row on', () => {
    expect(eventsOf(new JointJudge(), () => 0).began).toEqual([]);
  });

  it('still tell of a relation that breaks, and of the next time it does', () => {
    const breaks = [20_000, 40_000];
    const { began } = eventsOf(new JointJudge(), (row) =>
      breaks.some((first) => row >= first && row < first + 60) ? 6 : 0,
    );
    expect(began.length).toBe(breaks.length);
    for (const [index, first] of breaks.entries()) {
      expect(began[index]).toBeGreaterThanOrEqual(first);
      expect(began[index]).toBeLessThan(first + 60);
    }
  });

  it('a pause: outages of a day let a quick device be marked no more often', () => {
    const calm = eventsOf(new JointJudge(), () => 0).marked.length;
    const withPauses = (row: number) => usual(row) + Math.floor(row / 500) * 86_400e6;
    const { marked, began } = eventsOf(new JointJudge(), () => 0, withPauses);
    expect(began).toEqual([]);
    expect(marked.length).toBeLessThan(calm + 10);
  });
});
