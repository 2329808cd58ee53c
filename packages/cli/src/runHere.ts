/** Runs a command line in this process, for tests of commands that talk to a server: a process of its own costs a second. */
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createRng, systemClock } from '@fernsight/base';
import { runProgram } from './program.ts';

export interface Answered {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param isTerminal the standard error is one: lines of progress are shown and rewritten */
export async function runHere(
  args: readonly string[],
  env = {},
  { isTerminal = false } = {},
): Promise<Answered> {
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY: isTerminal });
  const written = Promise.all([text(stdout), text(stderr)]);
  const { signal } = new AbortController();
  const [clock, rng] = [systemClock, createRng(1)];
  const stdin = Readable.from([]);
  const code = await runProgram(args, {
    env,
    stdin,
    stdout,
    stderr,
    clock,
    rng,
    heedSignals: () => signal,
  });
  stdout.end();
  stderr.end();
  const [out, err] = await written;
  return { code, stdout: out, stderr: err };
}
