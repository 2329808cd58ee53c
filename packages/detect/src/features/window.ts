/**
 * The eight features of a sliding window, in O(1) a reading: value, mean, deviation, minimum, maximum, range, first
 * difference, distance from the mean.
 *
 * Mean and deviation come from running sums about an anchor, made anew from the ring each time it wraps, so that
 * rounding never adds up: after 10^8 readings they are as good as after 100. Minimum and maximum come from monotonic
 * deques. Before the window is full it stands as if the first value had filled it.
 *
 * The memory may be part of a larger state; its layout is ring (float64), sums (float64), deques (bytes).
 */

/** Places in a deque are bytes. */
export const WINDOW_MAX = 256;

const NEXT = 0;
const SUM = 1;
const SQUARES = 2;
const ANCHOR = 3;
const BEFORE = 4;
const LAST = 5;
const SEEN = 6;
const SUMS = 7;

export interface WindowMemory {
  /** length windowNumbers(length), zero to begin with */
  readonly numbers: Float64Array;
  /** length windowPlaces(length), zero to begin with */
  readonly places: Uint8Array;
}

/** @returns float64 places that a window of this many readings takes */
export function windowNumbers(length: number): number {
  return length + SUMS;
}

/** @returns bytes that a window of this many readings takes beside */
export function windowPlaces(length: number): number {
  return 2 * (length + 2);
}

export class Window {
  readonly length: number;
  readonly #numbers: Float64Array;
  readonly #places: Uint8Array;

  /** @param length readings, 2 … WINDOW_MAX */
  constructor(length: number, memory?: WindowMemory) {
    if (!(length >= 2 && length <= WINDOW_MAX))
      throw new RangeError(`a window of ${length} readings`);
    this.length = length;
    this.#numbers = memory?.numbers ?? new Float64Array(windowNumbers(length));
    this.#places = memory?.places ?? new Uint8Array(windowPlaces(length));
  }

  /** @param value finite, |value| <= 1e140 */
  push(value: number): void {
    const n = this.#numbers;
    const at = this.length;
    if (n[at + SEEN] === 0) this.#begin(value);
    const next = n[at + NEXT] ?? 0;
    const gone = (n[next] ?? 0) - (n[at + ANCHOR] ?? 0);
    const come = value - (n[at + ANCHOR] ?? 0);
    n[next] = value;
    n[at + SUM] = (n[at + SUM] ?? 0) + come - gone;
    n[at + SQUARES] = (n[at + SQUARES] ?? 0) + come * come - gone * gone;
    n[at + BEFORE] = n[at + LAST] ?? 0;
    n[at + LAST] = value;
    this.#order(0, next, value);
    this.#order(at + 2, next, -value);
    const after = next + 1 < at ? next + 1 : 0;
    n[at + NEXT] = after;
    if (after === 0) this.#sumAgain();
  }

  /** the value pushed last */
  value(): number {
    return this.#numbers[this.length + LAST] ?? 0;
  }

  mean(): number {
    const n = this.#numbers;
    return (n[this.length + ANCHOR] ?? 0) + (n[this.length + SUM] ?? 0) / this.length;
  }

  /** of the population: divided by length */
  deviation(): number {
    const n = this.#numbers;
    const mean = (n[this.length + SUM] ?? 0) / this.length;
    const variance = (n[this.length + SQUARES] ?? 0) / this.length - mean * mean;
    return variance > 0 ? Math.sqrt(variance) : 0;
  }

  min(): number {
    return this.#first(this.length + 2);
  }

  max(): number {
    return this.#first(0);
  }

  range(): number {
    return this.max() - this.min();
  }

  /** value less the one before; 0 for the first */
  difference(): number {
    return this.value() - (this.#numbers[this.length + BEFORE] ?? 0);
  }

  /** value less mean */
  distance(): number {
    return this.value() - this.mean();
  }

  #begin(value: number): void {
    const n = this.#numbers;
    n.fill(value, 0, this.length);
    n[this.length + ANCHOR] = value;
    n[this.length + LAST] = value;
    n[this.length + SEEN] = 1;
    // The place written last stands for all of the padding: it is the one that leaves last.
    for (const deque of [0, this.length + 2]) {
      this.#places[deque] = 0;
      this.#places[deque + 1] = 1;
      this.#places[deque + 2] = this.length - 1;
    }
  }

  /** The anchor moves to the mean, so that the squares stay as small as the window's own variance. */
  #sumAgain(): void {
    const n = this.#numbers;
    const at = this.length;
    const anchor = this.mean();
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < at; i += 1) {
      const distance = (n[i] ?? 0) - anchor;
      sum += distance;
      squares += distance * distance;
    }
    n[at + ANCHOR] = anchor;
    n[at + SUM] = sum;
    n[at + SQUARES] = squares;
  }

  /**
   * Puts the place of a new value into a deque whose places hold falling values; for the minimum values come negated.
   * A deque is head, count and a ring of places.
   */
  #order(deque: number, place: number, signed: number): void {
    const p = this.#places;
    const n = this.#numbers;
    const length = this.length;
    let head = p[deque] ?? 0;
    let count = p[deque + 1] ?? 0;
    if (count > 0 && p[deque + 2 + head] === place) {
      head = head + 1 < length ? head + 1 : 0;
      count -= 1;
    }
    while (count > 0) {
      const tail = head + count - 1;
      const last = n[p[deque + 2 + (tail < length ? tail : tail - length)] ?? 0] ?? 0;
      if ((deque === 0 ? last : -last) > signed) break;
      count -= 1;
    }
    const end = head + count;
    p[deque + 2 + (end < length ? end : end - length)] = place;
    p[deque] = head;
    p[deque + 1] = count + 1;
  }

  #first(deque: number): number {
    const p = this.#places;
    return this.#numbers[p[deque + 2 + (p[deque] ?? 0)] ?? 0] ?? 0;
  }
}
