/**
 * Gathers checked readings into a parcel: rows of one series together, in the order they came. Equal stamps of one
 * series inside one request are moved on by 1 µs in their order (I4), so that a sender whose clock is coarse loses
 * nothing; sent again, they move in the same way.
 */
import type { ItemError } from '@fernsight/wire';
import { ItemErrors } from './itemErrors.ts';
import type { PlainParcel, Run } from './parcel.ts';

export interface SeriesName {
  readonly device: string;
  readonly sensor: string;
  readonly type?: string | undefined;
  readonly unit?: string | undefined;
}

/** A parcel and, by row of it, where in the request the reading stood. */
export interface Intake {
  readonly parcel: PlainParcel;
  readonly places: readonly string[];
  readonly errors: ItemErrors;
}

interface Gathered {
  readonly name: SeriesName;
  readonly tsUs: number[];
  readonly value: number[];
  readonly places: string[];
  /** those without a stamp, by their place here */
  readonly unstamped: number[];
}

export class Columns {
  readonly #receivedUs: number;
  readonly #series = new Map<string, Map<string, Gathered>>();
  readonly #errors = new ItemErrors();
  readonly #rejected = new Map<string, number>();
  #count = 0;

  /** @param receivedUs stands in for a stamp that is not given */
  constructor(receivedUs: number) {
    this.#receivedUs = receivedUs;
  }

  /** readings gathered so far */
  get count(): number {
    return this.#count;
  }

  get receivedUs(): number {
    return this.#receivedUs;
  }

  add(
    name: SeriesName,
    reading: { readonly tsUs: number | undefined; readonly value: number; readonly at: string },
  ): void {
    const series = this.#gathered(name);
    if (reading.tsUs === undefined) series.unstamped.push(series.tsUs.length);
    series.tsUs.push(reading.tsUs ?? this.#receivedUs);
    series.value.push(reading.value);
    series.places.push(reading.at);
    this.#count++;
  }

  /** Notes an item that was not taken, and counts it for its device where that is known. */
  reject(error: ItemError, device?: string): void {
    if (device !== undefined) this.#rejected.set(device, (this.#rejected.get(device) ?? 0) + 1);
    this.#errors.add(error);
  }

  finish(): Intake {
    const runs: Run[] = [];
    const places: string[] = [];
    const tsUs = new Float64Array(this.#count);
    const value = new Float64Array(this.#count);
    let unstamped: Uint8Array | undefined;
    let first = 0;
    for (const sensors of this.#series.values()) {
      for (const series of sensors.values()) {
        spreadStamps(series.tsUs);
        tsUs.set(series.tsUs, first);
        value.set(series.value, first);
        if (series.unstamped.length > 0) unstamped ??= new Uint8Array(this.#count);
        for (const row of series.unstamped) unstamped?.fill(1, first + row, first + row + 1);
        for (const place of series.places) places.push(place);
        const count = series.tsUs.length;
        runs.push({ ...series.name, first, count });
        first += count;
      }
    }
    const rejected = Array.from(this.#rejected, ([device, count]) => ({ device, count }));
    const parcel: PlainParcel = {
      kind: 'plain',
      receivedUs: this.#receivedUs,
      runs,
      tsUs,
      value,
      rejected,
      windows: [],
      ...(unstamped === undefined ? {} : { unstamped }),
    };
    return { parcel, places, errors: this.#errors };
  }

  #gathered(name: SeriesName): Gathered {
    const sensors = this.#series.get(name.device) ?? new Map<string, Gathered>();
    this.#series.set(name.device, sensors);
    const known = sensors.get(name.sensor);
    if (known !== undefined) return known;
    const fresh = { name, tsUs: [], value: [], places: [], unstamped: [] };
    sensors.set(name.sensor, fresh);
    return fresh;
  }
}

/** Changes the stamps in place so that none is there twice. O(n) where they ascend, else O(n log n) */
function spreadStamps(tsUs: number[]): void {
  let ascends = true;
  for (let row = 1; row < tsUs.length && ascends; row++)
    ascends = (tsUs[row] ?? 0) > (tsUs[row - 1] ?? 0);
  if (ascends) return;
  const after = new Map<number, number>();
  for (let row = 0; row < tsUs.length; row++) tsUs[row] = takeFree(after, tsUs[row] ?? 0);
}

/**
 * @param after of each stamp that is taken, a later one from which to look on; what was walked through is shortened, so
 *   that a request whose readings all have one stamp does not walk through all of them for each
 * @returns the first at or after `stamp` that is not taken, and takes it
 */
function takeFree(after: Map<number, number>, stamp: number): number {
  const walked: number[] = [];
  let free = stamp;
  for (let next = after.get(free); next !== undefined; next = after.get(free)) {
    walked.push(free);
    free = next;
  }
  for (const one of walked) after.set(one, free + 1);
  after.set(free, free + 1);
  return free;
}
