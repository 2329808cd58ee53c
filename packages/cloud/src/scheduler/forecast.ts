/** When the store's bound of bytes will be reached, from how it grew lately. */
import { US_PER_DAY } from '@fernsight/base';
import type { Keep, Usage } from '../store/store.ts';

interface Sample {
  readonly atUs: number;
  readonly bytes: number;
}

/** Growth is told from the samples of a day. */
const SAMPLES_US = US_PER_DAY;
/** A sample at least so far from the one before. */
const SAMPLE_GAP_US = 10 * 60 * 1e6;

export class Forecast {
  readonly #samples: Sample[] = [];

  add(atUs: number, bytes: number): void {
    const last = this.#samples[this.#samples.length - 1];
    if (last !== undefined && atUs - last.atUs < SAMPLE_GAP_US) return;
    this.#samples.push({ atUs, bytes });
    while ((this.#samples[0]?.atUs ?? atUs) < atUs - SAMPLES_US) this.#samples.shift();
  }

  /** @returns days until the bound, or null where retention makes room before, or nothing grows, or too little is known */
  fullInDays({ bytes, oldestUs }: Usage, keep: Keep, nowUs: number): number | null {
    const [first] = this.#samples;
    if (first === undefined || nowUs - first.atUs < SAMPLE_GAP_US) return null;
    const perDay = ((bytes - first.bytes) / (nowUs - first.atUs)) * US_PER_DAY;
    if (perDay <= 0) return null;
    const days = Math.max(0, keep.bytesMax - bytes) / perDay;
    const ageDays = oldestUs === undefined ? 0 : (nowUs - oldestUs) / US_PER_DAY;
    return ageDays + days >= keep.rawDays ? null : days;
  }
}
