import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, formatTimestamp, systemClock, systemRng } from '@fernsight/base';
import {
  type Agent,
  type AgentOptions,
  createAgent,
  createCsvSource,
  createHttpLink,
  type Link,
} from '@fernsight/edge';
import { createClient } from '@fernsight/wire/client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { FILE_LIFE_MS, type Spawned, spawnFernsight } from '../spawnFernsight.ts';
import { type Account, accountOf, drain, expectWhole, readingsOf } from './account.ts';
import { FaultProxy, type NetworkFault } from './faultProxy.ts';

const START_US = Date.UTC(2026, 0, 1) * 1_000;
const ROWS = 1_500;
const folder = mkdtempSync(join(tmpdir(), 'network-'));
const path = join(folder, 'plant.csv');
let cloud: Spawned;
let cloudUrl = '';
let proxy: FaultProxy;
/** what the cloud holds of an undisturbed agent */
let calm: Account;

beforeAll(async () => {
  const lines = Array.from(
    { length: ROWS },
    (_, row) => `${formatTimestamp(START_US + row * 1e6)},${row / 8},${flowOf(row)}`,
  );
  writeFileSync(path, `timestamp,pressure,flow\n${lines.join('\n')}\n`);
  const args = ['up', '--open', '--port', '0', '--data-dir', join(folder, 'cloud')];
  cloud = spawnFernsight(args, { lifeMs: FILE_LIFE_MS });
  [, cloudUrl = ''] = await cloud.seen(/is up: (\S+)/);
  await drain(createPump('calm', { url: cloudUrl }));
  calm = await accountOf(cloudUrl, 'calm');
  expect(calm.anomalies.length).toBeGreaterThan(0);
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  const values = [...rows.map((row) => row / 8), ...rows.map(flowOf)];
  expect(calm.readings.map(({ value }) => value)).toEqual(values);
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

/** A wave, and now and then a spike that is an anomaly. */
function flowOf(row: number): number {
  return (row % 97) / 4 + (row % 401 === 400 ? 500 : 0);
}

interface Pump extends Partial<AgentOptions> {
  readonly url?: string;
}

/** Impatient while a fault waits, so that it costs a test little; a cloud that is merely slow is waited for. */
function createLink(url: string, device: string): Link {
  const impatient = createHttpLink({ url, device, timeoutMs: 400 });
  const patient = createHttpLink({ url, device, timeoutMs: 10_000 });
  return {
    exchange: (batch, signal) => (proxy.faulty ? impatient : patient).exchange(batch, signal),
    close() {
      impatient.close?.();
      patient.close?.();
    },
  };
}

/** An agent that gives the file to the cloud through the proxy. */
function createPump(device: string, { url, ...more }: Pump = {}) {
  return createAgent({
    device,
    outbox: join(folder, `${device}.db`),
    rng: systemRng(),
    commitIntervalMs: 20,
    syncIntervalMs: 100,
    sendIntervalMs: 50,
    sources: [createCsvSource({ path, values: ['pressure', 'flow'] })],
    link: url === undefined ? createLink(proxy.url, device) : createHttpLink({ url, device }),
    ...more,
  });
}

/** The cloud has each reading once, in order, with the verdicts and windows of an undisturbed run (I2 to I5). */
async function expectCalm(device: string): Promise<void> {
  const { taken } = await expectWhole(cloudUrl, device);
  expect(taken).toBe(2 * ROWS);
  expect(await accountOf(cloudUrl, device)).toEqual(calm);
}

/** Runs to the end and checks what the cloud has. */
async function deliver(agent: Agent, device: string): Promise<void> {
  await drain(agent);
  await expectCalm(device);
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
  ['a port that wants TLS', { kind: 'answer', text: answer('400 Bad Request') }, 4],
  ['a proxy of small bodies', { kind: 'answer', text: answer('413 Content Too Large') }, 4],
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

it('a power cut leaves the last sync and a torn prefix of what followed, and costs a file nothing', async () => {
  const rng = createRng('power');
  const from = join(folder, 'cut.db');
  const restarted = join(folder, 'restarted.db');
  const power = new AbortController();
  let syncedBytes = 0;
  let blocks = 0;
  const source = createCsvSource({ path, values: ['pressure', 'flow'] });
  const cut = createPump('cut', {
    probe: {
      at: () => undefined,
      opened: () => undefined,
      pause: () => Promise.resolve(),
      async datasync(log) {
        syncedBytes = statSync(log).size;
      },
    },
    sources: [
      {
        ...source,
        async *read(position, signal) {
          for await (const block of source.read(position, signal)) {
            if (++blocks === 3) {
              proxy.set({ kind: 'refuse' });
              copyFileSync(from, restarted);
              copyFileSync(`${from}-wal`, `${restarted}-wal`);
              const torn = rng.below(statSync(`${from}-wal`).size - syncedBytes + 1);
              truncateSync(`${restarted}-wal`, syncedBytes + torn);
              power.abort();
            }
            yield block;
            // the uplink takes its turns between blocks
            await systemClock.sleep(150);
          }
        },
      },
    ],
  });
  await cut.run(power.signal);
  cut.close();
  proxy.set(undefined);
  await deliver(createPump('cut', { outbox: restarted }), 'cut');
  const { epochs } = await createClient({ baseUrl: cloudUrl }).call('ledger', {
    params: { device: 'cut' },
  });
  expect(epochs.length).toBe(2);
});

it('bad input is counted and named; what is good beside it is stored once', async () => {
  const bad = join(folder, 'bad.csv');
  const stamp = (row: number) => formatTimestamp(START_US + row * 1e6);
  const lines = [
    ...Array.from({ length: 50 }, (_, row) => `${stamp(row)},${row}`),
    ...['many', 'NaN', '', 'Infinity'].map((value) => `${stamp(50)},${value}`),
    'soon,1',
    // three of one stamp, two that come late, one from the future
    ...[51, 51, 51, 20, 21].map((row, index) => `${stamp(row)},${100 + index}`),
    `${formatTimestamp(systemClock.nowUs() + 3_650 * 86_400e6)},7`,
    ...Array.from({ length: 50 }, (_, row) => `${stamp(60 + row)},${row}`),
  ];
  writeFileSync(bad, `timestamp,level\n${lines.join('\n')}\n`);
  const agent = createPump('bad', { sources: [createCsvSource({ path: bad, values: ['level'] })] });
  await drain(agent);
  const { taken, invalid, delivered, waiting } = agent.status();
  expect({ taken, invalid, delivered, waiting }).toEqual({
    taken: 106,
    invalid: 5,
    delivered: 106,
    waiting: 0,
  });
  await expectWhole(cloudUrl, 'bad');
  const stored = await readingsOf(cloudUrl, 'bad');
  const stamps = (value: number) =>
    stored.filter((one) => one.value === value).map(({ tsUs }) => (tsUs - START_US) / 1e6);
  // equal stamps move on by a microsecond each, in their order
  expect([100, 101, 102].flatMap(stamps)).toEqual([51, 51.000001, 51.000002]);
  const at = (stage: string) =>
    stored.filter(({ verdict }) => verdict.startsWith(`,${stage},0,`)).map(({ value }) => value);
  expect(at('late')).toEqual([103, 104]);
  expect(at('future')).toEqual([7]);
  expect(stored.filter(({ verdict }) => !verdict.startsWith(',')).length).toBe(103);
});
