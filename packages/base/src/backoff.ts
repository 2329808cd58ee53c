/**
 * Full-jitter exponential backoff: the wait before attempt n is uniform in [0, min(cap, base * 2^n)). It spreads a fleet
 * that lost its server at one moment over the whole interval (M. Brooker, "Exponential Backoff And Jitter", AWS 2015).
 */
import type { Rng } from './rng.ts';

export interface BackoffLimits {
  readonly baseMs: number;
  readonly capMs: number;
}

export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #rng: Rng;
  #attempt = 0;

  constructor(limits: BackoffLimits, rng: Rng) {
    this.#limits = limits;
    this.#rng = rng;
  }

  /** attempts failed since the last success */
  get attempt(): number {
    return this.#attempt;
  }

  /**
   * Call after a failure.
   * @param atLeastMs what the other side asked for (Retry-After); jitter is added on top, so that a fleet does not return as one
   * @returns the wait before the next attempt
   */
  failed(atLeastMs = 0): number {
    const { baseMs, capMs } = this.#limits;
    const ceilingMs = Math.min(capMs, baseMs * 2 ** Math.min(this.#attempt, 30));
    this.#attempt++;
    return atLeastMs + this.#rng.next() * ceilingMs;
  }

  succeeded(): void {
    this.#attempt = 0;
  }
}
