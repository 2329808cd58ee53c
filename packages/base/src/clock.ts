/**
 * Time as an argument. Everything that waits, stamps or measures takes a Clock; only this file asks the machine.
 * The simulator and the tests bring a clock of their own, which moves when it is told to.
 */
import { parseTsUs, type TsUs } from './ids.ts';
import { US_PER_MS } from './timestamp.ts';

export interface Clock {
  /** wall time; it may step in either direction */
  nowUs(): TsUs;
  /** milliseconds since some start; never goes back */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Longest single timer that Node accepts; a longer sleep is cut into pieces. */
const TIMER_MS_MAX = 0x7fffffff;

export const systemClock: Clock = {
  nowUs: () => parseTsUs(Date.now() * US_PER_MS),
  monotonicMs: () => performance.now(),
  sleep: sleepSystem,
};

async function sleepSystem(ms: number, signal?: AbortSignal): Promise<void> {
  for (let left = ms; left > 0 && signal?.aborted !== true; left -= TIMER_MS_MAX) {
    await pause(Math.min(left, TIMER_MS_MAX), signal);
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/**
 * A clock that stands still until it is moved. Sleepers wake in the order of their times, and what they start runs
 * before time goes on.
 */
export class ManualClock implements Clock {
  #nowUs: number;
  #monotonicMs = 0;
  readonly #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  constructor(startUs: number) {
    this.#nowUs = startUs;
  }

  nowUs(): TsUs {
    return parseTsUs(Math.floor(this.#nowUs));
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** how many are asleep: a test waits for this before it moves time */
  get sleeperCount(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        atMs: this.#monotonicMs + ms,
        wake: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      const abort = () => {
        const index = this.#sleepers.indexOf(sleeper);
        if (index >= 0) this.#sleepers.splice(index, 1);
        sleeper.wake();
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Moves time on by `ms`, waking sleepers on the way and letting what they started settle. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      await settle();
      const next = this.#earliest(endMs);
      if (next === undefined) break;
      this.#moveTo(Math.max(next.atMs, this.#monotonicMs));
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
      next.wake();
    }
    this.#moveTo(endMs);
    await settle();
  }

  /** Moves time on by `ms` at once: who sleeps meanwhile wakes at its end, once, as when a machine was suspended. */
  leap(ms: number): Promise<void> {
    this.#moveTo(this.#monotonicMs + ms);
    return this.advance(0);
  }

  /** Moves the wall clock alone, as NTP or a person would; sleepers do not notice. */
  step(us: number): void {
    this.#nowUs += us;
  }

  #earliest(endMs: number): { readonly atMs: number; readonly wake: () => void } | undefined {
    let best: { readonly atMs: number; readonly wake: () => void } | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.atMs <= endMs && (best === undefined || sleeper.atMs < best.atMs)) best = sleeper;
    }
    return best;
  }

  #moveTo(ms: number): void {
    this.#nowUs += (ms - this.#monotonicMs) * 1000;
    this.#monotonicMs = ms;
  }
}

/** Lets pending promise callbacks and finished I/O run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
