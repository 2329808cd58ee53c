/** Every route of the OpenAPI document, called over HTTP with credentials that are missing, wrong, revoked, too weak, right. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, createRng, silentLog, systemClock } from '@fernsight/base';
import { type Access, type Route, routes } from '@fernsight/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cloud } from '../embedded.ts';
import { startCloud } from '../start.ts';
import { backupFolder } from '../store/sqlite/backup.ts';
import { CHEAP, cookieOf, textOf } from './accessTrial.ts';

const PASSWORD = 'planted password 4711';
const dataDir = mkdtempSync(join(tmpdir(), 'walk-'));
const copyDir = `${dataDir}-copy`;
const ending = new AbortController();
let logged = '';
let cloud: Cloud;
let running: Promise<void>;

/** by what they may; those that hold */
const right: Record<string, Headers> = {};
/** revoked, ended */
const revoked: Record<string, Headers> = {};
const planted = new Set<string>([PASSWORD]);

type Headers = Readonly<Record<string, string>>;

/** Where each route leads when its places are filled with something harmless. */
const places = (path: string): string =>
  path.replace('{device}', 'pump').replace(/\{\w+\}/g, '999999');

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
}

/** @param from address of the caller: guessers are told apart by it */
function send(
  method: string,
  path: string,
  {
    headers = {},
    body,
    from = '127.0.0.1',
  }: { headers?: Headers; body?: unknown; from?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const options = { method, localAddress: from, headers: { ...type, ...headers }, agent: false };
    const sent = request(cloud.url + path, options, (response) => {
      const cookie = cookieOf({
        status: 0,
        body: null,
        headers: { 'set-cookie': response.headers['set-cookie']?.[0] ?? '' },
      });
      const status = response.statusCode ?? 0;
      let text = '';
      const end = () => resolve({ status, text, cookie });
      response.on('data', (piece) => {
        text += piece;
        const isStream = response.headers['content-type']?.includes('event-stream') === true;
        if (isStream) response.destroy();
      });
      response.on('close', end);
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function make(path: string, body: unknown, as: Headers): Promise<unknown> {
  const { status, text } = await send('POST', path, { headers: as, body });
  expect([path, status, text]).toEqual([path, 201, text]);
  return JSON.parse(text);
}

const bearer = (secret: string): Headers => {
  planted.add(secret);
  return { authorization: `Bearer ${secret}` };
};
const session = ({ cookie }: Reply): Headers => {
  planted.add(cookie.split('=')[1] ?? '');
  return { cookie };
};

beforeAll(async () => {
  cloud = await startCloud({
    dataDir,
    port: 0,
    open: false,
    passwordCost: CHEAP,
    clock: systemClock,
    rng: createRng(1),
    log: createLog('debug', { write: (line) => (logged += line) }),
  });
  running = cloud.run(ending.signal);
  const token = cloud.setupToken ?? '';
  planted.add(token);
  const name = 'anna';
  const password = PASSWORD;
  const setUp = await send('POST', '/api/v1/setup', { body: { token, name, password } });
  const admin = session(setUp);
  right.admin = admin;
  const key = async (scope: string, as = `key-${scope}`) => {
    const made = await make('/api/v1/keys', { name: as, scopes: [scope] }, admin);
    return { id: textOf(made, 'id'), headers: bearer(textOf(made, 'secret')) };
  };
  for (const scope of ['viewer', 'operator', 'metrics', 'provision']) {
    right[scope] = (await key(scope)).headers;
  }
  const device = await make('/api/v1/tokens', { device: 'pump' }, admin);
  right.device = bearer(textOf(device, 'token'));
  const lost = await key('admin', 'lost');
  await send('DELETE', `/api/v1/keys/${lost.id}`, { headers: admin });
  revoked.key = lost.headers;
  const gone = await make('/api/v1/tokens', { device: 'gone' }, admin);
  await send('DELETE', '/api/v1/tokens/gone', { headers: admin });
  revoked.token = bearer(textOf(gone, 'token'));
  const again = session(await send('POST', '/api/v1/session', { body: { name, password } }));
  await send('DELETE', '/api/v1/session', { headers: again });
  revoked.session = again;
});

afterAll(async () => {
  ending.abort();
  await running;
  rmSync(dataDir, { recursive: true });
  rmSync(copyDir, { recursive: true, force: true });
});

/** What may call a route that asks for this, of the credentials above. */
const MAY: Readonly<Record<Access, readonly string[]>> = {
  public: ['admin', 'viewer', 'operator', 'metrics', 'provision', 'device'],
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
  metrics: ['viewer', 'operator', 'admin', 'metrics'],
  device: ['device'],
  provision: ['provision', 'admin'],
};
/** These would end what the walk goes on with. */
const ENDS_SESSION = new Set(['signOut', 'revokeToken', 'rotateToken', 'revokeKey']);

const table = Object.entries(routes).map(([name, route]) => ({ name, ...(route as Route) }));
/** The routes of the OpenAPI document. */
let documented: typeof table;

describe('every route', () => {
  it('of the OpenAPI document is in the table that access is decided by', async () => {
    const { text } = await send('GET', '/openapi.json', { headers: right.viewer ?? {} });
    const operations = Object.entries(Object(JSON.parse(text).paths)).flatMap(([path, methods]) =>
      Object.keys(Object(methods)).map((method) => `${method.toUpperCase()} ${path}`),
    );
    documented = table.filter(({ method, path }) => operations.includes(`${method} ${path}`));
    expect(documented).toHaveLength(operations.length);
    expect(documented.length).toBeGreaterThan(40);
  });

  it('answers 401 without a credential, with a wrong one, and with a revoked one', async () => {
    let guesser = 1;
    for (const { name, method, path, access } of documented) {
      if (access === 'public') continue;
      const wrong: Headers[] = [
        {},
        { authorization: 'Bearer fsd_wrong' },
        { authorization: 'Bearer wrong' },
        { authorization: `Basic ${Buffer.from('pump:fsd_wrong').toString('base64')}` },
        { authorization: 'Digest whatever' },
        { cookie: 'fernsight=fss_wrong' },
        ...Object.values(revoked),
      ];
      for (const headers of wrong) {
        const from = `127.1.${guesser >> 8}.${guesser & 255}`;
        guesser++;
        const { status, text } = await send(method, places(path), { headers, from });
        expect([name, headers, status]).toEqual([name, headers, 401]);
        expect(JSON.parse(text)).toMatchObject({ status: 401, type: 'about:blank' });
      }
    }
  });

  it('answers 403 to what is too weak, and serves what is strong enough', async () => {
    for (const { name, method, path, access } of documented) {
      for (const [who, headers] of Object.entries(right)) {
        if (MAY[access].includes(who)) {
          if (ENDS_SESSION.has(name) || access === 'public') continue;
          const { status } = await send(method, places(path), { headers });
          expect([name, who, status === 401 || status === 403]).toEqual([name, who, false]);
        } else {
          const { status } = await send(method, places(path), { headers });
          expect([name, who, status]).toEqual([name, who, 403]);
        }
      }
    }
  });

  it('that is public needs nothing, and nothing else is', async () => {
    const open = documented.filter(({ access }) => access === 'public').map(({ name }) => name);
    expect(open.sort()).toEqual(
      ['health', 'livez', 'readyz', 'session', 'setUp', 'signIn', 'signOut'].sort(),
    );
    for (const path of ['/livez', '/readyz', '/health', '/api/v1/session', '/']) {
      expect([path, (await send('GET', path)).status]).toEqual([path, 200]);
    }
    for (const path of ['/docs', '/docs/', '/openapi.json', '/%6fpenapi.json', '/docs/json']) {
      expect([path, (await send('GET', path)).status]).toEqual([path, 401]);
    }
  });

  it('is slowed for one address that guesses, and for no other', async () => {
    const guess = (from: string) =>
      send('GET', '/api/v1/fleet', { headers: { authorization: 'Bearer fsk_x' }, from });
    const statuses: number[] = [];
    for (let count = 0; count < 7; count++) statuses.push((await guess('127.2.0.1')).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect((await guess('127.2.0.2')).status).toBe(401);
    for (let count = 0; count < 30; count++) await guess('127.2.0.1');
    const told = logged.match(/again and again.*127\.2\.0\.1|127\.2\.0\.1.*again and again/g);
    expect(told?.length).toBeGreaterThan(1);
    expect(told?.length).toBeLessThan(13);
  });
});

describe('a token', () => {
  const reading = (device: string) => ({ rows: [{ device, sensor: 't', value: 1 }] });

  it("of a device writes that device's readings and no other's", async () => {
    const headers = right.device ?? {};
    const own = await send('POST', '/api/v1/readings', { headers, body: reading('pump') });
    expect(JSON.parse(own.text)).toMatchObject({ accepted: 1, errors: [] });
    const other = await send('POST', '/api/v1/readings', { headers, body: reading('valve') });
    expect(JSON.parse(other.text)).toMatchObject({ accepted: 0, errors: [{ code: 'forbidden' }] });
    const metrics = [{ type: 't', value: 1 }];
    const original = (device_id: string) =>
      send('POST', '/data', { headers, body: { device_id, metrics } });
    expect((await original('pump')).status).toBe(202);
    expect((await original('valve')).status).toBe(403);
    const window = { window_start: '2026-11-20T10:00:00Z', window_end: '2026-11-20T10:05:00Z' };
    const counts = { anomaly_count: 0, total_samples: 1, avg_score: 0, max_score: 0, min_score: 0 };
    const summary = { device_id: 'valve', ...window, ...counts };
    expect((await send('POST', '/metrics', { headers, body: summary })).status).toBe(403);
    const batches = await send('POST', '/api/v1/agents/valve/batches', { headers, body: {} });
    expect([403, 422]).toContain(batches.status);
  });

  it('is taken as Basic, so that clients need nothing but their URL', async () => {
    const secret = right.device?.authorization?.split(' ')[1] ?? '';
    const basic = Buffer.from(`pump:${secret}`).toString('base64');
    const headers = { authorization: `Basic ${basic}` };
    const body = { device_id: 'pump', metrics: [{ type: 't', value: 2 }] };
    expect((await send('POST', '/data', { headers, body })).status).toBe(202);
  });
});

describe('planted secrets', () => {
  it('are in no log, no error, no metric, no list, and no file of the data folder', async () => {
    const admin = right.admin ?? {};
    const hook = { kind: 'webhook', url: 'http://127.0.0.1:1/planted-path' };
    const mail = {
      kind: 'email',
      server: 'smtp://planted-user:planted-mail-word@127.0.0.1:1',
      from: 'fern@example.org',
      to: ['anna@example.org'],
    };
    for (const [name, target] of Object.entries({ hook, mail })) {
      const { id } = Object(await make('/api/v1/channels', { name, target }, admin));
      await send('POST', `/api/v1/channels/${id}/test`, { headers: admin });
    }
    for (const secret of ['planted-path', 'planted-mail-word']) planted.add(secret);
    const keyLine = () => readFileSync(join(dataDir, 'model.key'), 'utf8').split('\n')[1] ?? '';
    const oldKey = keyLine();
    expect(oldKey.length).toBeGreaterThan(40);
    planted.add(oldKey);
    // what is sent where it does not belong is not told to the log either; and a change of the key forgets the old one
    const stray = 'planted-where-it-does-not-belong';
    const misplaced = { token: stray, password: stray, key: stray, name: [stray], url: stray };
    for (const { method, path, name } of documented) {
      if (method === 'GET' || ENDS_SESSION.has(name)) continue;
      const { status } = await send(method, places(path), {
        headers: admin,
        body: misplaced,
        from: '127.3.0.3',
      });
      expect([name, status < 500]).toEqual([name, true]);
    }
    await send('GET', `/api/v1/fleet?token=${stray}`, { headers: admin });
    expect(logged).not.toContain(stray);
    const key = keyLine();
    expect(key).not.toBe(oldKey);
    const bad = [...planted].map((secret) => ({ authorization: `Bearer ${secret}x` }));
    const texts: string[] = [];
    for (const headers of bad) {
      texts.push((await send('GET', '/api/v1/fleet', { headers, from: '127.3.0.1' })).text);
    }
    const body = { name: PASSWORD, password: PASSWORD };
    texts.push((await send('POST', '/api/v1/session', { body, from: '127.3.0.2' })).text);
    for (const { method, path, name } of documented) {
      if (method !== 'GET' || name === 'live') continue;
      texts.push((await send(method, places(path), { headers: admin })).text);
    }
    const span = `fromUs=0&toUs=${systemClock.nowUs()}`;
    const path = `/api/v1/export?device=pump&${span}&format=csv`;
    const exported = await send('GET', path, { headers: admin });
    expect(exported.status).toBe(200);
    expect(exported.text.split('\n').length).toBeGreaterThan(2);
    texts.push(exported.text);
    for (const secret of [...planted]) planted.add(btoa(`pump:${secret}`));
    const shown = texts.join('\n') + logged;
    expect(shown).not.toContain(key);
    await backupFolder({ dataDir, to: copyDir, log: silentLog });
    const files = [dataDir, copyDir]
      .flatMap((dir) => readdirSync(dir, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => ({ name, bytes: readFileSync(join(parentPath, name)) }));
    const holders = files.filter(({ bytes }) => bytes.includes(key)).map(({ name }) => name);
    expect(holders).toEqual(['model.key', 'model.key']);
    expect(planted.size).toBeGreaterThan(10);
    for (const secret of planted) {
      expect([secret, shown.includes(secret)]).toEqual([secret, false]);
      for (const { name, bytes } of files) {
        expect([name, name.includes(secret), bytes.includes(secret)]).toEqual([name, false, false]);
      }
    }
  });
});
