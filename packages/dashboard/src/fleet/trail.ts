/**
 * The last hour of a series in a fixed number of buckets, each with its extremes and whether it held an alarm: what a
 * sparkline draws. A bucket's slot is its number modulo the ring, so adding is O(1) and an old bucket is overwritten by
 * the one an hour later.
 */
import type { HistoryReply } from '@fernsight/wire';
import { TRAIL_BUCKETS, TRAIL_SPAN_US, TRAILS_MAX } from '../limits.ts';

export const BUCKET_US = TRAIL_SPAN_US / TRAIL_BUCKETS;

/** Two buckets without a reading between are no more than a slow sensor's pace. */
const JUMP_BUCKETS = 3;

export interface TrailBucket {
  /** stamp / BUCKET_US, floored */
  readonly bucket: number;
  readonly min: number;
  readonly max: number;
  readonly alarm: boolean;
}

export class Trail {
  /** of each slot: bucket and one, 0 where there is none; least; greatest; whether there was an alarm */
  readonly #slots = new Float64Array(4 * TRAIL_BUCKETS);

  #newest = -1;
  #jumps = 0;

  /** how often a live reading came so long after the one before that the server may know of some between */
  get jumps(): number {
    return this.#jumps;
  }

  /** Takes a live reading. */
  addLive(tsUs: number, point: Omit<TrailBucket, 'bucket'>): void {
    if (Math.floor(tsUs / BUCKET_US) > this.#newest + JUMP_BUCKETS) this.#jumps++;
    this.add(tsUs, point);
  }

  /** Widens the bucket of `tsUs`; a stamp older than what its slot holds by now is passed over. */
  add(tsUs: number, { min, max, alarm }: Omit<TrailBucket, 'bucket'>): void {
    const bucket = Math.floor(tsUs / BUCKET_US);
    const slots = this.#slots;
    const at = 4 * (bucket % TRAIL_BUCKETS);
    const held = (slots[at] ?? 0) - 1;
    if (bucket < held) return;
    this.#newest = Math.max(this.#newest, bucket);
    const isNew = bucket > held;
    slots[at] = bucket + 1;
    slots[at + 1] = isNew ? min : Math.min(min, slots[at + 1] ?? min);
    slots[at + 2] = isNew ? max : Math.max(max, slots[at + 2] ?? max);
    slots[at + 3] = alarm || (!isNew && slots[at + 3] === 1) ? 1 : 0;
  }

  addHistory(history: HistoryReply): void {
    history.tsUs.forEach((tsUs, row) => {
      const min = history.min[row] ?? 0;
      const max = history.max[row] ?? 0;
      this.add(tsUs, { min, max, alarm: false });
    });
  }

  /** @returns the buckets of the hour before `nowUs`, in order; those without readings are left out */
  buckets(nowUs: number): TrailBucket[] {
    const last = Math.floor(nowUs / BUCKET_US);
    const found: TrailBucket[] = [];
    for (let bucket = Math.max(0, last - TRAIL_BUCKETS + 1); bucket <= last; bucket++) {
      const at = 4 * (bucket % TRAIL_BUCKETS);
      const [held, min = 0, max = 0, alarm] = this.#slots.subarray(at, at + 4);
      if (held === bucket + 1) found.push({ bucket, min, max, alarm: alarm === 1 });
    }
    return found;
  }
}

/** The trails of the series seen last, at most TRAILS_MAX. */
export class Trails {
  readonly #trails = new Map<string, Trail>();

  /** @returns the trail of a series that is looked at: made if need be, and the last to be dropped */
  get(device: string, sensor: string): Trail {
    const key = keyOf(device, sensor);
    const trail = this.#trails.get(key) ?? new Trail();
    this.#trails.delete(key);
    this.#trails.set(key, trail);
    for (const oldest of this.#trails.keys()) {
      if (this.#trails.size <= TRAILS_MAX) break;
      this.#trails.delete(oldest);
    }
    return trail;
  }

  /** Adds a reading where the series has been looked at, or is in alarm and there is room: the server tells the rest. */
  add(
    device: string,
    sensor: string,
    { tsUs, value, alarm }: { tsUs: number; value: number; alarm: boolean },
  ): void {
    const key = keyOf(device, sensor);
    let trail = this.#trails.get(key);
    if (trail === undefined && alarm && this.#trails.size < TRAILS_MAX) {
      trail = new Trail();
      this.#trails.set(key, trail);
    }
    trail?.addLive(tsUs, { min: value, max: value, alarm });
  }
}

/** Names hold no slash, so the two cannot run into each other. */
function keyOf(device: string, sensor: string): string {
  return `${device}/${sensor}`;
}
