/** A model from a real cloud to a real agent over HTTP: trained, chosen, tried, taken; and refused where it was tampered with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRng, silentLog, systemClock, US_PER_SECOND } from '@fernsight/base';
import { startCloud } from '@fernsight/cloud';
import { createAgent, createHttpLink } from '@fernsight/edge';
import { type Client, createClient } from '@fernsight/wire/client';
import { expect, it } from 'vitest';
import { runHere } from '../runHere.ts';

const READINGS = 3_000;
const SPOIL = "UPDATE model SET bytes = CAST(bytes || x'00' AS BLOB)";

async function trained(client: Client): Promise<string> {
  const params = { sensorType: 'temperature' };
  const { id } = await client.call('trainModel', { params, body: {} });
  for (;;) {
    const { trainings } = await client.call('trainings', {});
    const run = trainings.find((one) => one.id === id);
    if (run?.state === 'done') return run.hash ?? '';
    if (run?.state !== 'running') throw new Error(run?.error ?? 'the training is gone');
  }
}

it('an agent takes the chosen model, and refuses one that was tampered with, and the server says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollout-'));
  const machine = { clock: systemClock, rng: createRng(1), log: silentLog };
  const cloud = await startCloud({ dataDir: folder, port: 0, open: true, ...machine });
  const ending = new AbortController();
  const serving = cloud.run(ending.signal);
  const client = createClient({ baseUrl: cloud.url });
  const chance = createRng('readings');
  // a slow machine takes more of them until a model is there; none is ahead of the clock
  const startUs = systemClock.nowUs() - 30 * READINGS * US_PER_SECOND;
  // the same at whatever row the trial begins: of a slow wave it would see a part that the training saw little of
  const valueAt = () => 20 + chance.normal();
  const tsUs = Array.from({ length: READINGS }, (_, row) => startUs + row * US_PER_SECOND);
  const value = tsUs.map(valueAt);
  const column = { device: 'a', sensor: 't', type: 'temperature', tsUs, value };
  await client.call('pushReadings', { body: { columns: [column] } });
  const hash = await trained(client);
  await client.call('activateModel', { params: { hash } });

  const carrierOf = async (agent: string) => {
    const { carriers } = await client.call('rollout', {});
    return carriers.find((one) => one.agent === agent);
  };
  const run = async (device: string, until: () => Promise<boolean>, modelKey?: string) => {
    const agent = createAgent({
      modelKey,
      device,
      outbox: join(folder, `${device}-outbox`),
      sensors: [{ sensor: 't', type: 'temperature' }],
      link: createHttpLink({ url: cloud.url, device }),
      sendIntervalMs: 50,
      ...machine,
    });
    const stop = new AbortController();
    const running = agent.run(stop.signal);
    for (let row = 0; !(await until()); row++) {
      expect(
        agent.push({ sensor: 't', tsUs: startUs + row * US_PER_SECOND, value: valueAt() }),
      ).toBeDefined();
    }
    stop.abort();
    await running;
    agent.close();
  };
  await run('good', async () => (await carrierOf('good'))?.running === hash);
  expect(await carrierOf('good')).toMatchObject({ running: hash, trial: null, refused: null });
  const { keys } = await client.call('rollout', {});
  expect(keys).toMatchObject([{ agent: 'good', origin: 'first use' }]);

  const { publicKey: old } = await client.call('modelKey', {});
  const rotated = await runHere(['models', 'rotate-key', '--url', cloud.url]);
  const [, fingerprint] =
    /^key ([0-9a-f]{32}) signs from now on \(the first/.exec(rotated.stdout) ?? [];
  await run('faithful', async () => (await carrierOf('faithful'))?.running === hash, old);
  expect((await client.call('rollout', {})).keys).toContainEqual({
    agent: 'faithful',
    origin: 'enrolment',
    fingerprint,
  });

  const registry = new DatabaseSync(join(folder, 'models.db'));
  registry.exec(SPOIL);
  registry.close();
  await run('wary', async () => (await carrierOf('wary'))?.refused?.hash === hash);
  expect(await carrierOf('wary')).toMatchObject({ running: null, trial: null, refused: { hash } });
  expect((await carrierOf('wary'))?.refused?.reason).toMatch(/bytes/);
  ending.abort();
  await serving;
  rmSync(folder, { recursive: true });
});
