/** How long something takes, as counts by size: a percentile that is right to a fifth, in a few hundred bytes. */

import { exp, log } from '../math.ts';

/** Bins an octave: neighbours differ by 19 %. */
const BINS_PER_OCTAVE = 4;
/** From a millionth of a millisecond to a minute. */
const OCTAVE_MIN = -20;
const BINS = 36 * BINS_PER_OCTAVE;

export class Durations {
  readonly #counts = new Uint32Array(BINS);
  #total = 0;

  add(ms: number): void {
    const octave = ms > 0 ? log(ms) * Math.LOG2E : OCTAVE_MIN;
    const bin = Math.ceil(BINS_PER_OCTAVE * (octave - OCTAVE_MIN));
    const within = Math.min(Math.max(0, bin), BINS - 1);
    this.#counts[within] = (this.#counts[within] ?? 0) + 1;
    this.#total++;
  }

  /** @returns milliseconds that 99 of 100 do not exceed; 0 where nothing was added */
  percentile99(): number {
    let left = Math.floor(this.#total / 100);
    for (let bin = BINS - 1; bin > 0; bin--) {
      left -= this.#counts[bin] ?? 0;
      if (left < 0) return exp(Math.LN2 * (bin / BINS_PER_OCTAVE + OCTAVE_MIN));
    }
    return 0;
  }
}
