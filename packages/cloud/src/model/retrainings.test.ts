/** Time-tables of trainings, on a clock that is moved by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, US_PER_DAY, US_PER_HOUR } from '@fernsight/base';
import { type Client, createClient } from '@fernsight/wire/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from '../cloudTrial.ts';
import { StoredModels } from './storedModels.ts';

const READINGS = 1_200;
const MINUTE_MS = 60_000;
/** two in the morning; the clock begins at one */
const DAILY = { times: '0 2 * * *', activates: false };
const params = { sensorType: 'flow' };

let dir: string;
let trial: CloudTrial;
let client: Client;

async function open(nowUs = NOW_US): Promise<void> {
  trial = await openCloud({ dir, nowUs });
  client = createClient({ baseUrl: trial.cloud.url });
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'retraining-'));
  await open();
  const chance = createRng(1);
  const rows = Array.from({ length: READINGS }, (_, index) => index);
  const tsUs = rows.map((row) => NOW_US - (READINGS - row) * 1e6);
  const value = rows.map(() => 20 + chance.normal());
  const columns = ['flow', 'level'].map((sensor) => ({ device: 'a', sensor, tsUs, value }));
  await client.call('pushReadings', { body: { columns } });
});

afterEach(async () => {
  await trial.end();
  rmSync(dir, { recursive: true });
});

/** Lets the time-tables be looked at, and what they began end. @returns the trainings since the server's start */
async function looked(ms = MINUTE_MS) {
  await trial.clock.advance(ms);
  for (;;) {
    const { trainings } = await client.call('trainings', {});
    if (trainings.every(({ state }) => state !== 'running')) return trainings;
  }
}

const planned = async () => (await client.call('retrainings', {})).retrainings[0];

it('a type is trained at its times, once each, and what comes of it is chosen where that is wanted', async () => {
  await client.call('setRetraining', { params, body: { ...DAILY, activates: true } });
  expect(await planned()).toEqual({
    ...{ sensorType: 'flow', times: DAILY.times, activates: true, onlyWhenMoved: false },
    ...{ nextUs: NOW_US + US_PER_HOUR, last: null },
  });
  expect(await looked()).toEqual([]);
  trial.clock.step(US_PER_HOUR);
  const [run] = await looked();
  expect(run).toMatchObject({ state: 'done', startedBy: 'schedule', sensorType: 'flow' });
  const { activations } = await client.call('activations', {});
  expect(activations).toMatchObject([{ hash: run?.hash, by: 'schedule' }]);
  expect(await planned()).toMatchObject({
    nextUs: NOW_US + US_PER_HOUR + US_PER_DAY,
    last: { outcome: 'chosen' },
  });
  const { comparisons } = await client.call('comparisons', {});
  expect(comparisons).toMatchObject([{ startedBy: 'schedule', state: 'done' }]);
  expect(comparisons[0]?.results.map(({ hash }) => hash)).toEqual([run?.hash, null]);
  expect(await looked()).toHaveLength(1);
  trial.clock.step(-10 * MINUTE_MS * 1000);
  await looked();
  trial.clock.step(10 * MINUTE_MS * 1000);
  expect(await looked()).toHaveLength(1);
  trial.clock.step(US_PER_DAY);
  expect(await looked()).toHaveLength(2);
  expect((await client.call('activations', {})).activations).toHaveLength(1);
});

it('a model of machines that stand still is worse for one that works: it is not chosen, and what is chosen stays', async () => {
  const sensorType = 'heat';
  const params = { sensorType };
  const pushed = (device: string, endUs: number, valueAt: (row: number) => number) => {
    const rows = Array.from({ length: 4_000 }, (_, row) => row);
    const tsUs = rows.map((row) => endUs - (rows.length - row) * 1e6);
    const column = { device, sensor: sensorType, tsUs, value: rows.map(valueAt) };
    return client.call('pushReadings', { body: { columns: [column] } });
  };
  const chance = createRng('h3');
  const noise = () => 20 + 0.1 * chance.normal();
  // near enough to be tried on, and too old to be trained on an hour later
  const then = NOW_US - 28 * US_PER_DAY + US_PER_HOUR / 2;
  await pushed('a', then, (row) => Math.sin(row / 100) + noise());
  await client.call('trainModel', { params, body: { fromUs: then - US_PER_DAY, toUs: then } });
  const hash = (await looked(0))[0]?.hash ?? '';
  await client.call('activateModel', { params: { hash } });
  while (new StoredModels(dir).chosen.get(sensorType) !== hash) await client.call('rollout', {});
  const row = { device: 'a', sensor: sensorType, tsUs: then, value: 20 };
  await client.call('pushReadings', { body: { rows: [row] } });
  await trial.end();
  await open();
  // it begins to ring, and three machines that stand still are added to its type
  await pushed('a', NOW_US, (row) => noise() + (row % 500 > 440 ? Math.sin(row / 2) : 0));
  for (const device of ['x', 'y', 'z']) {
    await pushed(device, NOW_US, () => 20 + 1e-4 * chance.normal());
  }
  await client.call('setRetraining', { params, body: { ...DAILY, activates: true } });
  trial.clock.step(US_PER_HOUR);
  const [run] = await looked();
  expect(run).toMatchObject({ state: 'done', seriesCount: 4, startedBy: 'schedule' });
  expect((await planned())?.last?.outcome).toMatch(
    /^not chosen: \d+ of \d+ readings are as unusual to it as a tenth of its training was$/,
  );
  expect((await client.call('activations', {})).activations.map((one) => one.hash)).toEqual([hash]);
  const { models } = await client.call('models', {});
  expect(models.map((one) => [one.hash, one.active])).toEqual([
    [run?.hash, false],
    [hash, true],
  ]);
  const { carriers } = await client.call('rollout', {});
  expect(carriers).toMatchObject([{ agent: null, running: hash, trial: null, refused: null }]);
});

it('what fell due while the server was down runs once, and not again after another restart', async () => {
  await client.call('setRetraining', { params, body: DAILY });
  await trial.end();
  await open(NOW_US + 3 * US_PER_DAY);
  expect(await looked()).toMatchObject([{ state: 'done', startedBy: 'schedule' }]);
  expect((await planned())?.nextUs).toBe(NOW_US + 3 * US_PER_DAY + US_PER_HOUR);
  expect((await client.call('activations', {})).activations).toEqual([]);
  await trial.end();
  await open(NOW_US + 3 * US_PER_DAY + 5 * MINUTE_MS * 1000);
  expect(await looked()).toEqual([]);
});

it('one waits while another trains, and is spared while nothing has moved', async () => {
  for (const sensorType of ['flow', 'level', 'power']) {
    const body = { ...DAILY, onlyWhenMoved: sensorType === 'power' };
    await client.call('setRetraining', { params: { sensorType }, body });
  }
  trial.clock.step(US_PER_HOUR);
  expect((await looked(1_000)).map(({ sensorType }) => sensorType)).toEqual(['flow']);
  const { retrainings } = await client.call('retrainings', {});
  expect(retrainings.map(({ sensorType, last }) => [sensorType, last?.outcome])).toEqual([
    ['level', undefined],
    ['flow', 'training begun'],
    ['power', 'not trained: no series has moved'],
  ]);
  expect((await looked()).map(({ sensorType }) => sensorType)).toEqual(['level', 'flow']);
});

it('a time-table that is none, never comes or comes too often is refused with what is wrong', async () => {
  const set = (times: string, sensorType = 'flow') =>
    client.call('setRetraining', { params: { sensorType }, body: { times, activates: false } });
  await expect(set('tomorrow')).rejects.toThrow(/"tomorrow" is no time-table/);
  await expect(set('0 0 31 2 *')).rejects.toThrow(/never comes/);
  await expect(set('*/20 * * * *')).rejects.toThrow(/more than once an hour/);
  await expect(set('0 3 * * *', 'a b')).rejects.toThrow(/sensor type/);
  await set('0 * * * *');
  await client.call('removeRetraining', { params });
  await expect(client.call('removeRetraining', { params })).rejects.toThrow(/404/);
});
