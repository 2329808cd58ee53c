/**
 * Peaks over threshold: how often do normal readings show evidence as strong as this?
 *
 * A null is fitted to the bulk of the readings, so its decades are honest only where the tails are as light as its own.
 * Here the PEAKS strongest readings are kept, and what is asked about is ranked among them. Beyond the strongest, the
 * excess over the weakest kept is taken as exponential with its own mean (Siffer et al., KDD 2017, with the shape fixed
 * at 0: evidence grows with the logarithm beyond its knee, and there a power-law tail is exponential). The mean excess
 * never falls below that of an exact null: a smaller one would feed on its own verdicts and diverge. Below the weakest
 * peak the null's own scale is kept, stretched to fit. Almost all readings cost one comparison.
 *
 * State: TAIL_LENGTH float32, the peaks' mean excess, then the peaks in falling order. How many readings were counted is
 * known to the caller, whose tails all count the same ones; it passes log10 of that.
 */
import { log } from '../math.ts';

/** Their mean excess is known to a sixth. */
const PEAKS = 32;
const EXCESS = 0;
const FIRST = 1;
const LAST = FIRST + PEAKS - 1;
export const TAIL_LENGTH = FIRST + PEAKS;

/** Readings at which a caller halves its count and lets the tails forget, so that a changed process replaces its past. */
export const TAIL_READINGS_MAX = 1 << 20;
/** log10 of a rank and one */
const RANK_DECADES = Float64Array.from(
  { length: PEAKS + 1 },
  (_, rank) => log(rank + 1) * Math.LOG10E,
);
/** Decades a decade beyond the record: only to keep records in order. */
const RECORD_SLOPE = 0.001;

/** What is asked: the tail that starts at `at`, when `decades` = log10 of the readings counted and two more. */
export interface Tail {
  tails: Float32Array;
  at: number;
  decades: number;
}

/** The mean excess of an exact null: a factor of e in probability, in decades. */
const EXCESS_MIN = Math.LOG10E;

/**
 * How rare: the evidence ranked among what was seen. A record is as rare as there were readings, and hardly more.
 * @returns −log10 of the share of readings that showed `raw` or more. Monotone in raw
 */
export function rarityOf(tail: Tail, raw: number): number {
  const strongest = tail.tails[tail.at + FIRST] ?? 0;
  return raw > strongest ? tail.decades + RECORD_SLOPE * raw : rankedDecades(tail, raw);
}

/**
 * How strong: ranked among what was seen and, for a record, extrapolated beyond it.
 * @returns decades, monotone in raw
 */
export function strengthOf(tail: Tail, raw: number): number {
  const { tails, at, decades } = tail;
  const strongest = tails[at + FIRST] ?? 0;
  if (raw <= strongest) return rankedDecades(tail, raw);
  const excess = tails[at + EXCESS] ?? 0;
  const mean = excess > EXCESS_MIN ? excess : EXCESS_MIN;
  return decades + (Math.LOG10E * (raw - strongest)) / mean;
}

/** @returns whether the evidence is among the peaks and learnPeak must be called */
export function isPeak(tails: Float32Array, at: number, raw: number): boolean {
  return raw > (tails[at + LAST] ?? 0);
}

/** Puts a normal reading's evidence among the peaks; the weakest leaves. */
export function learnPeak(tails: Float32Array, at: number, raw: number): void {
  let place = at + LAST;
  while (place > at + FIRST && (tails[place - 1] ?? 0) < raw) {
    tails[place] = tails[place - 1] ?? 0;
    place -= 1;
  }
  tails[place] = raw;
  let sum = 0;
  for (let peak = FIRST; peak <= LAST; peak += 1) sum += tails[at + peak] ?? 0;
  tails[at + EXCESS] = sum / PEAKS - (tails[at + LAST] ?? 0);
}

/** Every other peak stands for the half that is kept; below them the last one is repeated. */
export function forgetHalf(tails: Float32Array, at: number): void {
  const half = PEAKS / 2;
  for (let peak = 0; peak < half; peak += 1) {
    tails[at + FIRST + peak] = tails[at + FIRST + 2 * peak] ?? 0;
  }
  tails.fill(tails[at + FIRST + half - 1] ?? 0, at + FIRST + half, at + LAST + 1);
}

/** Below the weakest peak the null's own scale is kept, stretched to fit. */
function rankedDecades({ tails, at, decades }: Tail, raw: number): number {
  const weakest = tails[at + LAST] ?? 0;
  if (raw <= weakest) {
    return weakest > 0 ? ((decades - (RANK_DECADES[PEAKS] ?? 0)) * raw) / weakest : 0;
  }
  let rank = PEAKS;
  while (rank > 0 && (tails[at + FIRST + rank - 1] ?? 0) < raw) rank -= 1;
  return decades - (RANK_DECADES[rank] ?? 0);
}
