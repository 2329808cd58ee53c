/**
 * How many questions about the past are under way: each holds its answer in memory and asks the writer for its tail, so
 * that thousands at once would keep readings waiting. What comes beyond is asked to come again.
 */
import { RequestFault } from '../ingest/requestFault.ts';
import { RETRY_AFTER_SECONDS } from '../limits.ts';

export class Room {
  readonly #max: number;
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws RequestFault (503) where it is full */
  async within<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#max) {
      throw new RequestFault(503, `${this.#max} questions about the past wait already`, {
        hint: 'ask again in a moment, and fewer at a time',
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      });
    }
    this.#taken++;
    try {
      return await work();
    } finally {
      this.#taken--;
    }
  }
}
