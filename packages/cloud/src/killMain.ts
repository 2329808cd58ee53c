/** A server for the kill tests: open, on a free port, in the folder of the first argument; it prints its address. */
import { createRng, silentLog, systemClock } from '@fernsight/base';
import { startCloud } from './embedded.ts';

const cloud = await startCloud({
  dataDir: process.argv[2] ?? '',
  port: 0,
  open: true,
  clock: systemClock,
  rng: createRng('kill'),
  log: silentLog,
});
process.stdout.write(`${cloud.url}\n`);
await cloud.run(new AbortController().signal);
