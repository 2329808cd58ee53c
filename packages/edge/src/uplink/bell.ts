/** Something to wait for that may be rung early: a lane sleeps between sends, and an anomaly wakes it. */
import type { Clock } from '@fernsight/base';

/** A reason that costs no stack trace. */
const RUNG = 'rung';

export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves after `ms`, when rung (also since the last wait), or when aborted. */
  async wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const early = new AbortController();
      this.#wake = () => early.abort(RUNG);
      signal.addEventListener('abort', this.#wake, { once: true });
      await clock.sleep(ms, early.signal);
      signal.removeEventListener('abort', this.#wake);
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
