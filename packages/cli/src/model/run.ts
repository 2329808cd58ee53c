/** Waits for what a server does in the background, and says how far it is. */
import { Fault, UsageFault } from '@fernsight/base';
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
 * @param ask how far it is; given up when the signal is aborted
 * @throws UsageFault where nothing came of it; Fault where the command was interrupted
 */
export async function awaitRun<R extends Run>(
  what: string,
  {
    ask,
    progress,
  }: {
    readonly ask: (signal: AbortSignal) => Promise<R | undefined>;
    readonly progress: (run: R) => string;
  },
  { clock, heedSignals, stderr }: Invocation,
): Promise<R> {
  const signal = heedSignals();
  const line = new ProgressLine(stderr, clock);
  try {
    for (;;) {
      const run = await ask(signal);
      if (run?.state === 'done') return run;
      if (run?.state !== 'running') {
        throw new UsageFault(`nothing came of ${what}: ${run?.error ?? 'the server forgot it'}`, {
          op: 'models.wait',
        });
      }
      line.show(progress(run));
      await clock.sleep(POLL_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted || error instanceof UsageFault) throw error;
    throw new Fault(`stopped waiting for ${what}; the server goes on`, { op: 'models.wait' });
  } finally {
    line.end();
  }
}
