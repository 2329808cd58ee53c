import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { createRng, systemClock } from '@fernsight/base';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent } from '../agent.ts';
import { createMqttSource } from './mqtt.ts';
import { filterOf, readMessage } from './mqttTopic.ts';
import type { Block } from './source.ts';

let folder: string;
let broker: Aedes;
let server: Server;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mqtt-'));
  broker = await Aedes.createBroker();
  server = createServer(broker.handle);
  url = `mqtt://127.0.0.1:${await listen(server)}`;
});

async function listen(on: Server): Promise<number> {
  await new Promise<void>((resolve) => on.listen(0, '127.0.0.1', resolve));
  const address = on.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

afterEach(async () => {
  await new Promise<void>((resolve) => broker.close(() => resolve()));
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function start(seed: string, seen: string[], enough: number) {
  const stop = new AbortController();
  const topics = [
    { pattern: 'plant/{device}/{sensor}', value: 'v', time: 't' },
    { pattern: 'wide/{device}' },
  ];
  const agent = createAgent({
    device: 'gateway',
    outbox: join(folder, 'outbox.db'),
    rng: createRng(seed),
    clock: systemClock,
    commitIntervalMs: 20,
    syncIntervalMs: 50,
    sources: [createMqttSource({ url, topics, clientId: 'gateway', name: 'broker' })],
    onVerdict: ({ device, sensor, value }) => {
      seen.push(`${device}/${sensor}=${value}`);
      if (seen.length >= enough) stop.abort();
    },
  });
  return { agent, stop, run: agent.run(stop.signal) };
}

/** Resolves when so many messages are acknowledged to the broker from now on. */
function allAcknowledged(count: number): Promise<void> {
  let left = count;
  return new Promise((resolve) => broker.on('ack', () => --left === 0 && resolve()));
}

it('takes messages of a broker once each, over a restart of the agent', async () => {
  const publisher = await connectAsync(url);
  const seen: string[] = [];
  const publish = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, index) => {
        const row = from + index;
        const payload = JSON.stringify({ t: 1_700_000_000 + row, v: row });
        return publisher.publishAsync(`plant/pump-${row % 3}/flow`, payload, { qos: 1 });
      }),
    );
  const subscribed = new Promise((resolve) => broker.once('subscribe', resolve));
  const first = start('first', seen, Number.POSITIVE_INFINITY);
  await subscribed;
  // aedes sends again, unmarked, what it has not been told of
  const all = allAcknowledged(100);
  await publish(0, 100);
  await all;
  first.stop.abort();
  await first.run;
  const { taken } = first.agent.status();
  first.agent.close();
  expect(taken).toBe(100);

  await publish(100, 200);
  const second = start('second', seen, 200);
  await second.run;
  expect(second.agent.status().taken).toBe(200);
  second.agent.close();
  expect(new Set(seen).size).toBe(200);
  await publisher.endAsync();
});

/** A line to the broker on which what the agent says can be lost from some moment on. */
async function openLine() {
  const lost = { is: false };
  const target = Number(new URL(url).port);
  const line = createServer((client) => {
    const on = connect(target, '127.0.0.1');
    on.pipe(client);
    client.on('data', (bytes) => lost.is || on.write(bytes));
    client.on('close', () => on.destroy());
  });
  return { lost, line, at: `mqtt://127.0.0.1:${await listen(line)}` };
}

it('a message whose acknowledgement was lost is sent again, taken once, and acknowledged then', async () => {
  const { lost, line, at } = await openLine();
  const seen: string[] = [];
  const direct = url;
  url = at;
  const subscribed = new Promise((resolve) => broker.once('subscribe', resolve));
  const first = start('first', seen, 20);
  await subscribed;
  lost.is = true;
  const publisher = await connectAsync(direct);
  for (let row = 0; row < 20; row++) {
    const payload = JSON.stringify({ t: 1_700_000_000 + row, v: row });
    await publisher.publishAsync('plant/pump/flow', payload, { qos: 1 });
  }
  await first.run;
  first.agent.close();
  await new Promise((resolve) => line.close(resolve));

  url = direct;
  let acknowledged = 0;
  const all = new Promise<void>((resolve) => {
    broker.on('ack', () => ++acknowledged === 20 && resolve());
  });
  // aedes does not mark what it sends again, which MQTT 3.1.1 asks of it (3.3.1.1).
  broker.authorizeForward = (_client, packet) => Object.assign(packet, { dup: acknowledged < 20 });
  const second = start('second', seen, 21);
  await all;
  await publisher.publishAsync('plant/pump/flow', '{"t": 1700000100, "v": 7}', { qos: 1 });
  await second.run;
  expect(second.agent.status().taken).toBe(21);
  second.agent.close();
  await publisher.endAsync();
});

/** What both sides of a source over TLS saw, until one message arrived or the source died. */
async function overTls(more: Partial<Parameters<typeof createMqttSource>[0]>) {
  const secure = createTlsServer(selfSigned, broker.handle);
  const port = await listen(secure);
  const where = `mqtts://127.0.0.1:${port}`;
  const stop = new AbortController();
  const topics = [{ pattern: 'plant/{device}/{sensor}' }];
  const agent = createAgent({
    device: 'gateway',
    outbox: join(folder, `${port}.db`),
    sources: [createMqttSource({ url: where, topics, clientId: 'secure', ...more })],
    onVerdict: () => stop.abort(),
  });
  const run = agent.run(stop.signal);
  const greet = () =>
    broker.publish(
      { cmd: 'publish', topic: 'plant/pump/flow', payload: '7', qos: 1, dup: false, retain: false },
      () => undefined,
    );
  broker.once('subscribe', greet);
  while (!stop.signal.aborted && agent.status().sources[0]?.lastError === undefined) {
    await systemClock.sleep(10);
  }
  stop.abort();
  await run;
  broker.off('subscribe', greet);
  const { taken, sources } = agent.status();
  agent.close();
  await new Promise((resolve) => secure.close(resolve));
  return { taken, lastError: sources[0]?.lastError };
}

it('a broker whose certificate nobody vouches for is not trusted, until its authority is named', async () => {
  const credentials = { username: 'gateway', password: 'sesame' };
  broker.authenticate = (...[, name, password, done]) =>
    done(null, name === credentials.username && String(password) === credentials.password);
  expect(await overTls(credentials)).toMatchObject({
    taken: 0,
    lastError: expect.stringMatching(/certificate/),
  });
  const ca = selfSigned.cert;
  expect(await overTls({ ...credentials, ca })).toMatchObject({ taken: 1 });
  expect(await overTls({ ...credentials, ca, version: '5' })).toMatchObject({
    lastError: expect.stringMatching(/protocol version/),
  });
  expect(await overTls({ ca, username: 'gateway', password: 'wrong' })).toMatchObject({
    taken: 0,
    lastError: expect.stringMatching(/not authorized|Not authorized|bad user/i),
  });
  expect(() => createMqttSource({ url, topics: [], clientId: 'a', ca: 'no PEM' })).toThrow(
    /certificate of the authority is none/,
  );
});

/** @returns a PUBLISH of QoS 0 (MQTT 3.1.1, 3.3); its remaining length takes two bytes */
function publishOf(topic: string, payload: string): Buffer {
  const rest = Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic + payload)]);
  return Buffer.concat([Buffer.from([0x30, (rest.length & 0x7f) | 0x80, rest.length >> 7]), rest]);
}

/** A source at a broker that sends `count` messages with QoS 0, as fast as they are read, and ends the line. */
async function openFlood(count: number, sizeBytes: number) {
  const flood = { sentCount: 0 };
  const send = async (socket: Socket) => {
    for (; flood.sentCount < count; flood.sentCount++) {
      const payload = JSON.stringify({ v: flood.sentCount, note: 'x'.repeat(sizeBytes) });
      if (!socket.write(publishOf('plant/pump/flow', payload))) await once(socket, 'drain');
    }
    socket.end();
  };
  let sending = Promise.resolve();
  const { refusing, open } = openRefusing((socket, id) => {
    socket.write(Buffer.from([0x90, 3, ...id, 0]));
    sending = send(socket);
  });
  const source = createMqttSource({
    url: `mqtt://127.0.0.1:${await listen(refusing)}`,
    topics: [{ pattern: 'plant/{device}/{sensor}', value: 'v' }],
    clientId: 'gateway',
  });
  const blocks = source.read(undefined, new AbortController().signal)[Symbol.asyncIterator]();
  const close = async () => {
    await sending;
    while (open.size > 0) await systemClock.sleep(10);
    await new Promise((resolve) => refusing.close(resolve));
  };
  return { flood, open, blocks, close };
}

/** Takes blocks to the end of the line. @returns the values, the first block's before them */
async function takeRest(first: IteratorResult<Block>, blocks: AsyncIterator<Block>) {
  const values: number[] = [];
  let onceCount = 0;
  const failed = await (async () => {
    for (let next = first; next.done !== true; next = await blocks.next()) {
      values.push(...next.value.readings.map(({ value }) => value));
      onceCount += next.value.onceCount ?? 0;
    }
  })().catch((error: unknown) => error);
  expect(failed).toMatchObject({ message: expect.stringMatching(/lost: the connection closed/) });
  return { values, onceCount };
}

const upTo = (count: number) => Array.from({ length: count }, (_, row) => row);

it('what came once is taken, though the line ended behind it, and told apart', async () => {
  // more than a block takes: the rest waits while the line ends
  const count = 1_900;
  const { open, blocks, close } = await openFlood(count, 10);
  const first = await blocks.next();
  while (open.size > 0) await systemClock.sleep(10);
  await systemClock.sleep(10);
  expect(await takeRest(first, blocks)).toEqual({ values: upTo(count), onceCount: count });
  await close();
});

it('a broker is not read ahead of an agent that takes nothing, and nothing is lost by that', async () => {
  const count = 4_000;
  const { flood, blocks, close } = await openFlood(count, 12_000);
  const first = await blocks.next();
  // What waits, and what fits into the line, is not half of it.
  for (let still = 0, before = -1; still < 20; before = flood.sentCount) {
    await systemClock.sleep(10);
    still = before === flood.sentCount ? still + 1 : 0;
  }
  expect(flood.sentCount).toBeLessThan(count * 0.75);
  expect((await takeRest(first, blocks)).values).toEqual(upTo(count));
  await close();
});

/** A broker that lets anyone in and does with a SUBSCRIBE what it is told. */
function openRefusing(onSubscribe: (socket: Socket, id: Buffer) => void) {
  const open = new Set<Socket>();
  const refusing = createServer((socket) => {
    open.add(socket.on('close', () => open.delete(socket)));
    socket.on('data', (bytes) => {
      const type = (bytes[0] ?? 0) >> 4;
      if (type === 1) socket.write(Buffer.from([0x20, 2, 0, 0]));
      if (type === 8) onSubscribe(socket, bytes.subarray(2, 4));
    });
  });
  return { refusing, open };
}

it.each<[string, (socket: Socket, id: Buffer) => void, RegExp]>([
  [
    'drops the line before it answers',
    (socket) => socket.destroy(),
    /no subscription to plant\/\+\/\+: .*closed/,
  ],
  [
    'refuses the topic',
    (socket, id) => socket.write(Buffer.from([0x90, 3, ...id, 0x80])),
    /no subscription to plant\/\+\/\+: /,
  ],
])('a broker that %s is tried again, and the agent goes on', async (_, onSubscribe, reason) => {
  let triedCount = 0;
  const { refusing, open } = openRefusing((socket, id) => {
    triedCount++;
    onSubscribe(socket, id);
  });
  const host = `127.0.0.1:${await listen(refusing)}`;
  const stop = new AbortController();
  const topics = [{ pattern: 'plant/{device}/{sensor}' }];
  const source = createMqttSource({ url: `mqtt://${host}`, topics, clientId: 'gateway' });
  const agent = createAgent({
    device: 'gateway',
    outbox: join(folder, 'outbox.db'),
    rng: createRng('refused'),
    sources: [source],
  });
  const run = agent.run(stop.signal);
  const failed = run.catch((error: unknown) => error);
  while (triedCount < 2 && (await Promise.race([failed, systemClock.sleep(10)])) === undefined);
  const { lastError } = agent.status().sources[0] ?? {};
  stop.abort();
  await run;
  agent.close();
  expect(lastError).toMatch(reason);
  expect(lastError).toContain(host);
  while (open.size > 0) await systemClock.sleep(10);
  await new Promise((resolve) => refusing.close(resolve));
});

it.each([
  ['21.5', [['t1', 21.5]]],
  [
    '{"temperature": 20, "unit": "C", "humidity": 41}',
    [
      ['temperature', 20],
      ['humidity', 41],
    ],
  ],
  ['nonsense', []],
  ['NaN', []],
  ['', []],
])('reads the payload %s', (payload, expected) => {
  const { readings } = readMessage([{ pattern: 'home/{device}/+' }], 'home/attic/t1', payload);
  expect(readings.map(({ sensor, value }) => [sensor, value])).toEqual(expected);
  expect(readings.every(({ device }) => device === 'attic')).toBe(true);
});

it('counts the numbers of a message beyond those that a device can have', async () => {
  const numbers = Array.from({ length: 1_204 }, (_, index) => [`n${index}`, index]);
  const payload = JSON.stringify(Object.fromEntries(numbers));
  const subscribed = new Promise((resolve) => broker.once('subscribe', resolve));
  const publisher = await connectAsync(url);
  const { agent, run } = start('wide', [], 1_000);
  await subscribed;
  await publisher.publishAsync('wide/pump', payload, { qos: 1 });
  await run;
  expect(agent.status()).toMatchObject({ taken: 1_000, invalid: 204 });
  agent.close();
  await publisher.endAsync();
});

it('refuses a pattern that is no topic filter', () => {
  expect(filterOf({ pattern: 'a/{device}/#' })).toBe('a/+/#');
  expect(() => filterOf({ pattern: 'a/#/b' })).toThrow(/not a topic pattern/);
  expect(() => filterOf({ pattern: 'a/x{device}' })).toThrow(/not a topic pattern/);
});

/**
 * Names localhost and 127.0.0.1, protects nothing, and is used nowhere else. Made by:
 * openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost
 *   -addext subjectAltName=DNS:localhost,IP:127.0.0.1
 */
const selfSigned = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUMflC2e4UfIRBrVH1tGYJXybn9uowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTIyMjQyOFoYDzIxMjYxMTAx
MjIyNDI4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATs8Q81rZf/af4PJXkurOq9Bwz/mpsfdNwfsnIO2BheUxQxg0cRRnSS
RstmfoWC/oU5ESqhQ7AL9VCThhhF2e66o28wbTAdBgNVHQ4EFgQUGQ+mKTCBe6Yu
OOZSGQMR9H+7pPMwHwYDVR0jBBgwFoAUGQ+mKTCBe6YuOOZSGQMR9H+7pPMwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgFrhnIa3T5B0JZyefu9yWriCvyDmXwzmp6U7I5nTzg6ICIQCE
fFs63J97h6zpgiqov/QZO2HcOkbF+Qg0C15075ZWtA==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCfs7AwhR63in+pX6
hTRfPuvaQyFQojL49YhhjiwxNvuhRANCAATs8Q81rZf/af4PJXkurOq9Bwz/mpsf
dNwfsnIO2BheUxQxg0cRRnSSRstmfoWC/oU5ESqhQ7AL9VCThhhF2e66
-----END PRIVATE KEY-----
`,
};
