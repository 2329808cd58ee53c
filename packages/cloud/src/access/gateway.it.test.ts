/** A gateway and its children over HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, silentLog, systemClock } from '@fernsight/base';
import type { Batch } from '@fernsight/wire';
import { CallError, type Client, createClient } from '@fernsight/wire/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Cloud } from '../embedded.ts';
import { startCloud } from '../start.ts';
import { CHEAP, cookieOf } from './accessTrial.ts';

let dataDir: string;
let cloud: Cloud;
let admin: Client;
let stop: () => Promise<void>;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
  const machine = { clock: systemClock, rng: createRng(1), log: silentLog };
  cloud = await startCloud({ dataDir, port: 0, open: false, passwordCost: CHEAP, ...machine });
  const ending = new AbortController();
  const running = cloud.run(ending.signal);
  stop = async () => {
    ending.abort();
    await running;
  };
  const setUp = await fetch(`${cloud.url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      token: cloud.setupToken,
      name: 'anna',
      password: 'correct horse battery',
    }),
  });
  const headers = { 'set-cookie': setUp.headers.get('set-cookie') ?? '' };
  admin = as({ cookie: cookieOf({ status: 200, body: null, headers }) });
});

afterEach(async () => {
  await stop();
  rmSync(dataDir, { recursive: true });
});

const as = (headers: Readonly<Record<string, string>>): Client =>
  createClient({ baseUrl: cloud.url, headers });

async function device(name: string): Promise<Client> {
  const { token } = await admin.call('addToken', { body: { device: name } });
  return as({ authorization: `Bearer ${token}` });
}

/** One reading of a child, which is announced with it. */
function batchOf(agent: string, child: string, seqFirst: number): Batch {
  const tsUs = systemClock.nowUs();
  const status = { version: '1', outboxReadings: 0, outboxBytes: 0, clockUs: tsUs, taken: [] };
  return {
    agent,
    epoch: '00abcdefghi-0123456789',
    lane: 'live',
    seqFirst,
    seqCount: 1,
    announce: [{ device: child, parent: agent, sensors: [{ sensor: 't' }] }],
    series: [
      {
        ...{ device: child, sensor: 't', seq: [0], firstUs: tsUs, deltaUs: [0], value: [1] },
        ...{ scoreSteps: [0], stages: [{ row: 0, stage: 'rules' }], explained: [], bands: [] },
      },
    ],
    ...{ joint: [], thinned: [], gone: [], summaries: [], status },
  };
}

async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 200;
  } catch (error) {
    if (error instanceof CallError) return error.status;
    throw error;
  }
}

it("a gateway writes for the children it announced, and for nobody else's", async () => {
  const [north, south] = [await device('north'), await device('south')];
  const push = (client: Client, agent: string, batch: Batch) =>
    statusOf(client.call('pushBatch', { params: { device: agent }, body: batch }));
  expect(await push(north, 'north', batchOf('north', 'valve', 0))).toBe(200);
  expect(await push(south, 'south', batchOf('south', 'valve', 0))).toBe(403);
  expect(await push(south, 'south', batchOf('south', 'north', 0))).toBe(403);
  expect(await push(south, 'north', batchOf('north', 'valve', 1))).toBe(403);
  expect(await push(south, 'south', batchOf('south', 'pump', 0))).toBe(200);
  const row = { sensor: 't', value: 2 };
  const rows = [
    { device: 'valve', ...row },
    { device: 'pump', ...row },
  ];
  const reply = await north.call('pushReadings', { body: { rows } });
  expect(reply.errors).toMatchObject([{ at: expect.stringMatching(/1/), code: 'forbidden' }]);
});
