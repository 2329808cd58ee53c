/** A server with credentials, and the commands that give, take and restore them. */

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { createRng, silentLog, systemClock } from '@fernsight/base';
import { type Cloud, startCloud } from '@fernsight/cloud';
import { type Client, createClient } from '@fernsight/wire/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../faults/selfSigned.ts';
import { runHere } from '../runHere.ts';
import { runFernsight } from '../spawnFernsight.ts';

const folder = mkdtempSync(join(tmpdir(), 'access-cli-'));
const dataDir = join(folder, 'cloud');
const password = 'correct horse battery';
const ending = new AbortController();
let cloud: Cloud;
let running: Promise<void>;
let admin: Client;
let keyFile: string;

beforeAll(async () => {
  const options = { dataDir, port: 0, open: false, clock: systemClock, log: silentLog };
  cloud = await startCloud({ ...options, rng: createRng(1) });
  running = cloud.run(ending.signal);
  const setUp = await fetch(`${cloud.url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: cloud.setupToken, name: 'anna', password }),
  });
  const cookie = setUp.headers.get('set-cookie')?.split(';')[0] ?? '';
  admin = createClient({ baseUrl: cloud.url, headers: { cookie } });
  keyFile = join(folder, 'admin.key');
  const { secret } = await admin.call('addKey', { body: { name: 'cli', scopes: ['admin'] } });
  writeFileSync(keyFile, `${secret}\n`);
});

afterAll(async () => {
  ending.abort();
  await running;
  rmSync(folder, { recursive: true });
});

const devices = (...args: string[]) =>
  runHere(['devices', ...args, '--url', cloud.url, '--key-file', keyFile]);

const push = (token: string) =>
  fetch(`${cloud.url}/data`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ device_id: 'pump', metrics: [{ type: 't', value: 1 }] }),
  });

describe('fernsight devices', () => {
  it('gives, lists, rotates and revokes tokens that the server takes', async () => {
    const added = await devices('add', 'pump', '--children', 'a,b');
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect((await push(added.stdout.trim())).status).toBe(202);
    const rotated = await devices('rotate', 'pump');
    expect((await push(rotated.stdout.trim())).status).toBe(202);
    expect((await push(added.stdout.trim())).status).toBe(401);
    expect((await devices('list')).stdout).toMatch(/^pump {2}holds .* 2 behind it\n$/);
    expect(await devices('revoke', 'pump')).toMatchObject({ code: 0 });
    expect((await push(rotated.stdout.trim())).status).toBe(401);
    expect((await devices('list')).stdout).toMatch(/^pump {2}revoked /);
    const again = await devices('revoke', 'pump');
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/^fernsight: the server says 404: .*devices add pump/);
  });

  it('prints a token alone, and apart from it which children are another one’s', async () => {
    expect(await devices('add', 'gw1', '--children', 'c,d')).toMatchObject({ code: 0, stderr: '' });
    const second = await devices('add', 'gw2', '--children', 'c,e');
    expect(second).toMatchObject({ code: 0, stderr: 'c belongs to another\n' });
    expect(second.stdout).toMatch(/^\S+\n$/);
  });

  it('says in one line what is wrong with the key or the server', async () => {
    const anonymous = await runFernsight(['devices', 'list', '--url', cloud.url]);
    expect(anonymous.stderr).toMatch(/^fernsight: the server says 401: .*\n$/);
    const nobody = await runFernsight(['devices', 'list', '--url', 'http://127.0.0.1:1']);
    expect(nobody.stderr).toMatch(/^fernsight: the server cannot be reached: .*\n$/);
  });
});

describe('fernsight agent enrol', () => {
  it('leaves what fernsight edge needs, and nothing that others can read', async () => {
    const { secret } = await admin.call('addKey', {
      body: { name: 'provision', scopes: ['provision'] },
    });
    const home = join(folder, 'edge');
    const enrol = (device: string, key = secret) =>
      runFernsight(['agent', 'enrol', cloud.url, key, '--device-id', device, '--data-dir', home]);
    expect((await enrol('sensor-1', 'fsk_wrong')).stderr).toMatch(/the server says 401/);
    expect(await enrol('sensor-1')).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['token', 'enrolment.yaml']) {
      expect(statSync(join(home, name)).mode & 0o077).toBe(0);
    }
    expect(readFileSync(join(home, 'enrolment.yaml'), 'utf8')).not.toContain('fsd_');
    expect(statSync(home).mode & 0o077).toBe(0);
    const other = [
      'agent',
      'enrol',
      cloud.url,
      '--device-id',
      'sensor-2',
      '--data-dir',
      `${home}-2`,
    ];
    expect((await runHere(other)).stderr).toMatch(/no provisioning key is given/);
    expect((await runHere(other, { FERNSIGHT_KEY: secret })).code).toBe(0);
    const second = await enrol('sensor-1');
    expect(second.stderr).toMatch(/409: sensor-1 has a token already/);
    const config = join(home, 'enrolment.yaml');
    const edge = await runFernsight([
      ...['edge', '--config', config, '--source', 'simulator', '--interval', '100ms'],
      ...['--duration', '2s', '--sync-interval', '500ms'],
    ]);
    expect(edge.stderr).not.toContain('fsd_');
    expect(edge.stdout).toMatch(/sensor-1: \d+ readings judged/);
    const ledger = await admin.call('ledger', { params: { device: 'sensor-1' } });
    expect(ledger.stored).toBeGreaterThan(0);
    const { keys } = await admin.call('rollout', {});
    expect(keys).toMatchObject([{ agent: 'sensor-1', origin: 'enrolment' }]);
  });
});

describe("fernsight agent enrol, where the certificate is the plant's own", () => {
  it('trusts the server once its authority is named, and so does the agent from then on', async () => {
    const front = createServer(selfSigned, (socket) => {
      const server = connect(Number(new URL(cloud.url).port), '127.0.0.1');
      socket.on('error', () => server.destroy());
      server.on('error', () => socket.destroy());
      socket.pipe(server).pipe(socket);
    });
    await once(front.listen(0, '127.0.0.1'), 'listening');
    const { port } = front.address() as AddressInfo;
    try {
      const { secret } = await admin.call('addKey', {
        body: { name: 'provision 3', scopes: ['provision'] },
      });
      const home = join(folder, 'edge-3');
      const authority = join(folder, 'authority.pem');
      writeFileSync(authority, selfSigned.cert);
      const enrol = ['agent', 'enrol', `https://127.0.0.1:${port}`, secret];
      const as = ['--device-id', 'sensor-3', '--data-dir', home];
      const wary = await runFernsight([...enrol, ...as]);
      expect(wary).toMatchObject({ code: 1, stderr: expect.stringMatching(/certificate/) });
      const trusting = await runFernsight([...enrol, ...as, '--cloud-ca', authority]);
      expect(trusting).toMatchObject({ code: 0, stderr: '' });
      const edge = await runFernsight([
        ...['edge', '--config', join(home, 'enrolment.yaml'), '--source', 'simulator'],
        ...['--interval', '100ms', '--duration', '2s', '--sync-interval', '500ms'],
      ]);
      expect(edge.stdout).toMatch(/sensor-3: \d+ readings judged/);
      const ledger = await admin.call('ledger', { params: { device: 'sensor-3' } });
      expect(ledger.stored).toBeGreaterThan(0);
    } finally {
      front.close();
    }
  });
});

describe('fernsight access reset', () => {
  it('lets an administrator in again while the server runs', async () => {
    const reset = await runFernsight(['access', 'reset', 'anna', '--data-dir', dataDir]);
    expect(reset).toMatchObject({ code: 0, stderr: '' });
    expect(reset.stdout).toMatch(/^anna may administer; who was signed in as anna no longer is/);
    const fresh = /Password: (\S+)/.exec(reset.stdout)?.[1] ?? '';
    const signIn = (secret: string) =>
      createClient({ baseUrl: cloud.url }).call('signIn', {
        body: { name: 'anna', password: secret },
      });
    expect(await signIn(fresh)).toMatchObject({ person: { name: 'anna', role: 'admin' } });
    await expect(signIn(password)).rejects.toThrow(/401/);
    await expect(admin.call('people', {})).rejects.toThrow(/401/);
    const other = await runHere(['access', 'reset', 'berta', '--data-dir', dataDir]);
    expect(other.stdout).toMatch(/^there was no berta: made, and may administer\. Password: /);
  });

  it('refuses a folder that is no server', async () => {
    const reset = await runFernsight(['access', 'reset', '--data-dir', folder]);
    expect(reset).toMatchObject({ code: 2, stdout: '' });
    expect(reset.stderr).toMatch(/holds no server that asks for credentials/);
  });
});
