/**
 * The agent's own stamps: wall time taken once, carried on by the monotonic clock.
 *
 * The wall clock of a small device starts at 1970, jumps when NTP answers, and is set by hand. When it has moved by
 * more than a second against the monotonic clock, the agent takes a new anchor and begins a new epoch. The
 * detectors' time must not go back, so each epoch has a shift: the fewest whole weeks that put the new time after every
 * stamp that the judges have seen from this clock. Whole weeks, so that the hour of the week stays what it is.
 */
import { type Clock, US_PER_DAY } from '@fernsight/base';
import { CLOCK_STEP_US } from '../limits.ts';

const WEEK_US = 7 * US_PER_DAY;

export class Anchor {
  readonly #clock: Clock;
  readonly #wallUs: number;
  readonly #monotonicMs: number;
  /** what is added to this clock's stamps to get the detectors' time; whole weeks */
  readonly shiftUs: number;

  /** @param lastJudgedUs the latest time, in the detectors' count, of any series stamped by this agent; -Infinity for none */
  constructor(clock: Clock, lastJudgedUs: number) {
    this.#clock = clock;
    this.#wallUs = clock.nowUs();
    this.#monotonicMs = clock.monotonicMs();
    const behindUs = lastJudgedUs - this.#wallUs;
    this.shiftUs = behindUs < 0 ? 0 : (Math.floor(behindUs / WEEK_US) + 1) * WEEK_US;
  }

  nowUs(): number {
    return this.#wallUs + Math.floor((this.#clock.monotonicMs() - this.#monotonicMs) * 1000);
  }

  /** @returns by how much the wall clock stepped since; 0 for what is only drift */
  stepUs(): number {
    const stepUs = this.#clock.nowUs() - this.nowUs();
    return Math.abs(stepUs) > CLOCK_STEP_US ? stepUs : 0;
  }
}
