/**
 * From the channels' evidence to one answer: is this reading unusual, and how much?
 *
 * Two questions, each with equal weight for every channel. Rarity: for how few readings of this series did the channel
 * that stands out most stand out as much? Ranks make unlike channels comparable whatever their tails. Magnitude: how
 * far out is the reading by the nulls that claim a probability? Ranks cannot tell a value just beyond the record from
 * one a thousand deviations out. Each is calibrated once more by its own past, because a maximum over channels is
 * exceeded more often than each of them.
 */
import { CHANNEL_OF, DRIFT, HOUR, INNOVATION, RESIDUAL, STUCK } from '../channels/evidence.ts';
import { log } from '../math.ts';
import { type SeriesState, TAIL_COUNT, TAIL_DECADES, TAILS } from '../seriesState.ts';
import { type Channel, EVIDENCES } from '../verdict.ts';
import {
  forgetHalf,
  isPeak,
  learnPeak,
  rarityOf,
  strengthOf,
  TAIL_READINGS_MAX,
  type Tail,
} from './tail.ts';

const RARITY_TAIL = EVIDENCES;
const MAGNITUDE_TAIL = EVIDENCES + 1;
const COUNT_EVERY = 16;
/** Less evidence than this is never the maximum: one reading in three. */
const LEAST_DECADES = 0.5;
/** The channels whose decades are those of a fitted null and not only of an order. */
const WITH_NULL: readonly number[] = [RESIDUAL, INNOVATION, DRIFT, STUCK, HOUR];

const tail: Tail = { tails: new Float32Array(), index: 0, decades: 0 };

/** What the channels say together. One a module; filled anew for each reading. */
export interface Combined {
  /** the greatest of the channels' rarities, and which channel's */
  stands: number;
  rarest: number;
  /** decades: that, calibrated */
  rarity: number;
  /** the greatest of the nulls' decades, and which channel's */
  nullDecades: number;
  strongest: number;
  /** decades: that, calibrated */
  magnitude: number;
  /** whether its magnitude is not to be counted: the reading goes on with an event that was, or is beyond doubt */
  again: boolean;
}

export function createCombined(): Combined {
  return {
    stands: 0,
    rarest: 0,
    rarity: 0,
    nullDecades: 0,
    strongest: 0,
    magnitude: 0,
    again: false,
  };
}

/** @param by raw: decades of the channels; ranks: overwritten with their rarities; both of length EVIDENCES */
export function combine(state: SeriesState, by: Evidence, out: Combined): void {
  const { raw, ranks } = by;
  tail.tails = state.tails;
  tail.decades = state.numbers[TAIL_DECADES] ?? 0;
  out.stands = 0;
  // where nothing stands out, no other series' strongest channel may be left
  out.rarest = RESIDUAL;
  out.strongest = RESIDUAL;
  for (let index = 0; index < EVIDENCES; index += 1) {
    const decades = raw[index] ?? 0;
    let rank = 0;
    if (decades > LEAST_DECADES) {
      tail.index = index;
      rank = rarityOf(tail, decades);
    }
    ranks[index] = rank;
    // each of these has a null of its own and would only repeat the residual
    if (rank > out.stands && index !== INNOVATION && index !== DRIFT) {
      out.stands = rank;
      out.rarest = index;
    }
  }
  out.nullDecades = 0;
  for (let place = 0; place < WITH_NULL.length; place += 1) {
    const index = WITH_NULL[place] ?? 0;
    const decades = raw[index] ?? 0;
    if (decades > out.nullDecades) {
      out.nullDecades = decades;
      out.strongest = index;
    }
  }
  tail.index = RARITY_TAIL;
  out.rarity = strengthOf(tail, out.stands);
  tail.index = MAGNITUDE_TAIL;
  out.magnitude = strengthOf(tail, out.nullDecades);
}

export interface Evidence {
  readonly raw: Float64Array;
  readonly ranks: Float64Array;
}

/**
 * Counts what the reading showed. An event counts once by its magnitude, however long it lasts, and not at all when it is
 * beyond doubt: else incidents would teach that such magnitudes are usual.
 */
export function learnCombined(state: SeriesState, raw: Float64Array, of: Combined): void {
  const { tails, numbers: s } = state;
  for (let index = 0; index < EVIDENCES; index += 1) {
    const decades = raw[index] ?? 0;
    if (isPeak(tails, index, decades)) learnPeak(tails, index, decades);
  }
  if (isPeak(tails, RARITY_TAIL, of.stands)) learnPeak(tails, RARITY_TAIL, of.stands);
  if (!of.again && isPeak(tails, MAGNITUDE_TAIL, of.nullDecades)) {
    learnPeak(tails, MAGNITUDE_TAIL, of.nullDecades);
  }
  let count = (s[TAIL_COUNT] ?? 0) + 1;
  if (count >= TAIL_READINGS_MAX) {
    for (let index = 0; index < TAILS; index += 1) forgetHalf(tails, index);
    count /= 2;
  }
  s[TAIL_COUNT] = count;
  // the logarithm moves slowly
  if (count < COUNT_EVERY || count % COUNT_EVERY === 0) {
    s[TAIL_DECADES] = Math.LOG10E * log(count + 2);
  }
}

/**
 * Writes the cause, then the channels that weighed most beside it, heaviest first, and their shares. A channel of two looks
 * is named once, by the heavier.
 * @param ranks overwritten
 */
export function nameChannels(ranks: Float64Array, cause: number, out: Named): void {
  let sum = 0;
  for (let index = 0; index < EVIDENCES; index += 1) sum += ranks[index] ?? 0;
  let next = cause;
  for (let place = 0; place < out.channels.length; place += 1) {
    if (place > 0) next = heaviest(ranks);
    const weight = ranks[next] ?? 0;
    const channel = CHANNEL_OF[next] ?? 'none';
    out.channels[place] = weight > 0 || place === 0 ? channel : 'none';
    out.weights[place] = sum > 0 ? weight / sum : 0;
    for (let index = 0; index < EVIDENCES; index += 1) {
      if (CHANNEL_OF[index] === channel) ranks[index] = 0;
    }
  }
}

/** Nothing weighs against a normal reading. */
export function clearChannels(out: Named): void {
  for (let place = 0; place < out.channels.length; place += 1) {
    out.channels[place] = 'none';
    out.weights[place] = 0;
  }
}

export interface Named {
  readonly channels: Channel[];
  readonly weights: Float64Array;
}

function heaviest(ranks: Float64Array): number {
  let most = 0;
  for (let index = 1; index < EVIDENCES; index += 1) {
    if ((ranks[index] ?? 0) > (ranks[most] ?? 0)) most = index;
  }
  return most;
}
