import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog, systemClock, systemRng } from '@fernsight/base';
import { startCloud } from '@fernsight/cloud';
import { type Agent, createAgent, createHttpLink } from '@fernsight/edge';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runFernsight } from '../spawnFernsight.ts';
import { selfSigned } from './selfSigned.ts';

let folder: string;
const stop = new AbortController();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'certificate-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function createPump(url: string): Agent {
  return createAgent({
    device: 'pump',
    outbox: join(folder, 'outbox.db'),
    rng: systemRng(),
    sendIntervalMs: 50,
    link: createHttpLink({ url, device: 'pump' }),
  });
}

it('a certificate that nobody vouches for is not trusted: nothing is sent until it is pinned', async () => {
  const cloud = await startCloud({
    dataDir: join(folder, 'cloud'),
    port: 0,
    open: true,
    tls: selfSigned,
    clock: systemClock,
    rng: systemRng(),
    log: silentLog,
  });
  const serving = cloud.run(stop.signal);
  const wary = createPump(cloud.url);
  for (let row = 0; row < 100; row++) wary.push({ sensor: 'flow', value: row % 7 });
  const leave = new AbortController();
  const run = wary.run(leave.signal);
  while (wary.status().uplink?.lastError === undefined) await systemClock.sleep(10);
  expect(wary.status().uplink?.lastError).toMatch(/certificate/);
  leave.abort();
  await run;
  expect(wary.status()).toMatchObject({ waiting: 100, delivered: 0 });
  wary.close();

  const authority = join(folder, 'authority.pem');
  writeFileSync(authority, selfSigned.cert);
  const where = ['--device-id', 'pump', '--data-dir', folder, '--cloud-url', cloud.url];
  const drain = ['buffer', 'drain', ...where, '--cloud-ca'];
  const wrong = await runFernsight([...drain, join(folder, 'outbox.db')]);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/is none.*PEM/s) });
  const pinned = await runFernsight([...drain, authority]);
  expect(pinned).toMatchObject({ code: 0, stdout: expect.stringMatching(/100 delivered, 0 wai/) });
  expect(cloud.totals().readingCount).toBe(100);
  stop.abort();
  await serving;
});
