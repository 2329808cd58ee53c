/** Waits for what a server does in the background, and says how far it is. */
import { UsageFault } from '@fernsight/base';
import type { Invocation } from '../invocation.ts';
import { ProgressLine } from '../progressLine.ts';

/** How often a server is asked how far it is. */
const POLL_MS = 500;

interface Run {
  readonly state: 'running' | 'done' | 'failed';
  readonly error: string | null;
}

/**
 * @param what in a sentence: `the training`
 * @returns the run that was done; undefined where the command was interrupted
 * @throws UsageFault where nothing came of it
 */
export async function awaitRun<R extends Run>(
  what: string,
  {
    ask,
    progress,
  }: { readonly ask: () => Promise<R | undefined>; readonly progress: (run: R) => string },
  { clock, signal, stderr }: Invocation,
): Promise<R | undefined> {
  const line = new ProgressLine(stderr, clock);
  while (!signal.aborted) {
    const run = await ask();
    if (run?.state === 'running') {
      line.show(progress(run));
      await clock.sleep(POLL_MS, signal);
      continue;
    }
    line.end();
    if (run?.state === 'done') return run;
    throw new UsageFault(`nothing came of ${what}: ${run?.error ?? 'the server forgot it'}`, {
      op: 'models.wait',
    });
  }
  line.end();
  return undefined;
}
