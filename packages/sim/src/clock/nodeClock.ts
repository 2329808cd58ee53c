/**
 * The clocks of one machine: a wall clock that is off, drifts and steps, and for each process a monotonic one that
 * starts with it. A process that was killed never wakes again: its clock is how it is stopped.
 */
import { type Clock, parseTsUs, type TsUs } from '@fernsight/base';
import type { Kernel } from './kernel.ts';

/** The true time at which every simulation begins: shortly before the jobs of the hour, and of ten minutes, are due. */
export const START_US = Date.UTC(2026, 2, 1, 2, 19) * 1000;
const US_PER_MS = 1000;

/** The wall clock of a machine. It outlives the machine's processes. */
export class WallClock {
  readonly #kernel: Kernel;
  /** seconds that pass on it in a true second */
  rate: number;
  #atMs = 0;
  #wallUs: number;

  constructor(kernel: Kernel, { offsetUs, rate }: { offsetUs: number; rate: number }) {
    this.#kernel = kernel;
    this.rate = rate;
    this.#wallUs = START_US + offsetUs;
  }

  nowUs(): TsUs {
    return parseTsUs(Math.floor(this.#read()));
  }

  /** Moves it by so much, as NTP or a person would. */
  step(us: number): void {
    this.#wallUs = this.#read() + us;
    this.#atMs = this.#kernel.nowMs;
  }

  setRate(rate: number): void {
    this.step(0);
    this.rate = rate;
  }

  /** Sets it to what is true. */
  mend(): void {
    this.step(START_US + this.#kernel.nowMs * US_PER_MS - this.#read());
    this.setRate(1);
  }

  #read(): number {
    return this.#wallUs + (this.#kernel.nowMs - this.#atMs) * US_PER_MS * this.rate;
  }
}

/** The clock that one process is given. */
export class NodeClock implements Clock {
  readonly #kernel: Kernel;
  readonly #wall: WallClock;
  readonly #bootMs: number;
  readonly #rate: number;
  #isAlive = true;
  #pretendedUs: TsUs | undefined;

  constructor(kernel: Kernel, wall: WallClock) {
    this.#kernel = kernel;
    this.#wall = wall;
    this.#bootMs = kernel.nowMs;
    this.#rate = wall.rate;
  }

  nowUs(): TsUs {
    return this.#pretendedUs ?? this.#wall.nowUs();
  }

  /** Tells another wall time while `work` runs up to its first wait; undefined: the true one. */
  pretending<T>(us: number | undefined, work: () => T): T {
    this.#pretendedUs = us === undefined ? undefined : parseTsUs(us);
    try {
      return work();
    } finally {
      this.#pretendedUs = undefined;
    }
  }

  monotonicMs(): number {
    return (this.#kernel.nowMs - this.#bootMs) * this.#rate;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.#isAlive && (ms <= 0 || signal?.aborted === true)) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        if (this.#isAlive) resolve();
      };
      // whole milliseconds, as a timer of Node: a rest of nothing must not be slept through for ever
      const timer = this.#kernel.after(Math.max(1, Math.ceil(ms)) / this.#rate, wake);
      const abort = () => {
        timer.cancel();
        wake();
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** The process is gone. */
  stop(): void {
    this.#isAlive = false;
  }
}
