/**
 * Slows guessing. Each address and each name has a count of failures in a row; after a few that are free, each further
 * one doubles the wait. Time without failures forgets them. Memory is bounded.
 */
import type { Clock } from '@fernsight/base';
import type { Refusal } from './access.ts';
import { ATTEMPT_KEYS_MAX, ATTEMPT_WAIT_MS, ATTEMPTS_FREE } from './limits.ts';

interface Failures {
  readonly count: number;
  readonly untilMs: number;
  readonly waitMs: number;
}

export class Attempts {
  readonly #clock: Clock;
  readonly #waitMsMax: number;
  /** the one that failed longest ago first */
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock, waitMsMax: number) {
    this.#clock = clock;
    this.#waitMsMax = waitMsMax;
  }

  /** @returns how long the next attempt must wait; 0 for not at all */
  waitMs(key: string): number {
    return Math.max(0, (this.#failures.get(key)?.untilMs ?? 0) - this.#clock.monotonicMs());
  }

  /** @returns the wait that followed from its last failure, over or not */
  lastWaitMs(key: string): number {
    return this.#failures.get(key)?.waitMs ?? 0;
  }

  /** @returns the wait that follows from this failure */
  failed(key: string): number {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#failures.get(key);
    const isForgotten = before === undefined || nowMs > before.untilMs + this.#waitMsMax;
    const count = isForgotten ? 1 : before.count + 1;
    const beyond = count - ATTEMPTS_FREE;
    const waitMs = beyond <= 0 ? 0 : Math.min(this.#waitMsMax, ATTEMPT_WAIT_MS * 2 ** (beyond - 1));
    this.#failures.delete(key);
    this.#failures.set(key, { count, untilMs: nowMs + waitMs, waitMs });
    this.#bound();
    return waitMs;
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** keys remembered */
  get size(): number {
    return this.#failures.size;
  }

  #bound(): void {
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= ATTEMPT_KEYS_MAX) return;
      this.#failures.delete(key);
    }
  }
}

/**
 * @param address of the other end of the connection
 * @returns what is counted as one guesser: an IPv4 address, or the /64 that one IPv6 host usually has to itself
 */
export function guesser(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::') ?? [];
  const start = head === '' ? [] : head.split(':');
  const end = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? 8 - start.length - end.length : 0;
  const groups = [...start, ...Array<string>(Math.max(0, zeros)).fill('0'), ...end];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** @returns the refusal for one who must wait */
export function slowed(waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1_000);
  return {
    status: 429,
    title: 'Too many failed attempts',
    detail: `Too many credentials were wrong. The next is looked at in ${seconds} s.`,
    hint: 'Wait, then try with the right one.',
    headers: { 'retry-after': String(seconds) },
  };
}
