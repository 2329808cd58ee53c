/**
 * Chance as an argument: a seeded generator with named forks, so that adding a consumer never changes what another
 * draws. sfc32 (Chris Doty-Humphrey, PractRand); the seed is spread by a 32-bit FNV-1a hash of the name.
 *
 * Secrets are drawn by the operating system alone: a seed would make them guessable.
 */
import { getRandomValues, randomBytes } from 'node:crypto';

export interface Rng {
  /** @returns uniform in [0, 1), 32 bits */
  next(): number;
  /** @returns an integer, uniform in [0, below) */
  below(below: number): number;
  /** @returns standard normal (Marsaglia's polar method) */
  normal(): number;
  /** @returns an independent generator that depends only on this one's seed and the name */
  fork(name: string): Rng;
}

/** @param seed any integer; the same seed gives the same draws for ever */
export function createRng(seed: number | string): Rng {
  return new Sfc32(String(seed));
}

/** @returns a generator seeded by the operating system */
export function systemRng(): Rng {
  return createRng([...getRandomValues(new Uint32Array(4))].join('.'));
}

/** @returns so many bytes for a token, a salt or a key; never from a seed */
export function randomSecret(byteCount: number): Uint8Array {
  return randomBytes(byteCount);
}

class Sfc32 implements Rng {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spare = Number.NaN;

  constructor(seed: string) {
    this.#seed = seed;
    this.#a = hash(`${seed}/a`);
    this.#b = hash(`${seed}/b`);
    this.#c = hash(`${seed}/c`);
    for (let round = 0; round < 15; round++) this.next();
  }

  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x100000000;
  }

  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const value = this.#spare;
      this.#spare = Number.NaN;
      return value;
    }
    for (;;) {
      const u = 2 * this.next() - 1;
      const v = 2 * this.next() - 1;
      const s = u * u + v * v;
      if (s === 0 || s >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      this.#spare = v * scale;
      return u * scale;
    }
  }

  fork(name: string): Rng {
    return new Sfc32(`${this.#seed}/${name}`);
  }
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value | 0;
}
