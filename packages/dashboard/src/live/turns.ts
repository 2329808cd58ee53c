/** At most so many at a time, the others wait their turn in order; one whose signal is aborted while it waits never starts. */

export class Turns {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #under = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws what `work` throws, and the signal's reason when it was aborted before its turn */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#under >= this.#max) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#under++;
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#under--;
      this.#waiting.shift()?.();
    }
  }
}
