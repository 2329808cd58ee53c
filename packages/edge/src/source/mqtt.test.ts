import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, systemClock } from '@fernsight/base';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent } from '../agent.ts';
import { createMqttSource } from './mqtt.ts';
import { filterOf, readMessage } from './mqttTopic.ts';

let folder: string;
let broker: Aedes;
let server: Server;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mqtt-'));
  broker = await Aedes.createBroker();
  server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});

afterEach(async () => {
  await new Promise<void>((resolve) => broker.close(() => resolve()));
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function start(seed: string, seen: string[], enough: number) {
  const stop = new AbortController();
  const topics = [{ pattern: 'plant/{device}/{sensor}', value: 'v', time: 't' }];
  const agent = createAgent({
    device: 'gateway',
    outbox: join(folder, 'outbox.db'),
    rng: createRng(seed),
    clock: systemClock,
    commitIntervalMs: 20,
    syncIntervalMs: 50,
    sources: [createMqttSource({ url, topics, clientId: 'gateway' })],
    onVerdict: ({ device, sensor, value }) => {
      seen.push(`${device}/${sensor}=${value}`);
      if (seen.length >= enough) stop.abort();
    },
  });
  return { agent, run: agent.run(stop.signal) };
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
  const first = start('first', seen, 100);
  await subscribed;
  await publish(0, 100);
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

it('refuses a pattern that is no topic filter', () => {
  expect(filterOf({ pattern: 'a/{device}/#' })).toBe('a/+/#');
  expect(() => filterOf({ pattern: 'a/#/b' })).toThrow(/not a topic pattern/);
  expect(() => filterOf({ pattern: 'a/x{device}' })).toThrow(/not a topic pattern/);
});
