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
 * State, TAIL_LENGTH float32: readings counted, the peaks' mean excess, log10 of the count, the peaks in falling order.
 */
import { log } from '../math.ts';

/** Their mean excess is known to a sixth. */
const PEAKS = 32;
const TOTAL = 0;
const EXCESS = 1;
/** log10 of the readings counted and two more */
const DECADES = 2;
const FIRST = 3;
const LAST = FIRST + PEAKS - 1;
export const TAIL_LENGTH = FIRST + PEAKS;

const RANK_DECADES = Float64Array.from(
  { length: PEAKS + 1 },
  (_, rank) => log(rank + 1) * Math.LOG10E,
);
const PEAKS_DECADES = RANK_DECADES[PEAKS] ?? 0;
/** Decades a decade beyond the record: only to keep records in order. */
const RECORD_SLOPE = 0.001;
/** The count's logarithm is taken anew this often: it moves slowly. */
const COUNT_EVERY = 16;

/** The mean excess of an exact null: a factor of e in probability, in decades. */
const EXCESS_MIN = Math.LOG10E;
/** Here counts are halved and every other peak forgotten, so that a changed process replaces its past. */
const TOTAL_MAX = 1 << 20;

/**
 * How rare: the evidence ranked among what was seen. A record is as rare as there were readings, and hardly more.
 * @returns −log10 of the share of readings that showed `raw` or more. Monotone in raw
 */
export function rarityOf(tails: Float32Array, at: number, raw: number): number {
  const strongest = tails[at + FIRST] ?? 0;
  if (raw <= strongest) return rankOf(tails, at, raw);
  return decadesAmong(tails, at) + RECORD_SLOPE * raw;
}

/**
 * How strong: ranked among what was seen and, for a record, extrapolated beyond it.
 * @returns decades, monotone in raw
 */
export function strengthOf(tails: Float32Array, at: number, raw: number): number {
  const strongest = tails[at + FIRST] ?? 0;
  if (raw <= strongest) return rankOf(tails, at, raw);
  const excess = tails[at + EXCESS] ?? 0;
  const mean = excess > EXCESS_MIN ? excess : EXCESS_MIN;
  return decadesAmong(tails, at) + (Math.LOG10E * (raw - strongest)) / mean;
}

function rankOf(tails: Float32Array, at: number, raw: number): number {
  const weakest = tails[at + LAST] ?? 0;
  if (raw <= weakest) {
    if (weakest === 0) return 0;
    return ((decadesAmong(tails, at) - PEAKS_DECADES) * raw) / weakest;
  }
  let rank = 1;
  while (rank < PEAKS && (tails[at + FIRST + rank] ?? 0) >= raw) rank += 1;
  return decadesAmong(tails, at) - (RANK_DECADES[rank] ?? 0);
}

function decadesAmong(tails: Float32Array, at: number): number {
  return tails[at + DECADES] ?? 0;
}

/** Counts one normal reading's evidence, raw decades >= 0. */
export function learnTail(tails: Float32Array, at: number, raw: number): void {
  const total = (tails[at + TOTAL] ?? 0) + 1;
  tails[at + TOTAL] = total;
  if (total % COUNT_EVERY === 0 || total < COUNT_EVERY) {
    tails[at + DECADES] = Math.LOG10E * log(total + 2);
  }
  if (raw <= (tails[at + LAST] ?? 0)) return;
  let place = at + LAST;
  while (place > at + FIRST && (tails[place - 1] ?? 0) < raw) {
    tails[place] = tails[place - 1] ?? 0;
    place -= 1;
  }
  tails[place] = raw;
  if (total >= TOTAL_MAX) forget(tails, at);
  let sum = 0;
  for (let peak = FIRST; peak <= LAST; peak += 1) sum += tails[at + peak] ?? 0;
  tails[at + EXCESS] = sum / PEAKS - (tails[at + LAST] ?? 0);
}

/** Every other peak stands for the half that is kept; below them the last one is repeated. */
function forget(tails: Float32Array, at: number): void {
  tails[at + TOTAL] = (tails[at + TOTAL] ?? 0) / 2;
  for (let peak = 0; peak < PEAKS / 2; peak += 1) {
    tails[at + FIRST + peak] = tails[at + FIRST + 2 * peak] ?? 0;
  }
  tails.fill(tails[at + FIRST + PEAKS / 2 - 1] ?? 0, at + FIRST + PEAKS / 2, at + LAST + 1);
}
