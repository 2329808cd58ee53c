/**
 * Suppression: the patterns of one series that people called "not an anomaly". A marked reading that falls into a region
 * keeps its score, and is neither an anomaly nor an alarm; whatever is not in a region is told as ever.
 *
 * A region is a neighbourhood of one event: in channel space a box around what its readings showed, from nothing up to
 * somewhat beyond their most, each channel by its direction; in time the hours around its hour of the week or the day; and
 * the time that such an event may last, so that a lasting change is not taken for the short one that was called harmless.
 * Evidence is compared as whole sixteenths of a decade, the very numbers that are stored and sent (I5).
 *
 * All regions of a series are numbers in one array, which is a part of the series' snapshot: a region holds from a
 * position, and a restored judge knows those that held there.
 */
import {
  EVIDENCE_STEPS_MAX,
  FOREST,
  HOUR,
  INNOVATION,
  NOISE,
  RANGE,
  RESIDUAL,
  SHIFT,
  SIGNED,
} from './channels/evidence.ts';
import { EVIDENCES } from './verdict.ts';

/** Regions of one series: what a person can oversee. */
export const REGIONS_MAX = 16;

/** The order is the code in a snapshot: append only. */
export const RECURRENCES = ['weekly', 'daily', 'always'] as const;
export type Recurrence = (typeof RECURRENCES)[number];

export interface Region {
  /** a positive integer below 2^53 */
  readonly id: number;
  /** the stamp at which its event began, in the middle of its hours; microseconds UTC */
  readonly atUs: number;
  readonly recurrence: Recurrence;
  /** how long the event lasted that it was made of */
  readonly lastsUs: number;
  /** of a region over a device's sensors: which; see jointSuppression.ts */
  readonly among?: readonly string[];
  /** bounds by channel, in steps of evidence; of EVIDENCES channels, or of two for each of `among` */
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** What one reading of an event showed; see Verdict.evidence. */
export interface Shown {
  readonly tsUs: number;
  readonly evidence: ArrayLike<number>;
}

const ID = 0;
const AT_US = 1;
const RECURRENCE = 2;
const LASTS_US = 3;
const LOWER = 4;
const UPPER = LOWER + EVIDENCES;
const REGION_LENGTH = UPPER + EVIDENCES;
export const REGION_BYTES = 8 * REGION_LENGTH;

/**
 * What comes back is never quite the same. Beyond four deviations 48 steps are a factor of 1.5 in size; what is seen over
 * many readings also depends on those before the event.
 */
const MARGIN = 88;
const SMOOTHED_MARGIN = 104;
/** An event went to both sides when its lesser one is beyond four deviations: its like may begin with either. */
const BOTH_SIDES = 64;
/** An event may last half as long again, some readings more, and seem to begin with a chance mark shortly before (EVENT_GAP). */
const LASTS_MARGIN = 1.5;
const READINGS_MARGIN = 24;
/** Hours around a region's own. */
const HOURS_AROUND = 1;
const HOUR_US = 3600e6;
const HOURS: Readonly<Record<Recurrence, number>> = { weekly: 168, daily: 24, always: 1 };

export class Suppression {
  #numbers = new Float64Array(0);

  get isEmpty(): boolean {
    return this.#numbers.length === 0;
  }

  /** @returns its regions as bytes, for a snapshot */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#numbers.buffer);
  }

  /** @param bytes of whole regions, copied */
  static restore(bytes: Uint8Array): Suppression {
    const suppression = new Suppression();
    suppression.#numbers = new Float64Array(bytes.slice().buffer);
    return suppression;
  }

  regions(): Region[] {
    const n = this.#numbers;
    return Array.from({ length: n.length / REGION_LENGTH }, (_, index) => {
      const at = index * REGION_LENGTH;
      return {
        id: n[at + ID] ?? 0,
        atUs: n[at + AT_US] ?? 0,
        recurrence: RECURRENCES[n[at + RECURRENCE] ?? 0] ?? 'weekly',
        lastsUs: n[at + LASTS_US] ?? 0,
        lower: Array.from(n.subarray(at + LOWER, at + UPPER)),
        upper: Array.from(n.subarray(at + UPPER, at + REGION_LENGTH)),
      };
    });
  }

  /** Puts these regions in place of those there were. Of more than REGIONS_MAX the oldest go; one of another number of channels, or of a
   * recurrence that is not known here, is passed over. */
  set(regions: readonly Region[]): void {
    const fitting = regions
      .filter(({ among }) => among === undefined)
      .filter(({ lower, upper }) => lower.length === EVIDENCES && upper.length === EVIDENCES)
      .filter(({ recurrence }) => RECURRENCES.includes(recurrence))
      .toSorted((a, b) => a.id - b.id)
      .slice(-REGIONS_MAX);
    this.#numbers = new Float64Array(fitting.length * REGION_LENGTH);
    for (const [index, region] of fitting.entries()) {
      const { id, atUs, recurrence, lastsUs, lower, upper } = region;
      const at = index * REGION_LENGTH;
      this.#numbers.set([id, atUs, RECURRENCES.indexOf(recurrence), lastsUs], at);
      this.#numbers.set([...lower, ...upper], at + LOWER);
    }
  }

  /** @returns the id of the region that a marked reading falls into, 0 for none. O(regions) */
  regionOf(reading: Marked): number {
    const n = this.#numbers;
    for (let at = 0; at < n.length; at += REGION_LENGTH) {
      const recurrence = RECURRENCES[n[at + RECURRENCE] ?? 0] ?? 'weekly';
      const atUs = n[at + AT_US] ?? 0;
      if (!isInHours({ atUs, recurrence, readForUs: 0 }, reading)) continue;
      if (isInTime(n[at + LASTS_US] ?? 0, reading) && isInBox(n, at, reading)) {
        return n[at + ID] ?? 0;
      }
    }
    return 0;
  }
}

/** When a marked reading came, and its event. */
export interface MarkedAt {
  tsUs: number;
  /** stamp at which its event began */
  onsetUs: number;
  /** the usual time between two readings */
  intervalUs: number;
  utcOffsetMinutes: number;
}

export interface Marked extends MarkedAt {
  /** length EVIDENCES */
  readonly evidence: Int16Array;
}

/** @returns the region of an event, from all that its readings showed. @param event a reading at least */
export function regionAround(
  event: readonly Shown[],
  of: Pick<Region, 'id' | 'recurrence'>,
): Region {
  const lower = new Array<number>(EVIDENCES).fill(0);
  const upper = new Array<number>(EVIDENCES).fill(0);
  let firstUs = Number.POSITIVE_INFINITY;
  let lastUs = Number.NEGATIVE_INFINITY;
  for (const { tsUs, evidence } of event) {
    firstUs = Math.min(firstUs, tsUs);
    lastUs = Math.max(lastUs, tsUs);
    for (let index = 0; index < EVIDENCES; index += 1) {
      const steps = evidence[index] ?? 0;
      lower[index] = Math.min(lower[index] ?? 0, steps);
      upper[index] = Math.max(upper[index] ?? 0, steps);
    }
  }
  // the hour has no say before two weeks, and then it says what the residual does; a forest may come later
  lower[HOUR] = Math.min(lower[HOUR] ?? 0, lower[RESIDUAL] ?? 0);
  upper[HOUR] = Math.max(upper[HOUR] ?? 0, upper[RESIDUAL] ?? 0);
  if (upper[FOREST] === 0) upper[FOREST] = EVIDENCE_STEPS_MAX;
  // what goes also comes back, and either step may be marked
  mirror({ lower, upper }, [INNOVATION], 0);
  const [down, up] = [-(lower[RESIDUAL] ?? 0), upper[RESIDUAL] ?? 0];
  if (Math.min(down, up) > BOTH_SIDES) mirror({ lower, upper }, SIGNED, MARGIN / 2);
  return {
    ...of,
    atUs: firstUs,
    lastsUs: Math.max(0, lastUs - firstUs),
    lower: lower.map((steps, index) => bounded(steps - marginOf(index))),
    upper: upper.map((steps, index) => bounded(steps + marginOf(index))),
  };
}

/** Lets an event go to either side, and so much beyond. */
function mirror(
  box: { readonly lower: number[]; readonly upper: number[] },
  indices: readonly number[],
  beyond: number,
): void {
  for (const index of indices) {
    const most = Math.max(-(box.lower[index] ?? 0), box.upper[index] ?? 0) + beyond;
    box.lower[index] = -most;
    box.upper[index] = most;
  }
}

const SMOOTHED: readonly number[] = [SHIFT, NOISE, RANGE];

function marginOf(index: number): number {
  return SMOOTHED.includes(index) ? SMOOTHED_MARGIN : MARGIN;
}

function bounded(steps: number): number {
  return Math.max(-EVIDENCE_STEPS_MAX, Math.min(EVIDENCE_STEPS_MAX, steps));
}

/**
 * An event is in the hours in which it began; one that a chance mark seems to begin early, in those it is read in.
 * @param own where the region's own event began, and for how long after it something may be read
 */
export function isInHours(
  own: { readonly atUs: number; readonly recurrence: Recurrence; readonly readForUs: number },
  { tsUs, onsetUs, utcOffsetMinutes }: MarkedAt,
): boolean {
  const cycle = HOURS[own.recurrence];
  const offsetUs = utcOffsetMinutes * 60e6;
  const hour = Math.floor((own.atUs + offsetUs) / HOUR_US);
  const readFor = Math.floor(own.readForUs / HOUR_US);
  return (
    isAround(Math.floor((onsetUs + offsetUs) / HOUR_US) - hour, cycle, 0) ||
    isAround(Math.floor((tsUs + offsetUs) / HOUR_US) - hour, cycle, readFor)
  );
}

function isAround(hours: number, cycle: number, longer: number): boolean {
  const apart = hours - cycle * Math.floor(hours / cycle);
  return apart <= HOURS_AROUND + longer || cycle - apart <= HOURS_AROUND;
}

/** @param lastsUs how long the region's own event lasted @returns whether the reading's has not lasted `longer` times as long, and some readings */
export function isInTime(lastsUs: number, reading: MarkedAt, longer = LASTS_MARGIN): boolean {
  const lasts = longer * lastsUs + READINGS_MARGIN * reading.intervalUs;
  return reading.tsUs - reading.onsetUs <= lasts;
}

function isInBox(n: Float64Array, at: number, { evidence }: Marked): boolean {
  for (let index = 0; index < EVIDENCES; index += 1) {
    const steps = evidence[index] ?? 0;
    if (steps < (n[at + LOWER + index] ?? 0) || steps > (n[at + UPPER + index] ?? 0)) return false;
  }
  return true;
}
