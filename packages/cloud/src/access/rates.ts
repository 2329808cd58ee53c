/**
 * How often a device may ask: a token that runs away, in a loop or in wrong hands, must not take the server from the
 * others. A burst is free, beyond it requests are let through at an even rate (the generic cell rate algorithm, ITU-T
 * I.371): a device's whole state is the time at which it has nothing left to pay.
 */
import type { Clock } from '@fernsight/base';
import { DEVICE_BURST, DEVICE_REQUESTS_PER_SECOND, RATE_KEYS_MAX } from './limits.ts';

const INTERVAL_MS = 1_000 / DEVICE_REQUESTS_PER_SECOND;
const BURST_MS = DEVICE_BURST * INTERVAL_MS;

export class Rates {
  readonly #clock: Clock;
  readonly #paidMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns how long this one must wait; 0 for not at all: then it counts. O(1), amortized */
  waitMs(key: string): number {
    const nowMs = this.#clock.monotonicMs();
    const paidMs = Math.max(nowMs, this.#paidMs.get(key) ?? 0) + INTERVAL_MS;
    const waitMs = paidMs - nowMs - BURST_MS;
    if (waitMs > 0) return waitMs;
    this.#paidMs.set(key, paidMs);
    if (this.#paidMs.size > RATE_KEYS_MAX) this.#forget(nowMs);
    return 0;
  }

  /** Who has nothing left to pay is as one who never asked. */
  #forget(nowMs: number): void {
    for (const [key, paidMs] of this.#paidMs) if (paidMs <= nowMs) this.#paidMs.delete(key);
  }
}
