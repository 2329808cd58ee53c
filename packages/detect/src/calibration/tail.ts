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
 * State: TAIL_LENGTH float32 a tail. The tails of one judge lie together: first of each its mean excess, strongest and
 * weakest peak, which every reading asks for, then of each the other peaks in falling order, which few do. So the part
 * that is always touched fits in three lines of the cache. How many readings were counted is known to the caller, whose
 * tails all count the same ones; it passes log10 of that.
 */
import { log } from '../math.ts';

/** Their mean excess is known to a sixth. */
const PEAKS = 32;
const EXCESS = 0;
const STRONGEST = 1;
const WEAKEST = 2;
const HEAD = 3;
/** the peaks between the strongest and the weakest */
const INNER = PEAKS - 2;
export const TAIL_LENGTH = HEAD + INNER;

/** Readings at which a caller halves its count and lets the tails forget, so that a changed process replaces its past. */
export const TAIL_READINGS_MAX = 1 << 20;
/** log10 of a rank and one */
const RANK_DECADES = Float64Array.from(
  { length: PEAKS + 1 },
  (_, rank) => log(rank + 1) * Math.LOG10E,
);
/** Decades a decade beyond the record: only to keep records in order. */
const RECORD_SLOPE = 0.001;

/** What is asked: the tail with this index, when `decades` = log10 of the readings counted and two more. */
export interface Tail {
  tails: Float32Array;
  index: number;
  decades: number;
}

/** The mean excess of an exact null: a factor of e in probability, in decades. */
const EXCESS_MIN = Math.LOG10E;

/**
 * How rare: the evidence ranked among what was seen. A record is as rare as there were readings, and hardly more.
 * @returns −log10 of the share of readings that showed `raw` or more. Monotone in raw
 */
export function rarityOf(tail: Tail, raw: number): number {
  const strongest = tail.tails[HEAD * tail.index + STRONGEST] ?? 0;
  return raw > strongest ? tail.decades + RECORD_SLOPE * raw : rankedDecades(tail, raw);
}

/**
 * How strong: ranked among what was seen and, for a record, extrapolated beyond it.
 * @returns decades, monotone in raw
 */
export function strengthOf(tail: Tail, raw: number): number {
  const { tails, index, decades } = tail;
  const strongest = tails[HEAD * index + STRONGEST] ?? 0;
  if (raw <= strongest) return rankedDecades(tail, raw);
  const excess = tails[HEAD * index + EXCESS] ?? 0;
  const mean = excess > EXCESS_MIN ? excess : EXCESS_MIN;
  return decades + (Math.LOG10E * (raw - strongest)) / mean;
}

/** @returns whether the evidence is among the peaks and learnPeak must be called */
export function isPeak(tails: Float32Array, index: number, raw: number): boolean {
  return raw > (tails[HEAD * index + WEAKEST] ?? 0);
}

/** Puts a normal reading's evidence among the peaks; the weakest leaves. */
export function learnPeak(tails: Float32Array, index: number, raw: number): void {
  const head = HEAD * index;
  const inner = innerOf(tails, index);
  const last = inner + INNER - 1;
  let comes = raw;
  if (raw > (tails[head + STRONGEST] ?? 0)) {
    comes = tails[head + STRONGEST] ?? 0;
    tails[head + STRONGEST] = raw;
  }
  if (comes > (tails[last] ?? 0)) {
    tails[head + WEAKEST] = tails[last] ?? 0;
    let place = last;
    while (place > inner && (tails[place - 1] ?? 0) < comes) {
      tails[place] = tails[place - 1] ?? 0;
      place -= 1;
    }
    tails[place] = comes;
  } else {
    tails[head + WEAKEST] = comes;
  }
  let sum = tails[head + STRONGEST] ?? 0;
  for (let peak = inner; peak <= last; peak += 1) sum += tails[peak] ?? 0;
  const weakest = tails[head + WEAKEST] ?? 0;
  tails[head + EXCESS] = (sum + weakest) / PEAKS - weakest;
}

/** Every other peak stands for the half that is kept; below them the last one is repeated. */
export function forgetHalf(tails: Float32Array, index: number): void {
  const inner = innerOf(tails, index);
  const kept = PEAKS / 2 - 1;
  for (let peak = 0; peak < kept; peak += 1) {
    tails[inner + peak] = tails[inner + 2 * peak + 1] ?? 0;
  }
  const weakest = tails[inner + kept - 1] ?? 0;
  tails.fill(weakest, inner + kept, inner + INNER);
  tails[HEAD * index + WEAKEST] = weakest;
}

/** @param raw at most the strongest. Below the weakest peak the null's own scale is kept, stretched to fit. */
function rankedDecades({ tails, index, decades }: Tail, raw: number): number {
  const weakest = tails[HEAD * index + WEAKEST] ?? 0;
  if (raw <= weakest) {
    return weakest > 0 ? ((decades - (RANK_DECADES[PEAKS] ?? 0)) * raw) / weakest : 0;
  }
  const inner = innerOf(tails, index);
  let rank = PEAKS - 1;
  while (rank > 1 && (tails[inner + rank - 2] ?? 0) < raw) rank -= 1;
  return decades - (RANK_DECADES[rank] ?? 0);
}

/** @returns where the inner peaks of a tail begin */
function innerOf(tails: Float32Array, index: number): number {
  return (tails.length / TAIL_LENGTH) * HEAD + INNER * index;
}
