import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import golden from './golden/nabScores.json' with { type: 'json' };
import {
  NAB_PROFILES,
  type NabFile,
  type NabWindow,
  nabBestThreshold,
  nabFileScore,
  nabNormalised,
  probationRows,
} from './nab.ts';

const { standard, rewardLowFp } = NAB_PROFILES;

const published = golden.files.flatMap(({ file, count, windows, published: runs }) =>
  runs.map((run) => ({ ...run, file, count, windows })),
);

function fileOf(count: number, alarms: readonly number[], windows: readonly NabWindow[]): NabFile {
  const scores = new Float64Array(count);
  for (const row of alarms) scores[row] = 1;
  return { scores, windows };
}

describe('the score of NAB', () => {
  it.each(published)('is what NAB published: $detector on $file, $profile', (run) => {
    const windows = run.windows.map(([first = 0, last = 0]): NabWindow => [first, last]);
    const file = fileOf(run.count, run.alarms, windows);
    const profile = run.profile === 'standard' ? standard : rewardLowFp;
    expect(nabFileScore(file, profile, 1)).toBeCloseTo(run.score, 10);
  });

  it('does not score 15 % of a file, 750 rows at most', () => {
    expect(probationRows(1000)).toBe(150);
    expect(probationRows(4001)).toBe(600);
    expect(probationRows(20_000)).toBe(750);
    const file = fileOf(1000, [0, 149], [[500, 600]]);
    expect(nabFileScore(file, standard, 1)).toBe(-1);
    expect(nabFileScore(fileOf(1000, [150], [[500, 600]]), standard, 1)).toBeCloseTo(-1.11, 12);
  });

  it('counts the earliest alarm of a window only', () => {
    const early = nabFileScore(fileOf(1000, [500], [[500, 600]]), standard, 1);
    expect(early).toBeCloseTo(1, 12);
    expect(nabFileScore(fileOf(1000, [500, 550, 599], [[500, 600]]), standard, 1)).toBe(early);
    expect(nabFileScore(fileOf(1000, [590], [[500, 600]]), standard, 1)).toBeLessThan(early);
  });

  it('costs less just behind a window than far from any', () => {
    const windows: NabWindow[] = [[300, 400]];
    const near = nabFileScore(fileOf(2000, [402], windows), standard, 1);
    const far = nabFileScore(fileOf(2000, [1900], windows), standard, 1);
    expect(far).toBeCloseTo(-1 - 0.11, 12);
    expect(near).toBeGreaterThan(far);
  });

  it('is 0 for silence and 100 for an alarm at each first row', () => {
    const windows: NabWindow[] = [
      [300, 400],
      [700, 800],
    ];
    const files = [fileOf(1000, [300, 700], windows), fileOf(500, [], [])];
    const perfect = nabBestThreshold(files, standard);
    expect(nabNormalised(perfect.raw, files, standard)).toBeCloseTo(100, 12);
    const silent = files.map((file) => ({ ...file, scores: new Float64Array(file.scores.length) }));
    expect(nabNormalised(nabBestThreshold(silent, standard).raw, files, standard)).toBe(0);
  });

  it('finds the threshold that no other beats', () => {
    const score = fc.integer({ min: 0, max: 20 }).map((k) => k / 20);
    fc.assert(
      fc.property(fc.array(score, { minLength: 100, maxLength: 120 }), (values) => {
        const files: NabFile[] = [
          {
            scores: Float64Array.from(values),
            windows: [
              [30, 39],
              [60, 64],
            ],
          },
          { scores: Float64Array.from(values).reverse(), windows: [[90, 95]] },
        ];
        const best = nabBestThreshold(files, standard);
        const total = (threshold: number) =>
          files.reduce((sum, file) => sum + nabFileScore(file, standard, threshold), 0);
        expect(total(best.threshold)).toBeCloseTo(best.raw, 10);
        for (let k = 0; k <= 21; k += 1) expect(total(k / 20)).toBeLessThanOrEqual(best.raw + 1e-9);
      }),
      { numRuns: 30 },
    );
  });
});
