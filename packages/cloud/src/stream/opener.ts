/** Desks for one piece of work, which is closed after it: a training, a comparison, a check of the store. */
import type { Log, Probe } from '@fernsight/base';
import type { Calls, Clerk, Desk } from './desk.ts';
import { InlineDesk } from './inlineDesk.ts';
import { ThreadDesk, threadFile } from './threadDesk.ts';

export interface OpenerOptions {
  /** false works on the calling thread: for simulation and tests */
  readonly threads: boolean;
  readonly log: Log;
  readonly probe?: Probe | undefined;
}

/** @returns what opens such a desk: on a thread of its own, whose file is `source`, or on the calling one */
export function opener<C extends Calls, Start>(
  source: URL,
  clerkOf: (start: Start) => Clerk<C>,
  { threads, log, probe }: OpenerOptions,
): (start: Start) => Promise<Desk<C>> {
  const file = threadFile(source);
  const pause = probe === undefined ? undefined : () => probe.pause();
  return async (data) =>
    threads ? ThreadDesk.start<C>({ file, data, log }) : new InlineDesk(clerkOf(data), pause);
}
