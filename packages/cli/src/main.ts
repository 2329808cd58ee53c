/**
 * The process around the program: its environment, streams and signals. The first Ctrl-C or SIGTERM ends the process, as
 * the system does it: a command that computes without a pause would not hear of a signal that we took. A command that
 * heeds them is asked for a clean end by the first, and ended by the second. A reader that goes away (`fernsight demo |
 * head`) asks for a clean end, too.
 */
import { errorCode, systemClock, systemRng } from '@fernsight/base';
import { runProgram } from './program.ts';

const ending = new AbortController();

process.stdout.on('error', (error) => {
  if (errorCode(error) !== 'EPIPE') throw error;
  ending.abort(error);
});

process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  rng: systemRng(),
  heedSignals,
});

function heedSignals(): AbortSignal {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    if (process.listenerCount(signal) > 0) continue;
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(code);
      ending.abort();
    });
  }
  return ending.signal;
}
