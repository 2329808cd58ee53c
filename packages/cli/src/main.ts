/**
 * The process around the program: its environment, streams and signals. The first Ctrl-C or SIGTERM asks for a clean
 * end, the second ends at once. A reader that goes away (`fernsight demo | head`) asks for a clean end, too.
 */
import { errorCode, systemClock, systemRng } from '@fernsight/base';
import { runProgram } from './program.ts';

const ending = new AbortController();

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    if (ending.signal.aborted) process.exit(code);
    ending.abort();
  });
}

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
  signal: ending.signal,
});
