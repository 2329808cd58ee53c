/**
 * When something is polled: once an interval, in step with the first time. What a pause went past (the process was
 * stopped, the machine busy) is not made up for: the values of then cannot be had, and one of now is enough.
 */
import type { Clock } from '@fernsight/base';

export class Beat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #dueMs: number;

  /** The first beat is now. */
  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    // at no interval nothing else would have a turn
    this.#intervalMs = Math.max(1, intervalMs);
    this.#dueMs = clock.monotonicMs();
  }

  /** Resolves at the next beat, or when aborted. */
  next(signal: AbortSignal): Promise<void> {
    const lateMs = Math.max(0, this.#clock.monotonicMs() - this.#dueMs);
    this.#dueMs += this.#intervalMs * (1 + Math.floor(lateMs / this.#intervalMs));
    return this.#clock.sleep(this.#dueMs - this.#clock.monotonicMs(), signal);
  }
}
