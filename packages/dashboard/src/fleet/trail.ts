/**
 * The last hour of a series in a fixed number of buckets, each with its extremes and whether it held an alarm: what a
 * sparkline draws. A bucket's slot is its number modulo the ring, so adding is O(1) and an old bucket is overwritten by
 * the one an hour later.
 */
import type { HistoryReply } from '@fernsight/wire';
import { TRAIL_BUCKETS, TRAIL_SPAN_US, TRAILS_MAX } from '../limits.ts';

export const BUCKET_US = TRAIL_SPAN_US / TRAIL_BUCKETS;

export interface TrailBucket {
  /** stamp / BUCKET_US, floored */
  readonly bucket: number;
  readonly min: number;
  readonly max: number;
  readonly alarm: boolean;
}

export class Trail {
  readonly #bucket = new Float64Array(TRAIL_BUCKETS).fill(-1);
  readonly #min = new Float64Array(TRAIL_BUCKETS);
  readonly #max = new Float64Array(TRAIL_BUCKETS);
  readonly #alarm = new Uint8Array(TRAIL_BUCKETS);

  /** Widens the bucket of `tsUs`; a stamp older than what its slot holds by now is passed over. */
  add(tsUs: number, { min, max, alarm }: Omit<TrailBucket, 'bucket'>): void {
    const bucket = Math.floor(tsUs / BUCKET_US);
    const slot = bucket % TRAIL_BUCKETS;
    const held = this.#bucket[slot] ?? -1;
    if (bucket < held) return;
    const isNew = bucket > held;
    this.#bucket[slot] = bucket;
    this.#min[slot] = isNew ? min : Math.min(min, this.#min[slot] ?? min);
    this.#max[slot] = isNew ? max : Math.max(max, this.#max[slot] ?? max);
    this.#alarm[slot] = alarm || (!isNew && this.#alarm[slot] === 1) ? 1 : 0;
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
      const slot = bucket % TRAIL_BUCKETS;
      if (this.#bucket[slot] !== bucket) continue;
      const [min = 0, max = 0] = [this.#min[slot], this.#max[slot]];
      found.push({ bucket, min, max, alarm: this.#alarm[slot] === 1 });
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

  /** Adds a reading where the series has a trail or there is room for one. */
  add(
    device: string,
    sensor: string,
    point: { tsUs: number; value: number; alarm: boolean },
  ): void {
    const key = keyOf(device, sensor);
    let trail = this.#trails.get(key);
    if (trail === undefined && this.#trails.size < TRAILS_MAX) {
      trail = new Trail();
      this.#trails.set(key, trail);
    }
    trail?.add(point.tsUs, { min: point.value, max: point.value, alarm: point.alarm });
  }
}

/** Names hold no slash, so the two cannot run into each other. */
function keyOf(device: string, sensor: string): string {
  return `${device}/${sensor}`;
}
