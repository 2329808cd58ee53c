/** A desk without a thread: what was asked meanwhile is served together, as on a thread. For simulation and tests. */
import { Fault } from '@fernsight/base';
import { type Asked, type Calls, type Clerk, type Desk, Fate } from './desk.ts';

export class InlineDesk<C extends Calls> implements Desk<C> {
  readonly #clerk: Clerk<C>;
  readonly #pause: () => Promise<void>;
  #queue: Asked<C>[] = [];
  #working: Promise<void> | undefined;
  readonly #fate = new Fate();
  #isClosed = false;

  /** @param pause waits before what was asked is served: others may ask meanwhile */
  constructor(clerk: Clerk<C>, pause = turn) {
    this.#clerk = clerk;
    this.#pause = pause;
  }

  get failure(): Fault | undefined {
    return this.#fate.failure;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#fate.run(signal);
  }

  ask<K extends keyof C & string>(call: K, input: C[K]['input']): Promise<C[K]['output']> {
    const closed = () => new Fault('the store is closed', { op: 'desk.ask' });
    if (this.#isClosed) return Promise.reject(this.failure ?? closed());
    return new Promise((answer, refuse) => {
      this.#queue.push({ call, input, answer, refuse });
      this.#working ??= this.#work().catch((error: unknown) => this.#fail(error));
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
    if (this.failure === undefined) await this.#clerk.close();
  }

  /** What a clerk throws ends its desk, as it would end a thread. */
  #fail(cause: unknown): void {
    this.#isClosed = true;
    const failure = this.#fate.fail(cause);
    for (const { refuse } of this.#queue) refuse(failure);
    this.#queue = [];
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
