import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, formatTimestamp, systemClock, systemRng } from '@fernsight/base';
import { type Agent, createAgent, createCsvSource, createHttpLink } from '@fernsight/edge';
import { createClient } from '@fernsight/wire/client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Spawned, spawnFernsight } from '../spawnFernsight.ts';
import { FaultProxy, type NetworkFault } from './faultProxy.ts';

const START_US = Date.UTC(2026, 0, 1) * 1_000;
const ROWS = 3_000;
const folder = mkdtempSync(join(tmpdir(), 'network-'));
const path = join(folder, 'plant.csv');
let cloud: Spawned;
let cloudUrl = '';
let proxy: FaultProxy;

beforeAll(async () => {
  const lines = Array.from(
    { length: ROWS },
    (_, row) => `${formatTimestamp(START_US + row * 1e6)},${row / 8},${(row % 97) / 4}`,
  );
  writeFileSync(path, `timestamp,pressure,flow\n${lines.join('\n')}\n`);
  const args = ['up', '--open', '--port', '0', '--data-dir', join(folder, 'cloud')];
  cloud = spawnFernsight(args);
  [, cloudUrl = ''] = await cloud.seen(/is up: (\S+)/);
});

afterAll(async () => {
  cloud.child.kill('SIGKILL');
  await cloud.ended;
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  proxy = await FaultProxy.open(Number(new URL(cloudUrl).port), systemClock);
});

afterEach(() => proxy.close());

/** An agent that gives the file to the cloud through the proxy, impatient so that a fault costs a test little. */
function createPump(device: string, timeoutMs = 400): Agent {
  return createAgent({
    device,
    outbox: join(folder, `${device}.db`),
    rng: systemRng(),
    commitIntervalMs: 20,
    syncIntervalMs: 100,
    sendIntervalMs: 50,
    sources: [createCsvSource({ path, values: ['pressure', 'flow'] })],
    link: createHttpLink({ url: proxy.url, device, timeoutMs }),
  });
}

/** Runs to the end and checks that the cloud has each reading once, in order (I3, I4). */
async function deliver(agent: Agent, device: string): Promise<void> {
  await agent.run(new AbortController().signal, { untilDone: true });
  agent.close();
  const client = createClient({ baseUrl: cloudUrl });
  const ledger = await client.call('ledger', { params: { device } });
  expect(ledger).toMatchObject({ stored: 2 * ROWS, taken: 2 * ROWS, conflicts: 0, rejected: 0 });
  expect(ledger.epochs.map(({ missing }) => missing)).toEqual([0]);
  const query = {
    device,
    sensor: 'pressure',
    fromUs: START_US,
    toUs: START_US + 1_999e6,
    points: 5_000,
  };
  const page = await client.call('history', { query });
  expect(page.mean).toEqual(Array.from({ length: 2_000 }, (_, row) => row / 8));
}

const garbage = '<html>a captive portal</html>';
const answer = (status: string, more = '') =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${garbage.length}\r\nconnection: close\r\n${more}\r\n${garbage}`;

const FAULTS: readonly (readonly [name: string, fault: NetworkFault, count: number])[] = [
  ['a cloud that is away at the start', { kind: 'refuse' }, 3],
  ['a request cut in its head', { kind: 'cutRequest', afterBytes: 60 }, 2],
  ['a request cut in its body', { kind: 'cutRequest', afterBytes: 2_000 }, 2],
  ['a reply that is lost after the cloud committed', { kind: 'loseReply' }, 3],
  ['a reply that drips', { kind: 'drip', everyMs: 40 }, 2],
  ['a connection that hangs', { kind: 'halfOpen' }, 2],
  ['a reply that is no reply', { kind: 'answer', text: answer('200 OK') }, 2],
  ['an answer that is not HTTP', { kind: 'answer', text: 'SSH-2.0-OpenSSH_9.2\r\n' }, 2],
  ['a proxy that is at fault', { kind: 'answer', text: answer('502 Bad Gateway') }, 2],
  ['a slow line', { kind: 'delay', ms: 100 }, 4],
];

it.each(FAULTS)('%s costs no reading and doubles none', async (name, fault, count) => {
  const device = name.replaceAll(' ', '-');
  proxy.set(fault, count);
  await deliver(createPump(device), device);
  expect(proxy.struckCount).toBeGreaterThan(0);
});

it.each(['429 Too Many Requests', '503 Service Unavailable'])(
  'waits as long as %s asks',
  async (status) => {
    const device = `asked-${status.slice(0, 3)}`;
    proxy.set({ kind: 'answer', text: answer(status, 'retry-after: 1\r\n') }, 1);
    const startMs = systemClock.monotonicMs();
    await deliver(createPump(device), device);
    expect(systemClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(1_000);
  },
);

it('faults of all kinds in a row cost no reading and double none', async () => {
  const rng = createRng('faults');
  const agent = createPump('unlucky');
  let calm = false;
  const ended = deliver(agent, 'unlucky').finally(() => {
    calm = true;
  });
  for (let round = 0; round < 8 && !calm; round++) {
    const [, fault] = FAULTS[rng.below(FAULTS.length)] ?? [];
    proxy.set(fault, 1);
    await systemClock.sleep(60);
  }
  proxy.set(undefined);
  await ended;
});
