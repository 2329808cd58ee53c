/**
 * Suppression over the sensors of a device together: the rows of which people said "not an anomaly".
 *
 * A row shows two numbers of each sensor: how far it is from its usual, smoothed, and what of that the other sensors do not
 * say, both in sixteenths of its own deviation. A region is a box around what the rows of one event showed, from nothing
 * up to somewhat beyond their most, each sensor by its direction; one that it does not name must be as usual. A row is in it
 * when it is near the box over all sensors together, in the hours of its event and for not much longer than that lasted. An
 * event that leaves its region is told with its next mark, if its alarm was kept quiet. Sensors go by their names: their
 * order is the judge's own.
 */
import {
  isInHours,
  isInTime,
  type MarkedAt,
  RECURRENCES,
  REGIONS_MAX,
  type Region,
  type Shown,
} from './suppression.ts';

/** Numbers of evidence a sensor has, and steps of one deviation. */
export const JOINT_EVIDENCES = 2;
export const DEVIATION_STEPS = 16;

/** What comes back is never quite the same: the box is wider than its event by so much, 1.5 deviations. */
const MARGIN = 24;
/**
 * And noise moves each of many numbers: a row is in the box as long as it is outside it by so much over all of them, which
 * in one number alone is 3.6 deviations.
 */
const BEYOND_MOST = 58;
/** An event may last half as long again, and seem to begin with a chance mark long before: rows are smoothed. */
const LASTS = 1.5;

/** What one row of an event showed; see JointVerdict. */
export interface JointShown extends Shown {
  readonly among: readonly string[];
}

export interface MarkedRow extends MarkedAt {
  /** the device's sensors in the judge's order, and the evidence of each */
  readonly among: readonly string[];
  readonly evidence: ArrayLike<number>;
}

type JointRegion = Region & Required<Pick<Region, 'among'>>;

export class JointSuppression {
  #regions: readonly JointRegion[] = [];

  get isEmpty(): boolean {
    return this.#regions.length === 0;
  }

  /** @returns its regions as bytes, for a snapshot */
  get bytes(): Uint8Array {
    if (this.isEmpty) return new Uint8Array();
    return new TextEncoder().encode(JSON.stringify(this.#regions));
  }

  /** @param bytes of `bytes` */
  static restore(bytes: Uint8Array): JointSuppression {
    const suppression = new JointSuppression();
    if (bytes.length > 0) suppression.#regions = JSON.parse(new TextDecoder().decode(bytes));
    return suppression;
  }

  regions(): Region[] {
    return [...this.#regions];
  }

  /** Puts these regions in place of those there were. Of more than REGIONS_MAX the oldest go; a series' own, and one of a recurrence
   * that is not known here, are passed over. */
  set(regions: readonly Region[]): void {
    this.#regions = regions
      .filter(isJoint)
      .filter(({ recurrence }) => RECURRENCES.includes(recurrence))
      .toSorted((a, b) => a.id - b.id)
      .slice(-REGIONS_MAX);
  }

  /** @returns the id of the region that a marked row falls into, 0 for none. O(regions · sensors²), of marked rows alone */
  regionOf(row: MarkedRow): number {
    const found = this.#regions.find(
      (region) =>
        isInHours({ ...region, readForUs: region.lastsUs }, row) &&
        isInTime(region.lastsUs, row, LASTS) &&
        distanceTo(region, row) <= BEYOND_MOST,
    );
    return found?.id ?? 0;
  }
}

/** @returns the region of an event, from all that its rows showed. @param event a row at least */
export function jointRegionAround(
  event: readonly JointShown[],
  of: Pick<Region, 'id' | 'recurrence'>,
): Region {
  const among = [...new Set(event.flatMap((row) => row.among))];
  const lower = new Array<number>(JOINT_EVIDENCES * among.length).fill(-MARGIN);
  const upper = new Array<number>(JOINT_EVIDENCES * among.length).fill(MARGIN);
  for (const row of event) {
    for (const [index, sensor] of row.among.entries()) {
      for (let look = 0; look < JOINT_EVIDENCES; look += 1) {
        const steps = row.evidence[JOINT_EVIDENCES * index + look] ?? 0;
        const at = JOINT_EVIDENCES * among.indexOf(sensor) + look;
        lower[at] = Math.min(lower[at] ?? 0, steps - MARGIN);
        upper[at] = Math.max(upper[at] ?? 0, steps + MARGIN);
      }
    }
  }
  const stamps = event.map(({ tsUs }) => tsUs);
  const atUs = Math.min(...stamps);
  return { ...of, atUs, lastsUs: Math.max(...stamps) - atUs, among, lower, upper };
}

function isJoint(region: Region): region is JointRegion {
  const { among, lower, upper } = region;
  if (among === undefined) return false;
  const length = JOINT_EVIDENCES * among.length;
  return lower.length === length && upper.length === length;
}

/** @returns how far a row is outside the box, over all its sensors, in steps */
function distanceTo({ among, lower, upper }: JointRegion, row: MarkedRow): number {
  let sum = 0;
  for (const [index, sensor] of row.among.entries()) {
    const place = among.indexOf(sensor);
    for (let look = 0; look < JOINT_EVIDENCES; look += 1) {
      const steps = row.evidence[JOINT_EVIDENCES * index + look] ?? 0;
      const at = JOINT_EVIDENCES * place + look;
      const least = place < 0 ? -MARGIN : (lower[at] ?? 0);
      const most = place < 0 ? MARGIN : (upper[at] ?? 0);
      const beyond = Math.max(0, least - steps, steps - most);
      sum += beyond * beyond;
    }
  }
  return Math.sqrt(sum);
}
