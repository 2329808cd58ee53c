/**
 * When the store's bound of bytes will be reached, from how it grew in the last day. Samples come with every run of the
 * retention, right after it, and are in memory only: for an hour after a start nothing is foretold.
 */
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '@fernsight/base';
import type { Keep, Usage } from '../store/store.ts';

interface Sample {
  readonly atUs: number;
  readonly bytes: number;
}

/** Growth is told from the samples of a day: it evens out day and night, and what waits to be packed. */
const SAMPLES_US = US_PER_DAY;
/** A sample at least so far from the one before, so that a day has a few hundred at most. */
const SAMPLE_GAP_US = 5 * US_PER_MINUTE;
/** In less time, what waits to be packed would be taken for growth. */
const WATCHED_US = US_PER_HOUR;
/** At the bound a few chunks go at a time: the store is as good as full all along. */
const FULL_SHARE = 0.99;

export class Forecast {
  readonly #samples: Sample[] = [];

  add(atUs: number, bytes: number): void {
    const last = this.#samples[this.#samples.length - 1];
    // a clock that was set back begins anew
    if (last !== undefined && atUs < last.atUs) this.#samples.length = 0;
    else if (last !== undefined && atUs - last.atUs < SAMPLE_GAP_US) return;
    this.#samples.push({ atUs, bytes });
    while ((this.#samples[0]?.atUs ?? atUs) < atUs - SAMPLES_US) this.#samples.shift();
  }

  /** @returns how much the store grew lately, or undefined where it was not watched for long enough */
  bytesPerDay(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples[this.#samples.length - 1];
    if (first === undefined || last === undefined) return undefined;
    const watchedUs = last.atUs - first.atUs;
    return watchedUs < WATCHED_US
      ? undefined
      : ((last.bytes - first.bytes) / watchedUs) * US_PER_DAY;
  }

  /** @returns null where the bound is not reached before retention makes room, or that is not known yet */
  fullInDays(
    { bytes, oldestUs }: Pick<Usage, 'bytes' | 'oldestUs'>,
    keep: Keep,
    nowUs: number,
  ): number | null {
    if (bytes >= keep.bytesMax * FULL_SHARE) return 0;
    const perDay = this.bytesPerDay();
    if (perDay === undefined || perDay <= 0) return null;
    const days = (keep.bytesMax - bytes) / perDay;
    const ageDays = oldestUs === undefined ? 0 : (nowUs - oldestUs) / US_PER_DAY;
    return days < sameRateDays(ageDays, keep) ? days : null;
  }
}

/** @returns how long growth goes on as it is: until the first readings go; where they go already, until hours do */
function sameRateDays(ageDays: number, { rawDays, hourDays }: Keep): number {
  const days = rawDays - ageDays;
  return days * US_PER_DAY > SAMPLES_US ? days : hourDays;
}
