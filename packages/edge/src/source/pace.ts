/**
 * How a recording is played: at a multiple of its own pace, or as fast as it goes; with its own stamps, or stamped as
 * it is played.
 */
import { type Clock, UsageFault } from '@fernsight/base';

/** `max`, or how many recorded seconds pass in one */
export type Speed = number | 'max';

/** Longest pause between two rows, in played time: a gap of a month in a recording is not waited for. */
const PAUSE_MS_MAX = 60_000;

/** @param text `max`, `1x`, `60x`, `0.5`. @throws UsageFault */
export function parseSpeed(text: string): Speed {
  if (text === 'max') return 'max';
  const factor = Number(text.replace(/x$/, ''));
  if (factor > 0 && Number.isFinite(factor)) return factor;
  throw new UsageFault(`${JSON.stringify(text)} is not a speed`, {
    op: 'source.pace',
    hint: '60x for sixty times as fast as recorded, or max',
  });
}

/** Waits between rows so that they come at their pace. */
export class Pace {
  readonly #clock: Clock;
  readonly #speed: Speed;
  #lastUs = Number.NaN;
  #dueMs: number;

  constructor(clock: Clock, speed: Speed) {
    this.#clock = clock;
    this.#speed = speed;
    this.#dueMs = clock.monotonicMs();
  }

  /** @returns how long to wait before the row recorded at `tsUs`; 0 for a row that is due or has no time */
  waitMs(tsUs: number): number {
    if (this.#speed === 'max' || Number.isNaN(tsUs)) return 0;
    if (!Number.isNaN(this.#lastUs)) {
      const gapMs = (tsUs - this.#lastUs) / 1000 / this.#speed;
      this.#dueMs += Math.min(PAUSE_MS_MAX, Math.max(0, gapMs));
    }
    this.#lastUs = tsUs;
    return this.#dueMs - this.#clock.monotonicMs();
  }
}
