/**
 * A desk takes requests and answers each: the border between the HTTP thread and the threads that own the store. The
 * calls of a desk are named in a table of types; in one process the same desk works without a thread.
 */
import { Fault, UsageFault } from '@fernsight/base';

/** name of a call -> what it takes and gives, plain data that can pass between threads */
export type Calls = Record<string, { readonly input: unknown; readonly output: unknown }>;

export interface Desk<C extends Calls> {
  /** @throws Fault as the desk threw it, or when the desk is gone */
  ask<K extends keyof C & string>(
    call: K,
    input: C[K]['input'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<C[K]['output']>;
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
