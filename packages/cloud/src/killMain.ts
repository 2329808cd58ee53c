/** A server for the kill tests: open, on a free port, in the folder of the first argument; it prints its address. */
import { flushCompileCache } from 'node:module';
import { createRng, silentLog, systemClock } from '@fernsight/base';
import { startCloud } from './start.ts';

const cloud = await startCloud({
  dataDir: process.argv[2] ?? '',
  port: 0,
  open: true,
  clock: systemClock,
  rng: createRng('kill'),
  log: silentLog,
});
// who is killed writes nothing at its end
flushCompileCache();
process.stdout.write(`${cloud.url}\n`);
await cloud.run(new AbortController().signal);
