/**
 * How many questions about the past, or exports, are under way: each holds its answer in memory and asks the writer for
 * its tail, so that thousands at once would keep readings waiting. What comes beyond is asked to come again.
 */
import { RequestFault } from '../ingest/requestFault.ts';
import { RETRY_AFTER_SECONDS } from '../limits.ts';

export class Room {
  readonly #max: number;
  readonly #what: string;
  #taken = 0;

  /** @param what is counted, in the plural */
  constructor(max: number, what = 'questions about the past') {
    this.#max = max;
    this.#what = what;
  }

  /** @throws RequestFault (503) where it is full */
  async within<T>(work: () => Promise<T>): Promise<T> {
    const leave = this.enter();
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** @returns how to leave, to be called once. @throws RequestFault (503) where it is full */
  enter(): () => void {
    if (this.#taken >= this.#max) {
      throw new RequestFault(503, `${this.#max} ${this.#what} are under way already`, {
        hint: 'ask again in a moment, and fewer at a time',
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      });
    }
    this.#taken++;
    return () => {
      this.#taken--;
    };
  }
}
