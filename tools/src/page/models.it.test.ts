/** The page of models with two versions, agents, and a series that moved: what a person does there, and then sees. */
import { createRng, US_PER_SECOND } from '@fernsight/base';
import { encodeModel, universalModel } from '@fernsight/detect';
import type { Batch } from '@fernsight/wire';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Stage } from './stage.ts';

const READINGS = 2_400;
const DEVICES = ['press-1', 'press-2', 'press-3', 'press-4'];
const MOVED = 'press-4';
const TYPE = { sensorType: 'temperature' };

let stage: Stage;
let page: Page;
let hashes: readonly [chosen: string, newest: string];
const faults: string[] = [];

beforeAll(async () => {
  stage = await Stage.open();
  page = await stage.newPage(faults);
  const nowUs = stage.clock.nowUs();
  const halfUs = nowUs - READINGS * US_PER_SECOND;
  for (const device of DEVICES) await wander(device, halfUs, 0.9);
  const chosen = await trained(halfUs);
  await stage.client.call('activateModel', { params: { hash: chosen } });
  for (const device of DEVICES) await wander(device, nowUs, device === MOVED ? 0.2 : 0.9);
  hashes = [chosen, await trained(nowUs)];
  const of = { sensorType: TYPE.sensorType, running: chosen, seriesCount: 2 };
  const tries = { hash: hashes[1], readings: 120, of: 500 };
  await report('gateway-1', { ...of, trial: tries, refused: null });
  const refused = { hash: chosen, reason: 'it marks 9 of 500 readings, and 1 before', atUs: nowUs };
  await report('gateway-2', { ...of, running: null, trial: null, refused });
});

afterAll(() => stage.close());

/** @param memory how much of where it wandered a series keeps from one reading to the next */
async function wander(device: string, endUs: number, memory: number): Promise<void> {
  const chance = createRng(`${device}/${endUs}`);
  const tsUs = Array.from(
    { length: READINGS },
    (_, row) => endUs - (READINGS - row) * US_PER_SECOND,
  );
  let state = 0;
  const value = tsUs.map(() => {
    state = memory * state + chance.normal();
    return 60 + state;
  });
  await stage.push([{ device, sensor: 't', type: TYPE.sensorType, unit: '°C', tsUs, value }]);
}

async function trained(toUs: number): Promise<string> {
  const { id } = await stage.client.call('trainModel', { params: TYPE, body: { toUs } });
  for (;;) {
    const run = (await stage.client.call('trainings', {})).trainings.find((one) => one.id === id);
    if (run?.state === 'done' && run.hash !== null) return run.hash;
    if (run?.state !== 'running') throw new Error(run?.error ?? 'the training is not listed');
  }
}

type Model = NonNullable<Batch['status']['models']>[number];

/** What an agent says of its models, with a batch of no readings. */
async function report(agent: string, model: Model): Promise<void> {
  const lists = { announce: [], series: [], joint: [], thinned: [], gone: [], summaries: [] };
  const clockUs = stage.clock.nowUs();
  const status = { version: '1', outboxReadings: 0, outboxBytes: 0, clockUs, taken: [] };
  const numbers = { epoch: '00abcdefghi-0123456789', seqFirst: 0, seqCount: 0 };
  await stage.client.call('pushBatch', {
    params: { device: agent },
    body: { agent, lane: 'live', ...numbers, ...lists, status: { ...status, models: [model] } },
  });
}

const panel = (title: string) => page.locator('section.panel', { hasText: title });
const row = (title: string, words: string) => panel(title).locator('tbody tr', { hasText: words });

it('shows who runs the chosen version, who tries another, and who refused it and why', async () => {
  await page.goto(`${stage.url}#/models/${TYPE.sensorType}`);
  const short = hashes.map((hash) => hash.slice(0, 8));
  expect(await row('Rollout', 'gateway-1').innerText()).toMatch(/Runs it[\s\S]*120 of 500/);
  const refused = await row('Rollout', 'gateway-2').innerText();
  expect(refused).toMatch(
    new RegExp(`Refused[\\s\\S]*shipped[\\s\\S]*${short[0]}: it marks 9 of 500`),
  );
  expect(await row('Rollout', 'This server').innerText()).toMatch(/Runs it|4 wait/);
});

it('measures which series have moved, and says which to train again', async () => {
  await page.getByRole('button', { name: 'Measure now' }).click();
  await row('Moved since', MOVED).getByText('Train again').waitFor();
  for (const device of DEVICES.filter((one) => one !== MOVED)) {
    expect(await row('Moved since', device).innerText()).toMatch(/Stable|Moving/);
  }
  await page.locator('.type-list a', { hasText: 'Moved' }).waitFor();
});

it('compares the newest version with the one that is chosen', async () => {
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  const judged = row('Compare on', 'Readings judged').locator('td');
  await judged.first().waitFor();
  const counts = await judged.allInnerTexts();
  expect(counts[0]).toMatch(/^\d\d,\d{3}$/);
  expect(counts[1]).toBe(counts[0]);
});

it('trains again by the calendar', async () => {
  const times = page.getByLabel('Train again');
  await times.focus();
  // an arrow chooses, and does nothing yet
  for (const choice of ['0 3 * * *', '0 3 * * 0']) {
    await page.keyboard.press('ArrowDown');
    expect(await times.inputValue()).toBe(choice);
  }
  await page.getByRole('button', { name: 'Save' }).waitFor();
  expect((await stage.client.call('retrainings', {})).retrainings).toEqual([]);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByLabel('only when a series has moved').check();
  await expect
    .poll(async () => (await stage.client.call('retrainings', {})).retrainings)
    .toMatchObject([{ ...TYPE, times: '0 3 * * 0', activates: false, onlyWhenMoved: true }]);
});

it('takes a model from a file, and says what is wrong with one that is none', async () => {
  const input = page.getByLabel('File of a model');
  const file = (name: string, bytes: Uint8Array) => ({
    name,
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(bytes),
  });
  await input.setInputFiles(file('notes.txt', Buffer.from('no model')));
  await page
    .getByRole('alert')
    .filter({ hasText: /not a|no .*model/i })
    .first()
    .waitFor();
  await input.setInputFiles(file('universal.fern', encodeModel(universalModel())));
  await page.locator('.type-list a', { hasText: 'universal' }).waitFor();
});

it('changes the key that models are signed with, after asking once more', async () => {
  await page.getByRole('button', { name: 'Change the key' }).click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  expect((await stage.client.call('modelKey', {})).rotations).toEqual([]);
  await page.getByRole('button', { name: 'Change the key' }).click();
  await page.getByRole('button', { name: 'Sign all models anew' }).click();
  await page.locator('.key', { hasText: '1 in all' }).waitFor();
  expect((await stage.client.call('modelKey', {})).rotations).toHaveLength(1);
});

it('threw nothing on the way', () => {
  expect(faults).toEqual([]);
});
