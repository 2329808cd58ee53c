import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog, systemClock, systemRng } from '@fernsight/base';
import { startCloud } from '@fernsight/cloud';
import { type Agent, createAgent, createHttpLink } from '@fernsight/edge';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runFernsight } from '../spawnFernsight.ts';
import { accountOf, expectWhole, undisturbed } from './account.ts';
import { selfSigned } from './selfSigned.ts';

const ROWS = 900;
let folder: string;

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

/** A cloud on the one folder. @returns its address, and what ends it */
async function serve(more: { readonly tls?: typeof selfSigned } = {}) {
  const settings = { dataDir: join(folder, 'cloud'), port: 0, open: true, log: silentLog };
  const cloud = await startCloud({ ...settings, ...more, clock: systemClock, rng: systemRng() });
  const stop = new AbortController();
  const serving = cloud.run(stop.signal);
  const end = async () => {
    stop.abort();
    await serving;
  };
  return { url: cloud.url, end };
}

it('a certificate that nobody vouches for is not trusted: nothing is sent until it is pinned', async () => {
  const cloud = await serve({ tls: selfSigned });
  const wary = createPump(cloud.url);
  for (let row = 0; row < ROWS; row++) {
    wary.push({ sensor: 'flow', value: (row % 7) + (row % 401 === 400 ? 500 : 0) });
  }
  const leave = new AbortController();
  const run = wary.run(leave.signal);
  while (wary.status().uplink?.lastError === undefined) await systemClock.sleep(10);
  expect(wary.status().uplink?.lastError).toMatch(/certificate/);
  leave.abort();
  await run;
  expect(wary.status()).toMatchObject({ waiting: ROWS, delivered: 0 });
  wary.close();

  const authority = join(folder, 'authority.pem');
  writeFileSync(authority, selfSigned.cert);
  const where = ['--device-id', 'pump', '--data-dir', folder, '--cloud-url', cloud.url];
  const drain = ['buffer', 'drain', ...where, '--cloud-ca'];
  const wrong = await runFernsight([...drain, join(folder, 'outbox.db')]);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/is none.*PEM/s) });
  const pinned = await runFernsight([...drain, authority]);
  expect(pinned).toMatchObject({ code: 0, stdout: expect.stringMatching(/900 delivered, 0 wai/) });
  const settings = join(folder, 'agent.yaml');
  const edge = `edge:\n  cloudUrl: ${cloud.url}\n  dataDir: ${folder}\n`;
  const doctor = ['doctor', '--config', settings, '--port', '0'];
  writeFileSync(settings, edge);
  expect((await runFernsight(doctor)).stdout).toMatch(/^fail .*does not answer: .*edge\.cloudCa$/m);
  writeFileSync(settings, `${edge}  cloudCa: ${authority}\n`);
  expect((await runFernsight(doctor)).stdout).toMatch(/^ok .*takes readings$/m);
  await cloud.end();

  const plain = await serve();
  expect((await expectWhole(plain.url, 'pump')).taken).toBe(ROWS);
  const account = await accountOf(plain.url, 'pump');
  expect(account.anomalies.length).toBeGreaterThan(0);
  const outbox = join(folder, 'calm.db');
  expect(account).toEqual(await undisturbed(plain.url, 'pump', { outbox }));
  await plain.end();
});
