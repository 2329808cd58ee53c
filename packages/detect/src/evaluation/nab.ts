/**
 * The score of the Numenta Anomaly Benchmark (Lavin & Ahmad, ICMLA 2015; NAB v1.1, nab/sweeper.py), to the letter.
 *
 * An alarm inside a labelled window earns up to 1, the earlier the more, and only the earliest counts; one outside
 * costs, by a sigmoid of its distance behind the last window, up to the profile's false-positive weight; a window
 * without an alarm costs its false-negative weight. The first 15 % of a file, at most 750 rows, are not scored. One
 * threshold serves the whole corpus and is the one with the best score on it: NAB's own rule, which sees the labels.
 */
import { at } from './at.ts';
import { rankDescending } from './curve.ts';

export interface NabProfile {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** config/profiles.json of NAB */
export const NAB_PROFILES = {
  standard: { truePositive: 1, falsePositive: 0.11, falseNegative: 1 },
  rewardLowFp: { truePositive: 1, falsePositive: 0.22, falseNegative: 1 },
  rewardLowFn: { truePositive: 1, falsePositive: 0.11, falseNegative: 2 },
} as const satisfies Record<string, NabProfile>;

/** First and last row of a labelled window, both inside. */
export type NabWindow = readonly [first: number, last: number];

export interface NabFile {
  readonly scores: Float64Array;
  /** in order, not overlapping */
  readonly windows: readonly NabWindow[];
}

/** The weight of an alarm at one row: what it earns inside window `window`, or costs outside any (window −1). */
interface RowWeights {
  readonly weights: Float64Array;
  readonly windows: Int32Array;
  /** rows before this one are on probation */
  readonly firstScored: number;
}

/** @returns the rows at a file's start that NAB does not score */
export function probationRows(count: number): number {
  return Math.min(Math.floor(0.15 * count), 0.15 * 5000);
}

/** @returns the raw score of one file when rows with score ≥ threshold are alarms, as in NAB's *_scores.csv */
export function nabFileScore(file: NabFile, profile: NabProfile, threshold: number): number {
  const { weights, windows, firstScored } = weigh(file, profile);
  const earned = new Map<number, number>();
  let falsePositives = 0;
  for (let i = firstScored; i < weights.length; i += 1) {
    const window = at(windows, i);
    const weight = at(weights, i);
    const alarm = at(file.scores, i) >= threshold;
    if (window < 0) falsePositives += alarm ? weight : 0;
    else {
      const before = earned.get(window) ?? -profile.falseNegative;
      earned.set(window, alarm ? Math.max(before, weight) : before);
    }
  }
  return falsePositives + [...earned.values()].reduce((sum, x) => sum + x, 0);
}

/**
 * @returns the threshold with the best raw score over the corpus, and that score. Above every score lies the
 *   threshold 1.1, which raises no alarm. O(rows log rows).
 */
export function nabBestThreshold(
  files: readonly NabFile[],
  profile: NabProfile,
): { threshold: number; raw: number } {
  const corpus = joinCorpus(files, profile);
  const best = new Float64Array(corpus.windowCount).fill(-profile.falseNegative);
  let raw = -profile.falseNegative * corpus.windowCount;
  let winner = { threshold: 1.1, raw };
  let threshold = 1.1;
  for (const k of rankDescending(corpus.scores)) {
    const score = at(corpus.scores, k);
    if (score !== threshold) {
      if (raw > winner.raw) winner = { threshold, raw };
      threshold = score;
    }
    const window = at(corpus.windows, k);
    const weight = at(corpus.weights, k);
    if (window < 0) raw += weight;
    else if (weight > at(best, window)) {
      raw += weight - at(best, window);
      best[window] = weight;
    }
  }
  return raw > winner.raw ? { threshold, raw } : winner;
}

/** @returns 0 for a detector that never alarms, 100 for one that alarms at each window's first row and nowhere else */
export function nabNormalised(raw: number, files: readonly NabFile[], profile: NabProfile): number {
  const windowCount = files.reduce((sum, file) => sum + file.windows.length, 0);
  const silent = files.reduce(
    (sum, file) => sum + nabFileScore(file, profile, Number.POSITIVE_INFINITY),
    0,
  );
  return (100 * (raw - silent)) / (profile.truePositive * windowCount - silent);
}

function joinCorpus(files: readonly NabFile[], profile: NabProfile) {
  const scores: number[] = [];
  const weights: number[] = [];
  const windows: number[] = [];
  let windowCount = 0;
  for (const file of files) {
    const rows = weigh(file, profile);
    let numbered = -1;
    let previous = -1;
    for (let i = rows.firstScored; i < rows.weights.length; i += 1) {
      const window = at(rows.windows, i);
      if (window >= 0 && window !== previous) numbered = windowCount++;
      previous = window;
      scores.push(at(file.scores, i));
      weights.push(at(rows.weights, i));
      windows.push(window < 0 ? -1 : numbered);
    }
  }
  return {
    scores: Float64Array.from(scores),
    weights: Float64Array.from(weights),
    windows: Int32Array.from(windows),
    windowCount,
  };
}

function weigh({ scores, windows }: NabFile, profile: NabProfile): RowWeights {
  const weights = new Float64Array(scores.length).fill(-profile.falsePositive);
  const windowOf = new Int32Array(scores.length).fill(-1);
  const earliest = scaledSigmoid(-1);
  windows.forEach(([first, last], window) => {
    const width = last - first + 1;
    for (let i = first; i <= last; i += 1) {
      const position = -(last - i + 1) / width;
      weights[i] = (scaledSigmoid(position) * profile.truePositive) / earliest;
      windowOf[i] = window;
    }
    const end = windows[window + 1]?.[0] ?? scores.length;
    for (let i = last + 1; i < end; i += 1) {
      weights[i] = scaledSigmoid((i - last) / (width - 1)) * profile.falsePositive;
    }
  });
  return { weights, windows: windowOf, firstScored: Math.ceil(probationRows(scores.length)) };
}

/** −1 is a window's left edge, 0 its right edge, beyond 3 far behind it. sweeper.py, scaledSigmoid. */
function scaledSigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}
