import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock, UsageFault } from '@fernsight/base';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Agent, createAgent } from '../agent.ts';
import { diskIdle } from '../clock/diskIdle.ts';
import { createSimulator } from '../source/simulator.ts';
import { Screen } from './screen.ts';
import { startStatusServer } from './statusServer.ts';

let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'status-'));
  clock = new ManualClock(Date.UTC(2026, 0, 1) * 1000);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a simulated agent for `seconds`, then leaves it open. */
async function runFor(agent: Agent, seconds: number): Promise<void> {
  const stop = new AbortController();
  let ended = false;
  const run = agent.run(stop.signal).finally(() => {
    ended = true;
  });
  await clock.advance(seconds * 1_000);
  stop.abort();
  while (!ended) {
    await clock.advance(100);
    await diskIdle();
  }
  await run;
}

function simulated(screen?: Screen): Agent {
  return createAgent({
    device: 'edge-1',
    outbox: join(folder, 'outbox.db'),
    clock,
    rng: createRng('status'),
    sources: [createSimulator({ rng: createRng('plant'), clock })],
    onVerdict: (reading, verdict) => screen?.observe(reading, verdict),
  });
}

it('the screen fits its size and says what stands out', async () => {
  const screen = new Screen((_device, sensor) => (sensor === 'pressure' ? 'kPa' : undefined));
  const agent = simulated(screen);
  await runFor(agent, 900);
  const text = screen.render(agent.status(), { columns: 100, rows: 24 });
  expect(text.split('\n').length).toBeLessThanOrEqual(24);
  expect(text.split('\n').every((line) => line.length <= 100)).toBe(true);
  for (const part of ['edge-1', 'pressure', 'kPa', 'waiting', 'working offline', 'expected']) {
    expect(text).toContain(part);
  }
  const small = screen.render(agent.status(), { columns: 40, rows: 8 });
  expect(small.split('\n').length).toBeLessThanOrEqual(8);
  expect(small).toContain('and 2 more sensors');
  agent.close();
});

it('a sensor that gives nothing for several of its intervals is silent, until it is back', async () => {
  const agent = simulated();
  await runFor(agent, 30);
  expect(agent.status().silent).toEqual([]);
  await clock.advance(20_000);
  expect(agent.status().silent).toContain('edge-1/pressure');
  agent.push({ sensor: 'pressure', value: 101 });
  expect(agent.status().silent).not.toContain('edge-1/pressure');
  agent.close();
});

it('livez, readyz and metrics answer on loopback; a taken port is named', async () => {
  const agent = simulated();
  await runFor(agent, 10);
  const server = await startStatusServer(0, () => agent.status());
  const get = async (path: string) => {
    const reply = await fetch(server.url + path, { headers: { connection: 'close' } });
    return { status: reply.status, body: await reply.text() };
  };
  expect(await get('/livez')).toEqual({ status: 200, body: 'ok\n' });
  expect(await get('/readyz')).toEqual({ status: 200, body: 'ok\n' });
  const { body } = await get('/metrics');
  expect(body).toContain(`\nfernsight_agent_readings_taken_total ${agent.status().taken}\n`);
  expect(body).toMatch(/^(# (HELP|TYPE) fernsight_agent_\w+ .+\n|fernsight_agent_\w+ \d+\n)+$/);
  const port = Number(new URL(server.url).port);
  await expect(startStatusServer(port, () => agent.status())).rejects.toThrow(UsageFault);
  expect((await get('/')).status).toBe(404);
  await server.close();
  agent.close();
});
