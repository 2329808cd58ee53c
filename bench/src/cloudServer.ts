/** The server of the cloud's benchmark, a process of its own that can be killed: open, on a free port, in the folder of its argument. */
import { createLog, createRng, systemClock } from '@fernsight/base';
import { startCloud } from '@fernsight/cloud';

const cloud = await startCloud({
  dataDir: process.argv[2] ?? '',
  port: 0,
  open: true,
  clock: systemClock,
  rng: createRng('bench'),
  log: createLog('warn'),
});
process.stdout.write(`${cloud.address.port}\n`);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await cloud.run(stop.signal);
