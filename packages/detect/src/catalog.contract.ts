/**
 * What every detector of the catalog promises, whatever it is made of. Run by catalog.test.ts on each.
 */
import { describe, expect, it } from 'vitest';
import { clusterRows, seededRandom } from './forest/sampleRows.ts';
import { ReadingError } from './reading.ts';
import type { ResumableJudge, ResumableJudgeFactory, RowBlock, RowJudge } from './rowJudge.ts';
import { SeriesJudge } from './seriesJudge.ts';
import { SnapshotError, STATE_VERSION } from './snapshot.ts';
import {
  createVerdict,
  EVIDENCES,
  KINDS,
  SCORE_STEPS,
  VERDICT_CHANNELS,
  type Verdict,
} from './verdict.ts';

const SECOND_US = 1e6;
const START_US = 1.7e15;

function block(values: Float64Array, width: number): RowBlock {
  const count = values.length / width;
  const tsUs = Float64Array.from({ length: count }, (_, i) => START_US + i * SECOND_US);
  return { width, count, tsUs, values };
}

function judged(judge: RowJudge, values: Float64Array, from = 0): Verdict[] {
  const verdicts: Verdict[] = [];
  for (let at = 0; at < values.length; at += judge.width) {
    const out = createVerdict();
    const tsUs = START_US + (from + at / judge.width) * SECOND_US;
    judge.judge(tsUs, values.slice(at, at + judge.width), out);
    verdicts.push(out);
  }
  return verdicts;
}

/** A verdict with something in every field. */
function usedVerdict(): Verdict {
  return {
    score: 0.7,
    threshold: 0.2,
    anomaly: true,
    alarm: true,
    kind: 'stuck',
    sensorFault: true,
    expected: 1,
    lower: 0,
    upper: 2,
    stage: 'warming',
    needed: 9,
    channels: ['range', 'rule', 'forest'],
    weights: new Float64Array(VERDICT_CHANNELS).fill(0.3),
    evidence: new Int16Array(EVIDENCES).fill(50),
    onsetUs: 5,
    suppressedBy: 3,
  };
}

/** Rows before each stop: in every warm-up, about the end of each training, ready, in the anomaly and after it. */
const STOPS = [0, 1, 2, 17, 40, 255, 256, 257, 300, 511, 512, 513, 514, 600, 701, 705, 720, 880];

/** Noise with an anomaly of 20 rows; the last of several sensors misses a few values, and so is trained later. */
function eventfulRows(width: number): Float64Array {
  return clusterRows({ count: 900, width, seed: 6 }).map((value, i) => {
    const row = Math.floor(i / width);
    if (width > 1 && i % width === width - 1 && row % 200 === 9) return Number.NaN;
    return row >= 700 && row < 720 ? value + 9 : value;
  });
}

/** The contract of STYLE 30, for rows of one sensor and of three, with a clean prefix and from a cold start. */
export function detectorContract(name: string, create: ResumableJudgeFactory): void {
  describe.each([1, 3])(`${name} over %i sensors`, (width) => {
    const rows = clusterRows({ count: 900, width, seed: 3 });
    const train = block(clusterRows({ count: 600, width, seed: 4 }), width);
    const fresh = (seed = 1) => create({ width, random: seededRandom(seed) });
    const learnt = (seed = 1) => create({ width, train, random: seededRandom(seed) });

    it.each([
      ['cold', fresh],
      ['trained', learnt],
    ])('%s: scores are k / 65535 in [0, 1] and say the same as the mark', (_, make) => {
      for (const verdict of judged(make(), rows)) {
        const steps = verdict.score * SCORE_STEPS;
        expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-9);
        expect(verdict.score).toBeGreaterThanOrEqual(0);
        expect(verdict.score).toBeLessThanOrEqual(1);
        expect(verdict.threshold).toBeGreaterThan(0);
        expect(verdict.threshold).toBeLessThanOrEqual(1);
        expect(verdict.anomaly).toBe(verdict.score >= verdict.threshold);
        expect(KINDS).toContain(verdict.kind);
        expect(verdict.kind === 'none').toBe(!verdict.anomaly);
        expect(verdict.channels).toHaveLength(VERDICT_CHANNELS);
        expect(verdict.needed).toBeGreaterThanOrEqual(0);
      }
    });

    it('writes the whole verdict, whatever stood in it', () => {
      const judge = fresh();
      const other = fresh();
      const used = usedVerdict();
      for (let at = 0; at < rows.length; at += width) {
        const blank = createVerdict();
        const row = rows.slice(at, at + width);
        judge.judge(START_US + at * SECOND_US, row, blank);
        other.judge(START_US + at * SECOND_US, row, used);
        expect(used).toEqual(blank);
        Object.assign(used, usedVerdict());
      }
    });

    it.each([
      ['cold', undefined],
      ['trained', train],
    ])('%s: goes on from its snapshots as if it had never stopped', (_, given) => {
      const values = eventfulRows(width);
      const whole = judged(create({ width, train: given, random: seededRandom(1) }), values);
      expect(whole.slice(700, 720).some(({ anomaly }) => anomaly)).toBe(true);
      let judge: ResumableJudge = create({ width, train: given, random: seededRandom(1) });
      for (const [index, stop] of STOPS.entries()) {
        const snapshot = judge.snapshot();
        judge = create({ width, train: given, random: seededRandom(1), snapshot });
        expect(judge.snapshot()).toEqual(snapshot);
        const next = STOPS[index + 1] ?? 900;
        const verdicts = judged(judge, values.slice(stop * width, next * width), stop);
        expect(verdicts).toEqual(whole.slice(stop, next));
      }
    });

    it('needs no train block again where the snapshot was taken of a trained judge', () => {
      const judge = learnt();
      const other = create({ width, random: seededRandom(1), snapshot: judge.snapshot() });
      expect(judged(other, rows)).toEqual(judged(judge, rows));
    });

    it.each([
      ['cold', fresh],
      ['trained', learnt],
    ])('%s: refuses a snapshot that is torn, or of another kind, width or version', (_, make) => {
      const judge = make();
      judged(judge, rows.slice(0, 300 * width));
      const bytes = judge.snapshot();
      const refusal = (snapshot: Uint8Array, of = width) => {
        try {
          create({ width: of, random: seededRandom(1), snapshot });
        } catch (error) {
          if (error instanceof SnapshotError) return error.reason;
          throw error;
        }
        return 'none';
      };
      const changed = (at: number, value: number) => bytes.with(at, value);
      for (const end of [0, 3, 23, 24, 60, bytes.length >> 1, bytes.length - 1]) {
        expect(refusal(bytes.subarray(0, end))).toBe('damaged');
      }
      const middle = bytes.length >> 1;
      expect(refusal(changed(middle, 1 ^ (bytes[middle] ?? 0)))).toBe('damaged');
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      expect(refusal(longer)).toBe('damaged');
      expect(refusal(bytes, width + 1)).toBe('damaged');
      expect(refusal(changed(3, 'x'.charCodeAt(0)))).toBe('kind');
      expect(refusal(new SeriesJudge().snapshot())).toBe('kind');
      expect(refusal(changed(4, STATE_VERSION + 1))).toBe('version');
      expect(refusal(bytes)).toBe('none');
    });

    it('the same seed and rows give the same verdicts', () => {
      expect(judged(learnt(5), rows)).toEqual(judged(learnt(5), rows));
    });

    it('is ready in the end and needs nothing more', () => {
      const last = judged(fresh(), rows).at(-1);
      expect(last?.stage).toBe('ready');
      expect(last?.needed).toBe(0);
    });

    it('gives a far value a higher score than an ordinary one', () => {
      const judge = learnt();
      const usual = judged(judge, rows.slice(0, 300 * width));
      const far = judged(judge, new Float64Array(width).fill(60), 300);
      expect(far[0]?.score).toBeGreaterThan(Math.max(...usual.map(({ score }) => score)));
      expect(far[0]?.anomaly).toBe(true);
    });

    it('refuses an infinite value and goes on as if it had never come', () => {
      const judge = fresh();
      const other = fresh();
      judged(judge, rows);
      judged(other, rows);
      const bad = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
      expect(() => judge.judge(START_US + 1e9, bad, createVerdict())).toThrow(ReadingError);
      const next = rows.slice(0, width);
      expect(judged(judge, next, 2000)).toEqual(judged(other, next, 2000));
    });

    it.each([
      ['the largest numbers', [1.7e308, -1.7e308]],
      ['denormals', [5e-324, 0, -5e-324]],
      ['a constant', [7]],
      ['zero', [0]],
      ['missing values', [Number.NaN, 1]],
    ])('stays finite on %s', (_, cycle) => {
      const values = Float64Array.from({ length: 700 * width }, (_x, i) => {
        return cycle[Math.floor(i / width) % cycle.length] ?? 0;
      });
      for (const verdict of judged(fresh(), values)) {
        expect(Number.isFinite(verdict.score)).toBe(true);
        expect(Number.isFinite(verdict.threshold)).toBe(true);
      }
    });

    it('does not call a constant an anomaly for ever', () => {
      const constant = new Float64Array(1200 * width).fill(42);
      const last = judged(fresh(), constant).slice(-100);
      expect(last.some(({ anomaly }) => anomaly)).toBe(false);
    });
  });
}
