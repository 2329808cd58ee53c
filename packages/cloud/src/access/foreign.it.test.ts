/** Over sockets: what a page of another site, or a name that another site makes lead here, can reach. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { type Route, routes } from '@fernsight/wire';
import { createClient } from '@fernsight/wire/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloudTrial, openCloud } from '../cloudTrial.ts';
import { cookieOf } from './accessTrial.ts';

type Headers = Readonly<Record<string, string>>;

const table: readonly Route[] = Object.values(routes);
const places = (path: string): string =>
  path.replace('{device}', 'pump').replace(/\{\w+\}/g, '999999');

const FORM = JSON.stringify({ rows: [{ device: 'planted', sensor: 't', value: 1 }] });

let trial: CloudTrial;

interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A request whose headers are all its own, Host too; its body is what a form of another site can send. */
function send(method: string, path: string, headers: Headers): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const body = method === 'POST' ? FORM : undefined;
    const type = body === undefined ? {} : { 'content-type': 'text/plain' };
    const options = { method, headers: { ...type, ...headers }, agent: false };
    const sent = request(trial.cloud.url + path, options, (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
      response.destroy();
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Bytes as they are. @returns the status line of the answer */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(trial.cloud.address.port, '127.0.0.1', () => socket.write(text));
    let heard = '';
    socket.on('data', (piece) => (heard += piece));
    socket.on('close', () => resolve(heard.split('\r\n')[0] ?? ''));
    socket.on('error', reject);
  });
}

describe('a server in open mode', () => {
  beforeAll(async () => {
    trial = await openCloud({ open: true });
  });
  afterAll(() => trial.end());

  const FOREIGN: Readonly<Record<string, Headers>> = {
    'a name that leads here': { host: 'evil.example' },
    'a name that begins as this machine does': { host: '127.0.0.1.evil.example' },
    "another site's page": { origin: 'http://evil.example' },
    'a page without an origin of its own': { origin: 'null' },
    'another server of this machine': { origin: 'http://127.0.0.1:1' },
    'a proxy': { 'x-forwarded-for': '203.0.113.9' },
  };

  it.each(Object.entries(FOREIGN))('serves nothing to %s, by any route', async (_, headers) => {
    for (const { method, path } of [...table, { method: 'GET', path: '/' }]) {
      const { status } = await send(method, places(path), headers);
      expect([method, path, status]).toEqual([method, path, 403]);
    }
  });

  it.each(['forwarded', 'via', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'])(
    'serves nothing to a proxy that adds %s',
    async (name) => expect((await send('GET', '/latest', { [name]: 'x' })).status).toBe(403),
  );

  it('takes no reading from a form of another site, and lets none read', async () => {
    const origin = 'http://evil.example';
    for (const path of ['/api/v1/readings', '/data', '/api/v2/write']) {
      expect((await send('POST', path, { origin })).status).toBe(403);
    }
    const asked = { origin, 'access-control-request-method': 'POST' };
    for (const headers of [asked, { ...asked, origin: trial.cloud.url }]) {
      const preflight = await send('OPTIONS', '/api/v1/readings', headers);
      expect(preflight.status).toBeGreaterThanOrEqual(400);
      expect(Object.keys(preflight.headers).join()).not.toMatch(/access-control/);
    }
    expect(JSON.stringify((await trial.get('/api/v1/fleet')).body)).not.toContain('planted');
    const own = await send('GET', '/api/v1/fleet', { origin: trial.cloud.url });
    expect([own.status, own.headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });

  it.each([
    ['no Host', 'GET /api/v1/fleet HTTP/1.0\r\n\r\n'],
    ['an empty Host', 'GET /api/v1/fleet HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
    [
      'a Host beside the one of its address',
      'GET http://127.0.0.1/api/v1/fleet HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    ],
    [
      'two of them',
      'GET /api/v1/fleet HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
    ],
  ])('serves nothing to a request with %s', async (_, text) => {
    expect(await sendRaw(text)).toMatch(/^HTTP\/1\.1 (?:400|403) /);
  });
});

describe('a server with accounts', () => {
  beforeAll(async () => {
    trial = await openCloud({ open: false });
  });
  afterAll(() => trial.end());

  it('does nothing for another site in the name of who is signed in', async () => {
    const origin = 'http://evil.example';
    const token = trial.cloud.setupToken;
    const anna = { name: 'anna', password: 'correct horse battery' };
    const setUp = (headers: Headers) => trial.post('/api/v1/setup', { token, ...anna }, headers);
    expect((await setUp({ origin })).status).toBe(403);
    const entered = await setUp({});
    const set = { 'set-cookie': entered.headers.get('set-cookie') ?? '' };
    const cookie = cookieOf({ status: 200, body: null, headers: set });
    for (const from of [origin, 'null', 'http://127.0.0.1:1']) {
      for (const { method, path, access } of table) {
        if (method === 'GET' || access === 'public') continue;
        const { status } = await send(method, places(path), { cookie, origin: from });
        expect([method, path, status]).toEqual([method, path, 403]);
      }
      expect((await trial.post('/api/v1/session', anna, { origin: from })).status).toBe(403);
      await send('DELETE', '/api/v1/session', { cookie, origin: from });
    }
    const client = createClient({ baseUrl: trial.cloud.url, headers: { cookie } });
    expect((await client.call('people', {})).people).toHaveLength(1);
    const own = { cookie, origin: trial.cloud.url };
    expect((await send('DELETE', '/api/v1/session', own)).status).toBe(204);
    await expect(client.call('people', {})).rejects.toThrow(/401/);
  });
});
