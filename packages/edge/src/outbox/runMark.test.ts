import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock } from '@fernsight/base';
import type { Batch } from '@fernsight/wire/agent';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Agent, createAgent } from '../agent.ts';
import type { AgentOptions } from '../agentOptions.ts';
import { LedgerLink } from '../uplink/ledgerLink.ts';

let folder: string;
let boots = 0;
const clock = new ManualClock(Date.UTC(2026, 0, 1) * 1000);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function open(name: string, bootId: string, more: Partial<AgentOptions> = {}): Agent {
  const rng = createRng(`boot ${boots++}`);
  return createAgent({ device: 'pump', outbox: join(folder, name), clock, rng, bootId, ...more });
}

/** Takes 3 readings a commit and 2 commits a sync, then leaves the files as a kill does. */
async function cutShort(): Promise<number> {
  const agent = open('first.db', 'boot 1');
  for (let row = 0; row < 12; row++) {
    agent.push({ sensor: 'flow', value: row });
    if (row % 3 === 2) await agent.flush({ sync: row % 6 === 5 });
  }
  const lastUs = clock.nowUs();
  agent.push({ sensor: 'flow', value: 99 });
  for (const ending of ['', '-wal']) {
    const file = join(folder, `first.db${ending}`);
    if (existsSync(file)) copyFileSync(file, join(folder, `killed.db${ending}`));
  }
  agent.close();
  return lastUs;
}

it.each([
  ['a kill may cost what came between two commits', 'boot 1', 3],
  ['a power cut may cost what came between two syncs', 'boot 2', 6],
])('%s, and every batch says so', async (_, bootId, readingsMax) => {
  const lastUs = await cutShort();
  const batches: Batch[] = [];
  const ledger = new LedgerLink();
  const link = {
    exchange(batch: Batch) {
      batches.push(batch);
      return ledger.exchange(batch);
    },
  };
  const agent = open('killed.db', bootId, { link });
  expect(agent.status()).toMatchObject({
    taken: 12,
    interruptions: { count: 1, readingsMax, lastUs },
  });
  const stop = new AbortController();
  stop.abort();
  await agent.run(stop.signal);
  expect(batches.length).toBeGreaterThan(0);
  for (const { status } of batches) expect(status.interruptions?.readingsMax).toBe(readingsMax);
  agent.close();
  const again = open('killed.db', bootId);
  expect(again.status().interruptions?.count).toBe(1);
  again.close();
});

it('an end in order is no interruption', async () => {
  await cutShort();
  const agent = open('first.db', 'boot 2');
  expect(agent.status()).toMatchObject({ taken: 13, interruptions: undefined });
  agent.close();
});
