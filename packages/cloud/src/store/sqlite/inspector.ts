/**
 * The inspector's desk: a check of databases (integrity.ts), a step for each question, on a thread of its own. Nobody waits
 * for it but who asked: SQLite reads some GB for many seconds.
 */
import type { Log, Probe } from '@fernsight/base';
import type { Asked, Clerk } from '../../stream/desk.ts';
import { opener } from '../../stream/opener.ts';
import { type CheckStart, checkSteps, type Whole } from './integrity.ts';

export type InspectorCalls = {
  /** what was found whole, after the last step; null: there are more */
  step: { readonly input: null; readonly output: Whole | null };
};

export interface InspectOptions {
  readonly log: Log;
  /** false checks on the calling thread: for simulation and tests. Default true */
  readonly threads?: boolean;
  readonly probe?: Probe | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @returns what was found whole, or undefined where it was told to stop. @throws Fault that names what is damaged */
export async function inspect(
  start: CheckStart,
  { log, threads = true, probe, signal }: InspectOptions,
): Promise<Whole | undefined> {
  const open = opener<InspectorCalls, CheckStart>(
    new URL('./inspectorThread.ts', import.meta.url),
    (begun) => new InspectorClerk(begun),
    { threads, log, probe },
  );
  const inspector = await open(start);
  try {
    while (signal?.aborted !== true) {
      const whole = await inspector.ask('step', null);
      if (whole !== null) return whole;
      await (probe?.pause() ?? turn());
    }
    return undefined;
  } finally {
    await inspector.close();
  }
}

/** Where there is no thread, others have their turn between two steps. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class InspectorClerk implements Clerk<InspectorCalls> {
  readonly #steps: Iterator<void, Whole>;

  constructor(start: CheckStart) {
    this.#steps = checkSteps(start);
  }

  async serve(asked: Asked<InspectorCalls>[]): Promise<void> {
    for (const one of asked) {
      try {
        const { done, value } = this.#steps.next();
        one.answer(done === true ? value : null);
      } catch (error) {
        one.refuse(error);
      }
    }
  }

  async idle(): Promise<boolean> {
    return false;
  }

  /** The database of a check that was not finished is closed too. */
  async close(): Promise<void> {
    this.#steps.return?.();
  }
}
