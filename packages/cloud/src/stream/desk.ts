/**
 * A desk takes requests and answers each: the border between the HTTP thread and the threads that own the store. The
 * calls of a desk are named in a table of types; in one process the same desk works without a thread.
 */
import { errorMessage, Fault, UsageFault } from '@fernsight/base';

/** name of a call -> what it takes and gives, plain data that can pass between threads */
export type Calls = Record<string, { readonly input: unknown; readonly output: unknown }>;

export interface Desk<C extends Calls> {
  /** @throws Fault as the desk threw it, or when the desk is gone */
  ask<K extends keyof C & string>(
    call: K,
    input: C[K]['input'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<C[K]['output']>;
  /** why it has ended although nobody closed it; undefined while it has not */
  readonly failure: Fault | undefined;
  /** Resolves when aborted. @throws Fault once the desk has ended although nobody closed it */
  run(signal: AbortSignal): Promise<void>;
  /** Answers what was asked, then ends. */
  close(): Promise<void>;
}

/** One request on its way. */
export interface Asked<C extends Calls, K extends keyof C & string = keyof C & string> {
  readonly call: K;
  readonly input: C[K]['input'];
  answer(output: C[K]['output'], transfer?: readonly ArrayBuffer[]): void;
  refuse(error: unknown): void;
}

/** @returns whether this is what was asked */
export function isCall<C extends Calls, K extends keyof C & string>(
  asked: Asked<C>,
  call: K,
): asked is Asked<C, K> {
  return asked.call === call;
}

/** The other side of a desk: it answers all of `asked`, in groups as it sees fit. */
export interface Clerk<C extends Calls> {
  serve(asked: Asked<C>[]): Promise<void>;
  /** Called when nothing is asked. @returns whether there is more to do */
  idle(): Promise<boolean>;
  close(): Promise<void>;
}

/** Whether a desk has failed, and who is to hear of it. */
export class Fate {
  readonly #told = Promise.withResolvers<Fault>();
  #failure: Fault | undefined;

  get failure(): Fault | undefined {
    return this.#failure;
  }

  /** @param cause the first one counts. @returns what is told of it; whoever asked may ask again once the server is back */
  fail(cause: unknown): Fault {
    this.#failure ??= new Fault(`a part of the server failed: ${errorMessage(cause)}`, {
      op: 'desk.run',
      cause,
      retryable: true,
      hint: 'the server ends; what starts it again does so now',
    });
    this.#told.resolve(this.#failure);
    return this.#failure;
  }

  async run(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<undefined>();
    const end = () => aborted.resolve(undefined);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    const failure = await Promise.race([this.#told.promise, aborted.promise]);
    signal.removeEventListener('abort', end);
    if (failure !== undefined) throw failure;
  }
}

/** A fault as plain data. */
export interface FaultNote {
  /** a person's mistake, which ends the program with another code */
  readonly isUsage: boolean;
  readonly message: string;
  readonly op: string;
  readonly hint?: string | undefined;
  readonly retryable: boolean;
}

export function noteOf(error: unknown): FaultNote {
  if (error instanceof Fault) {
    const { message, op, hint, retryable } = error;
    return { isUsage: error instanceof UsageFault, message, op, hint, retryable };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { isUsage: false, message, op: 'desk', retryable: false };
}

export function faultOf({ isUsage, message, op, hint, retryable }: FaultNote): Fault {
  const detail = { op, retryable, ...(hint === undefined ? {} : { hint }) };
  return isUsage ? new UsageFault(message, detail) : new Fault(message, detail);
}
