import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { createRng, must, systemClock } from '@fernsight/base';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSettings } from '../settings/load.ts';
import { createSources } from './sources.ts';

/** Ids of the sessions that were asked for, each once. */
let sessions: Set<string>;
const broker = createServer((socket) => {
  socket.once('data', (connect) => {
    // MQTT 3.1.1, 3.1: a length of one byte, ten bytes of header, then the id behind its length
    sessions.add(connect.subarray(14, 14 + connect.readUInt16BE(12)).toString());
    socket.destroy();
  });
  socket.on('error', () => undefined);
});
let port: number;

beforeEach(async () => {
  sessions = new Set();
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  const address = broker.address();
  port = typeof address === 'object' ? must(address, 'it listens').port : 0;
});
afterEach(() => new Promise((resolve) => broker.close(resolve)));

async function sourcesOf(sources: readonly Readonly<Record<string, unknown>>[]) {
  const { settings } = await loadSettings({ env: {}, flags: { edge: { sources } } });
  const rng = createRng('sources');
  const stdin = Readable.from([]);
  const { signal } = new AbortController();
  const streams = { stdin, stdout: process.stdout, stderr: process.stderr };
  const invocation = { env: {}, ...streams, clock: systemClock, rng, heedSignals: () => signal };
  return createSources(settings.edge, { device: 'gateway', sensors: [], invocation });
}

/** Lets each source knock at the broker once. @returns its session's id by the source's name */
async function knock(sources: readonly Readonly<Record<string, unknown>>[]) {
  const ids: [name: string, session: string][] = [];
  for (const source of await sourcesOf(sources)) {
    const { signal } = new AbortController();
    sessions.clear();
    await expect(source.read(undefined, signal)[Symbol.asyncIterator]().next()).rejects.toThrow();
    ids.push([source.name, [...sessions].join()]);
  }
  return ids;
}

it('sources on one broker have sessions of their own, the same whatever stands beside them', async () => {
  const one = (topics: string, at = `127.0.0.1:${port}`) => ({
    source: 'mqtt',
    broker: `mqtt://${at}`,
    topics,
  });
  const [alone] = await knock([one('hall/{device}/{sensor}')]);
  expect(alone).toEqual([`mqtt:127.0.0.1:${port}`, 'fernsight-gateway']);

  const [first, second, third] = await knock([
    one('hall/{device}/{sensor}'),
    one('yard/{device}/{sensor}'),
    one('yard/{device}/{sensor}'),
  ]);
  expect(first).toEqual(alone);
  expect(new Set([first, second, third].map((each) => each?.[0])).size).toBe(3);
  expect(new Set([first, second, third].map((each) => each?.[1])).size).toBe(3);
  const again = await knock([
    one('hall/{device}/{sensor}'),
    one('roof/{device}/{sensor}'),
    one('yard/{device}/{sensor}'),
  ]);
  expect([again[0], again[2]]).toEqual([first, second]);

  const elsewhere = await knock([one('a/{sensor}', `localhost:${port}`), one('a/{sensor}')]);
  expect(elsewhere.map((each) => each[1])).toEqual(['fernsight-gateway', 'fernsight-gateway']);
});

it.each([
  [{ source: 'csv', input: '/data/plant.csv', value: ['flow'] }, { value: ['level'] }],
  [{ source: 'ndjson', input: '/data/plant.ndjson' }, {}],
  [{ source: 'simulator', simulate: ['humidity'] }, { simulate: ['pressure'] }],
])('an agent takes %o twice, and keeps their positions apart', async (first, more) => {
  const sources = await sourcesOf([first, { ...first, ...more }]);
  const names = sources.map(({ name }) => name);
  expect(names[1]).toMatch(new RegExp(`^${names[0]}-\\w+$`));
});
