/** A desk without a thread: what was asked meanwhile is served together, as on a thread. For simulation and tests. */
import { Fault } from '@fernsight/base';
import type { Asked, Calls, Clerk, Desk } from './desk.ts';

export class InlineDesk<C extends Calls> implements Desk<C> {
  readonly #clerk: Clerk<C>;
  readonly #pause: () => Promise<void>;
  #queue: Asked<C>[] = [];
  #working: Promise<void> | undefined;
  #isClosed = false;

  /** @param pause waits before what was asked is served: others may ask meanwhile */
  constructor(clerk: Clerk<C>, pause = turn) {
    this.#clerk = clerk;
    this.#pause = pause;
  }

  ask<K extends keyof C & string>(call: K, input: C[K]['input']): Promise<C[K]['output']> {
    if (this.#isClosed) return Promise.reject(new Fault('the store is closed', { op: 'desk.ask' }));
    return new Promise((answer, refuse) => {
      this.#queue.push({ call, input, answer, refuse });
      this.#working ??= this.#work();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
    await this.#clerk.close();
  }

  async #work(): Promise<void> {
    await this.#pause();
    while (this.#queue.length > 0) {
      const asked = this.#queue;
      this.#queue = [];
      await this.#clerk.serve(asked);
      await this.#clerk.idle();
    }
    this.#working = undefined;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
