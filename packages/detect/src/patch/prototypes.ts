/**
 * Prototypes of the patches of a clean prefix, by k-means, and the distance of a patch to the nearest of them.
 *
 * A patch is `length` rows of standardised deviations, one after the other. The search for the nearest stops adding up
 * a distance once it is beyond the best.
 */
import type { PackedArrays } from '../rowSnapshot.ts';

const PROTOTYPES = 128;
const ROUNDS = 6;
/** Patches that the prototypes are learnt from, evenly spaced: more change little. */
const PATCHES_MAX = 3000;
/** The distance that this share of the prefix's own patches keeps is the unit. */
const USUAL_SHARE = 0.99;
const DISTANCE_MIN = 1e-3;
const CHECK_EVERY = 8;

interface Shape {
  /** rows a patch */
  readonly length: number;
  readonly width: number;
}

export interface PatchTraining extends Shape {
  /** rows of deviations */
  readonly rows: Float32Array;
  readonly random: () => number;
}

export class Prototypes {
  readonly length: number;
  readonly #size: number;
  readonly #count: number;
  readonly #values: Float32Array;
  #usual = 1;
  /** the prototype that distanceTo found last */
  #nearest = 0;

  private constructor({ length, width }: Shape, values: Float32Array) {
    this.length = length;
    this.#size = length * width;
    this.#count = values.length / this.#size;
    this.#values = values;
  }

  /** @param of rows at least length of them. O(rounds · prototypes · patches · size) */
  static learn(of: PatchTraining): Prototypes {
    const { rows, width, length, random } = of;
    const patches = rows.length / width - length + 1;
    const step = Math.max(1, Math.floor(patches / PATCHES_MAX));
    const starts = Array.from({ length: Math.floor(patches / step) }, (_, i) => i * step * width);
    const count = Math.min(PROTOTYPES, starts.length);
    const prototypes = new Prototypes(of, new Float32Array(count * length * width));
    prototypes.#learn(rows, starts, () => starts[Math.floor(random() * starts.length)] ?? 0);
    return prototypes;
  }

  /** @throws {SnapshotError} */
  static restore(shape: Shape, packed: PackedArrays): Prototypes {
    const prototypes = new Prototypes(shape, packed.float32());
    const [usual = 1] = packed.float64();
    prototypes.#usual = usual;
    return prototypes;
  }

  arrays(): ArrayBufferView[] {
    return [this.#values, Float64Array.of(this.#usual)];
  }

  #learn(rows: Float32Array, starts: readonly number[], draw: () => number): void {
    for (let p = 0; p < this.#count; p += 1) this.#put(p, rows, draw());
    for (let round = 0; round < ROUNDS; round += 1) this.#move(rows, starts, draw);
    const distances = Float64Array.from(starts, (start) => this.distanceTo(rows, start)).sort();
    const usual = distances[Math.floor(distances.length * USUAL_SHARE)] ?? 0;
    this.#usual = Math.max(usual, DISTANCE_MIN);
  }

  /** @returns the root mean square distance of the patch at rows[start …] to the nearest prototype, 1 if just usual */
  distanceTo(rows: Float32Array, start: number): number {
    const size = this.#size;
    const values = this.#values;
    let best = Number.POSITIVE_INFINITY;
    for (let p = 0; p < this.#count; p += 1) {
      const at = p * size;
      let sum = 0;
      let q = 0;
      while (q < size && sum < best) {
        const end = q + CHECK_EVERY < size ? q + CHECK_EVERY : size;
        for (; q < end; q += 1) {
          const distance = (rows[start + q] ?? 0) - (values[at + q] ?? 0);
          sum += distance * distance;
        }
      }
      if (sum < best) {
        best = sum;
        this.#nearest = p;
      }
    }
    return Math.sqrt(best / size) / this.#usual;
  }

  /** One round of k-means; a prototype without patches is drawn anew. */
  #move(rows: Float32Array, starts: readonly number[], draw: () => number): void {
    const sums = new Float64Array(this.#values.length);
    const members = new Float64Array(this.#count);
    for (const start of starts) {
      this.distanceTo(rows, start);
      const at = this.#nearest * this.#size;
      members[this.#nearest] = (members[this.#nearest] ?? 0) + 1;
      for (let q = 0; q < this.#size; q += 1) {
        sums[at + q] = (sums[at + q] ?? 0) + (rows[start + q] ?? 0);
      }
    }
    for (let p = 0; p < this.#count; p += 1) {
      const count = members[p] ?? 0;
      if (count === 0) this.#put(p, rows, draw());
      for (let q = 0; count > 0 && q < this.#size; q += 1) {
        this.#values[p * this.#size + q] = (sums[p * this.#size + q] ?? 0) / count;
      }
    }
  }

  #put(prototype: number, rows: Float32Array, start: number): void {
    this.#values.set(rows.subarray(start, start + this.#size), prototype * this.#size);
  }
}
