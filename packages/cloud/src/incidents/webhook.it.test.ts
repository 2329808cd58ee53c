/** From a reading over HTTP to a webhook, on the machine's own clock. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, silentLog, systemClock, US_PER_MINUTE } from '@fernsight/base';
import { createClient } from '@fernsight/wire/client';
import { expect, inject, it } from 'vitest';
import { startCloud } from '../start.ts';

/** Two hours of a quiet sensor, one reading a second. */
const QUIET_READINGS = 7_200;

it('an anomaly is at the webhook within 5 s of its reading', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'webhook-'));
  const told = Promise.withResolvers<unknown>();
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    response.end();
    told.resolve(JSON.parse(body));
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const address = receiver.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const machine = { clock: systemClock, rng: createRng(1), log: silentLog };
  const cloud = await startCloud({ dataDir, port: 0, open: true, ...machine });
  const ending = new AbortController();
  const running = cloud.run(ending.signal);
  const client = createClient({ baseUrl: cloud.url });
  const url = `http://127.0.0.1:${port}/`;
  await client.call('addChannel', { body: { name: 'x', target: { kind: 'webhook', url } } });

  const chance = createRng('quiet');
  const nowUs = systemClock.nowUs();
  const push = (tsUs: number[], value: number[]) =>
    client.call('pushReadings', {
      body: { columns: [{ device: 'pump', sensor: 'temperature', tsUs, value }] },
    });
  const stamps = Array.from({ length: QUIET_READINGS }, (_, index) => {
    return nowUs - US_PER_MINUTE - (QUIET_READINGS - index) * 1_000_000;
  });
  const quiet = await push(
    stamps,
    stamps.map(() => 20 + chance.normal()),
  );
  expect(quiet.accepted).toBe(QUIET_READINGS);
  const beganMs = systemClock.monotonicMs();
  const sick = Array.from({ length: 10 }, (_, index) => nowUs - (10 - index) * 1_000_000);
  await push(
    sick,
    sick.map(() => 400),
  );
  const notice = await told.promise;
  const tookMs = systemClock.monotonicMs() - beganMs;
  // the promise is 5 s, on a machine that does nothing else
  expect(tookMs).toBeLessThan(inject('torture') ? 5_000 : 60_000);
  expect(notice).toMatchObject({
    event: 'opened',
    count: 1,
    incidents: [{ device: 'pump', sentence: expect.stringContaining('temperature') }],
  });
  const { incidents } = await client.call('incidents', { query: { open: true } });
  expect(incidents).toHaveLength(1);
  ending.abort();
  await running;
  receiver.close();
  rmSync(dataDir, { recursive: true });
});
