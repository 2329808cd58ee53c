/**
 * From the channels' evidence to one answer: is this reading unusual, and how much?
 *
 * Two questions, each with equal weight for every channel. Rarity: for how few readings of this series did the channel
 * that stands out most stand out as much? Ranks make unlike channels comparable whatever their tails. Magnitude: how
 * far out is the reading by the nulls that claim a probability? Ranks cannot tell a value just beyond the record from
 * one a thousand deviations out. Each is calibrated once more by its own past, because a maximum over channels is
 * exceeded more often than each of them.
 */
import {
  CHANNEL_OF,
  DRIFT,
  EVIDENCES,
  HOUR,
  INNOVATION,
  RESIDUAL,
  STUCK,
} from '../channels/evidence.ts';
import type { Channel } from '../verdict.ts';
import { learnTail, rarityOf, strengthOf, TAIL_LENGTH } from './tail.ts';

const RARITY_TAIL = EVIDENCES * TAIL_LENGTH;
const MAGNITUDE_TAIL = (EVIDENCES + 1) * TAIL_LENGTH;
/** Less evidence than this is never the maximum: one reading in three. */
const LEAST_DECADES = 0.5;
/** The channels whose decades are those of a fitted null and not only of an order. */
const WITH_NULL: readonly number[] = [RESIDUAL, INNOVATION, DRIFT, STUCK, HOUR];

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
}

export function createCombined(): Combined {
  return { stands: 0, rarest: 0, rarity: 0, nullDecades: 0, strongest: 0, magnitude: 0 };
}

/** @param raw decades of the channels, length EVIDENCES @param ranks overwritten with their rarities */
export function combine(tails: Float32Array, by: Evidence, out: Combined): void {
  const { raw, ranks } = by;
  out.stands = 0;
  for (let index = 0; index < EVIDENCES; index += 1) {
    const decades = raw[index] ?? 0;
    const rank = decades > LEAST_DECADES ? rarityOf(tails, index * TAIL_LENGTH, decades) : 0;
    ranks[index] = rank;
    // a wandering series is full of innovations: they count by magnitude only
    if (rank > out.stands && index !== INNOVATION) {
      out.stands = rank;
      out.rarest = index;
    }
  }
  out.nullDecades = 0;
  for (const index of WITH_NULL) {
    const decades = raw[index] ?? 0;
    if (decades > out.nullDecades) {
      out.nullDecades = decades;
      out.strongest = index;
    }
  }
  out.rarity = strengthOf(tails, RARITY_TAIL, out.stands);
  out.magnitude = strengthOf(tails, MAGNITUDE_TAIL, out.nullDecades);
}

export interface Evidence {
  readonly raw: Float64Array;
  readonly ranks: Float64Array;
}

/** Counts what the reading showed. */
export function learnCombined(tails: Float32Array, raw: Float64Array, of: Combined): void {
  for (let index = 0; index < EVIDENCES; index += 1) {
    learnTail(tails, index * TAIL_LENGTH, raw[index] ?? 0);
  }
  learnTail(tails, RARITY_TAIL, of.stands);
  learnTail(tails, MAGNITUDE_TAIL, of.nullDecades);
}

/** Writes the channels that weighed most, heaviest first, and their shares. */
export function nameChannels(ranks: Float64Array, first: number, out: Named): void {
  let sum = 0;
  for (let index = 0; index < EVIDENCES; index += 1) sum += ranks[index] ?? 0;
  let last = first;
  for (let place = 0; place < out.channels.length; place += 1) {
    if (place > 0) last = heaviest(ranks);
    const weight = ranks[last] ?? 0;
    out.channels[place] = weight > 0 || place === 0 ? (CHANNEL_OF[last] ?? 'none') : 'none';
    out.weights[place] = sum > 0 ? weight / sum : 0;
    ranks[last] = 0;
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
