/** What strangers may put on a socket: each gets an answer that says what is wrong, and the next one is served. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CloudTrial, type Heard, openCloud } from '../cloudTrial.ts';
import { agentBatch } from '../worker/workerTrial.ts';

const READINGS = '/api/v1/readings';
const row = { device: 'd', sensor: 's', value: 1, time: 1 };

let trial: CloudTrial;
beforeAll(async () => {
  trial = await openCloud();
});
afterAll(async () => {
  expect((await trial.post(READINGS, { rows: [row] })).body).toMatchObject({ errors: [] });
  await trial.end();
});

/** Sends bytes as they are. @returns all that comes back until the server closes */
async function exchange(bytes: string, { isEnd = false } = {}): Promise<string> {
  const socket = connect(trial.cloud.address.port, '127.0.0.1');
  if (isEnd) socket.end(bytes);
  else socket.write(bytes);
  return text(socket);
}

const said = ({ status, body }: Heard): [number, string] => [status, JSON.stringify(body)];

describe('a body', () => {
  const send = (body: unknown, headers = {}) => trial.post(READINGS, body, headers);

  test('with names that UTF-8 cannot hold is refused item by item, and those beside them are kept', async () => {
    const rows = ['\ud800', '\ud801', 'good'].map((device) => ({ ...row, device }));
    const sensors = ['\udfff', 'a\udc00b'].map((sensor) => ({ ...row, sensor }));
    const { status, body } = await send({ rows: [...rows, ...sensors] });
    expect([status, body]).toMatchObject([
      202,
      {
        accepted: 1,
        errors: [
          { at: 'rows/0/device' },
          { at: 'rows/1/device' },
          { at: 'rows/3/sensor' },
          { at: 'rows/4/sensor' },
        ],
      },
    ]);
  });

  test.each([
    ['application/json', '{"rows":[{"device":"NAME"}]}', '/rows/0/device'],
    ['application/x-ndjson', '{}\n{"device":"NAME"}', 'line 2/device'],
    ['text/plain', 'm v=1\nm,device=NAME v=1', 'line 2'],
  ])('of other bytes than UTF-8 is refused as %s by its place', async (type, words, place) => {
    const bytes = Buffer.from(words.replace('NAME', 'a\u00ff'), 'latin1');
    const heard = await send(bytes, { 'content-type': type });
    expect([heard.status, heard.body]).toMatchObject([400, { errors: [{ pointer: place }] }]);
  });

  test('of an agent with such a name is refused by its field', async () => {
    const batch = agentBatch(0, [1]);
    const series = batch.series.map((one) => ({ ...one, sensor: '\ud800' }));
    const heard = await trial.post('/api/v1/agents/a1/batches', { ...batch, series });
    expect(said(heard)).toEqual([422, expect.stringContaining('/series/0/sensor')]);
  });

  test('with a byte order mark is taken', async () => {
    const { body } = await send(
      `\ufeff${JSON.stringify({ rows: [{ ...row, device: 'marked' }] })}`,
    );
    expect(body).toMatchObject({ accepted: 1, errors: [] });
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])(
    'that unfolds from %s to more than it may be is refused by the field at which it does',
    async (encoding, pack) => {
      const huge = { rows: [row, { ...row, device: 'x'.repeat(20_000_000) }] };
      const heard = await send(pack(JSON.stringify(huge)), { 'content-encoding': encoding });
      expect(said(heard)).toEqual([413, expect.stringContaining('"pointer":"/rows/1/device"')]);
    },
  );

  test.each(['gzip', 'deflate', 'br', 'zstd'])('that is no %s is 400', async (encoding) => {
    const heard = await send(gzipSync('{}').subarray(0, 12), { 'content-encoding': encoding });
    expect(said(heard)).toEqual([400, expect.stringContaining(encoding)]);
  });

  test('whose readings all have one stamp is taken at once', async () => {
    const count = 20_000;
    const tsUs = new Array(count).fill(7);
    const column = { device: 'still', sensor: 's', tsUs, value: tsUs };
    const { body } = await send({ columns: [column] });
    expect(body).toMatchObject({ accepted: count, errors: [] });
  });

  test('with a key of a megabyte is not repeated in the answer', async () => {
    const [status, words] = said(await send(`{"rows":[{"${'k'.repeat(1e6)}":NaN}]}`));
    expect([status, words.length < 1_000]).toEqual([400, true]);
  });

  test.each(['', 'json', ';'])('of the Content-Type %j is 415 and says why', async (type) => {
    const head = `POST ${READINGS} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n`;
    const answer = await exchange(`${head}Content-Type: ${type}\r\nContent-Length: 2\r\n\r\n{}`);
    expect(answer).toMatch(/^HTTP\/1.1 415 .*Content-Type is no media type/s);
  });
});

describe('an address', () => {
  test('with what is no name is refused in words, not by a pattern', async () => {
    const rule = '1 to 128 characters, no slash, no control characters, no blank at the ends';
    const device = await trial.get('/devices/a%2Fb');
    expect([device.status, device.body]).toMatchObject([
      400,
      { errors: [{ pointer: '/device', detail: `must be a name: ${rule}` }] },
    ]);
    expect(JSON.stringify(device.body)).not.toMatch(/ud800/);
  });

  test.each([
    ['/devices/%zz', 400],
    ['/api/v1/devices/%E0%A4%A/ledger', 400],
    [`/nothing/${'x'.repeat(3_000)}`, 404],
    ['/devices/%00', 400],
    ['/devices/%ED%A0%80', 400],
  ])('%s is a problem', async (path, status) => {
    const heard = await trial.get(path);
    expect([heard.status, heard.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json',
    ]);
    expect(said(heard)[1].length).toBeLessThan(600);
  });

  test.each([
    'anomalies?limit=-1',
    'anomalies?limit=1e9',
    'anomalies?limit=1.5',
    'anomalies?limit=1&limit=2',
    'anomalies?cursor=%00',
    'anomalies?fromUs=NaN',
    'anomalies?fromUs=1e300',
    'anomalies?alarms=yes',
    'fleet?limit=0',
    'history?device=d&sensor=s&fromUs=0&toUs=1&points=1',
    'history?device=d&sensor=s&fromUs=0&toUs=1&points=5001',
    'history?device=d&sensor=s&fromUs=5&toUs=1',
    'export?device=d&fromUs=0&toUs=1&format=exe',
    'export?device=d&fromUs=5&toUs=1',
    'anomalies?fromUs=5&toUs=1',
  ])('%s is 400 and names the parameter', async (query) => {
    const { status, body } = await trial.get(`/api/v1/${query}`);
    const name = /[?&](\w+)=[^&]*$/.exec(query)?.[1];
    expect([status, body]).toMatchObject([400, { errors: [{ pointer: `/${name}` }] }]);
  });

  test.each([`cursor=${'9'.repeat(190)}.1`, `cursor=1.${'9'.repeat(190)}`, '__proto__=1'])(
    'anomalies?%s has an answer',
    async (query) => {
      const { status, body } = await trial.get(`/api/v1/anomalies?${query}`);
      expect([status, body]).toEqual([200, { anomalies: [] }]);
    },
  );

  test('HEAD asks for no feed, which has no end', async () => {
    const answer = await exchange(
      'HEAD /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
  });
});

describe('what is no request', () => {
  const host = 'Host: 127.0.0.1\r\n';
  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    [
      'two lengths of a body',
      `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
    ],
    ['a negative length', `POST / HTTP/1.1\r\n${host}Content-Length: -4\r\n\r\n`, 400],
    [
      'a chunk of no length',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
    ],
    ['a header of 20 kB', `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s is refused by a problem', async (_, bytes, status) => {
    const answer = await exchange(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status });
  });

  test('a body that ends before its length is refused', async () => {
    const answer = await exchange(
      `POST ${READINGS} HTTP/1.1\r\n${host}Content-Length: 400\r\n\r\n{"rows":`,
      { isEnd: true },
    );
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
  });
});
