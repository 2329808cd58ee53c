/** From a reading over HTTP to a webhook's receiver: a real server on loopback, by the machine's own clock. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, createRng, silentLog } from '@fernsight/base';
import { startCloud } from '@fernsight/cloud';
import { createClient } from '@fernsight/wire/client';
import type { BenchRow } from './measure.ts';

/** Two hours of a quiet sensor, one reading a second, then sick ones until somebody is told. */
const QUIET_READINGS = 7_200;
const SICK_READINGS_MAX = 60;
const SECOND_US = 1_000_000;
const SERVERS = 3;

/** @returns the slowest of SERVERS servers, each with one incident */
export async function benchWebhook(clock: Clock): Promise<BenchRow[]> {
  const seconds: number[] = [];
  for (let server = 0; server < SERVERS; server += 1) seconds.push(await tellOnce(clock));
  const value = Math.max(...seconds);
  const metric = `reading to receipt, of ${SERVERS}`;
  return [{ bench: 'alarms.webhook', metric, value, unit: 's', baseline: null, ratio: null }];
}

/** @returns seconds from the stamp of the first sick reading to the receipt at the webhook */
async function tellOnce(clock: Clock): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'fernsight-webhook-'));
  const told = new AbortController();
  let toldUs = 0;
  const receiver = createServer((request, response) => {
    toldUs = clock.nowUs();
    request.resume().on('end', () => response.end());
    told.abort();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const address = receiver.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const rng = createRng('webhook');
  const cloud = await startCloud({ dataDir, port: 0, open: true, clock, rng, log: silentLog });
  const ending = new AbortController();
  const running = cloud.run(ending.signal);
  const client = createClient({ baseUrl: cloud.url });
  const url = `http://127.0.0.1:${port}/`;
  await client.call('addChannel', { body: { name: 'bench', target: { kind: 'webhook', url } } });
  const push = (tsUs: number[], value: number[]) =>
    client.call('pushReadings', {
      body: { columns: [{ device: 'pump', sensor: 'temperature', tsUs, value }] },
    });
  const nowUs = clock.nowUs();
  const stamps = Array.from(
    { length: QUIET_READINGS },
    (_, index) => nowUs - (QUIET_READINGS - index) * SECOND_US,
  );
  await push(
    stamps,
    stamps.map(() => 20 + rng.normal()),
  );
  const beganUs = clock.nowUs();
  for (let reading = 0; reading < SICK_READINGS_MAX && !told.signal.aborted; reading += 1) {
    await push([clock.nowUs()], [400]);
    await clock.sleep(1_000, told.signal);
  }
  ending.abort();
  await running;
  receiver.close();
  rmSync(dataDir, { recursive: true });
  return toldUs === 0 ? Number.POSITIVE_INFINITY : (toldUs - beganUs) / SECOND_US;
}
