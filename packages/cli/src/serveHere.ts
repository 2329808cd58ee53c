/** Runs a server in this process, on a folder of a test's own, while the test does something with it. */
import { createRng, silentLog, systemClock } from '@fernsight/base';
import { startCloud } from '@fernsight/cloud';

export async function serveHere<T>(dataDir: string, use: (url: string) => Promise<T>): Promise<T> {
  const machine = { clock: systemClock, rng: createRng(1), log: silentLog };
  const cloud = await startCloud({ dataDir, port: 0, open: true, threads: false, ...machine });
  const stop = new AbortController();
  const running = cloud.run(stop.signal);
  try {
    return await use(cloud.url);
  } finally {
    stop.abort();
    await running;
  }
}
