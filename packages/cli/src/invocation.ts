/**
 * What a command may touch of the world around the program: handed in by main.ts, so that nothing below it reaches for
 * the process.
 */
import type { Readable, Writable } from 'node:stream';
import type { Clock, Rng } from '@fernsight/base';

export interface Invocation {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly clock: Clock;
  readonly rng: Rng;
  /**
   * For a command that ends cleanly by itself. Until it is called the first Ctrl-C or SIGTERM ends the process.
   * @returns what the first aborts from now on, and with EPIPE as its reason a reader that goes away
   */
  readonly heedSignals: () => AbortSignal;
}

/** A stream for text; where it is a terminal (isTTY), what was written can be rewritten. */
export interface Terminal extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}
