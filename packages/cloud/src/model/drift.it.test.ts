/** Series that moved away from what their model was trained on, and those that did not, over HTTP on a real server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, systemClock, US_PER_SECOND } from '@fernsight/base';
import type { Client } from '@fernsight/wire/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openThreaded } from '../cloudTrial.ts';

const READINGS = 4_000;
const DEVICES = ['press-1', 'press-2', 'press-3', 'press-4'];

let dataDir: string;
let client: Client;
let end: () => Promise<void>;
const startUs = systemClock.nowUs() - 2 * READINGS * US_PER_SECOND;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'drift-'));
  ({ client, end } = await openThreaded(dataDir));
});

afterEach(async () => {
  await end();
  rmSync(dataDir, { recursive: true });
});

/** @param memory how much of where it wandered a series keeps from one reading to the next */
async function push(device: string, rows: readonly [from: number, to: number], memory: number) {
  const chance = createRng(`${device}/${rows[0]}`);
  const at = Array.from({ length: rows[1] - rows[0] }, (_, index) => rows[0] + index);
  const tsUs = at.map((row) => startUs + row * US_PER_SECOND);
  let state = 0;
  const value = at.map(() => {
    state = memory * state + chance.normal();
    return 20 + state;
  });
  const column = { device, sensor: 'temperature', tsUs, value };
  await client.call('pushReadings', { body: { columns: [column] } });
}

async function measured() {
  const params = { job: 'drift' };
  await client.call('runJob', { params });
  for (;;) {
    const { jobs } = await client.call('jobs', {});
    const job = jobs.find(({ name }) => name === 'drift');
    if (job?.running === false) return job;
  }
}

async function trainAndChoose(toUs: number): Promise<string> {
  const params = { sensorType: 'temperature' };
  await client.call('trainModel', { params, body: { toUs } });
  for (;;) {
    const [run] = (await client.call('trainings', {})).trainings;
    if (run === undefined || run.state === 'running') continue;
    if (run.hash === null) throw new Error(run.error ?? 'no model');
    await client.call('activateModel', { params: { hash: run.hash } });
    return run.hash;
  }
}

it('a series that came to wander less is to be trained again, and those that stayed are not', async () => {
  for (const device of DEVICES) await push(device, [0, READINGS], 0.9);
  expect((await measured()).lastOutcome).toMatch(/no model is chosen/);
  const hash = await trainAndChoose(startUs + READINGS * US_PER_SECOND);
  for (const device of DEVICES) {
    await push(device, [READINGS, 2 * READINGS], device === 'press-4' ? 0.2 : 0.9);
  }
  await push('press-5', [0, 1_000], 0.9);
  const { lastOutcome, failed } = await measured();
  expect([lastOutcome, failed]).toEqual([
    '4 series measured, 1 to be trained again, 0 moving, 1 with too few readings',
    false,
  ]);
  const { drifts } = await client.call('drift', {});
  expect(drifts.map(({ device }) => device)).toHaveLength(4);
  const [first, ...others] = drifts;
  expect(first).toMatchObject({ device: 'press-4', sensor: 'temperature', hash });
  expect(first?.verdict).toBe('retrain');
  expect(first?.sentence).toMatch(
    /^temperature of press-4 no longer looks like what its model learned from: PSI \d\.\d\d, retrain$/,
  );
  expect(first?.psi).toBeGreaterThan(first?.limit ?? 9);
  expect(first?.limit).toBeGreaterThanOrEqual(0.25);
  expect(first?.features.map(({ feature }) => feature).slice(-2)).toEqual(['noise', 'score']);
  expect(first?.psi).toBe(first?.features.find(({ feature }) => feature === first.feature)?.psi);
  for (const other of others) expect(other.verdict).toBe('stable');
  await client.call('rollBackModel', { params: { sensorType: 'temperature' } });
  expect(await client.call('drift', {})).toEqual({ drifts: [] });
});
