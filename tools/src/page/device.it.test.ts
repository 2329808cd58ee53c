/** The page of a device that has a real agent: what the agent says of itself, its model, and the charts down to a second. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock, silentLog, systemClock, US_PER_SECOND } from '@fernsight/base';
import { type Agent, createAgent, createHttpLink } from '@fernsight/edge';
import type { Locator, Page, Response } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeOf, pointAt } from './pointer.ts';
import { Stage } from './stage.ts';

const DEVICE = 'press-1';
const READINGS = 1_500;
/** The agent's clock is wrong by so much; its readings carry the right time. */
const AHEAD_US = 10 * US_PER_SECOND;
const SPIKE = 45;

let stage: Stage;
let page: Page;
let folder: string;
let agent: Agent;
let agentClock: ManualClock;
let hash: string;
let spikeUs: number;
const stop = new AbortController();
let running: Promise<void>;
const faults: string[] = [];
const chance = createRng('press');

beforeAll(async () => {
  stage = await Stage.open();
  page = await stage.newPage(faults);
  folder = await mkdtemp(join(tmpdir(), 'fernsight-agent-'));
  agentClock = new ManualClock(stage.clock.nowUs() + AHEAD_US);
  agent = createAgent({
    device: DEVICE,
    site: 'hall 2',
    outbox: join(folder, 'outbox.db'),
    sensors: [
      { sensor: 'temperature', type: 'temperature', unit: '°C' },
      { sensor: 'pressure', type: 'pressure', unit: 'bar' },
    ],
    link: createHttpLink({ url: stage.url.slice(0, -1), device: DEVICE }),
    clock: agentClock,
    rng: createRng('agent'),
    log: silentLog,
  });
  running = agent.run(stop.signal);
  for (let row = READINGS; row > 0; row--) pushRow(stage.clock.nowUs() - row * US_PER_SECOND);
  spikeUs = stage.clock.nowUs();
  pushRow(spikeUs, SPIKE);
  await settled();
  const params = { sensorType: 'temperature' };
  await stage.client.call('trainModel', { params, body: {} });
  hash = await trained();
  await stage.client.call('activateModel', { params: { hash } });
});

afterAll(async () => {
  await endAgent();
  await stage.close();
  await rm(folder, { recursive: true });
});

function pushRow(tsUs: number, temperature?: number): void {
  const wave = Math.sin(tsUs / US_PER_SECOND / 200);
  const values = {
    temperature: temperature ?? 21 + 2 * wave + 0.1 * chance.normal(),
    pressure: 6 + 0.3 * wave + 0.02 * chance.normal(),
  };
  for (const [sensor, value] of Object.entries(values)) agent.push({ sensor, tsUs, value });
}

/** Lets time go on until the agent has handed over what it took. */
async function delivered(): Promise<void> {
  while (agent.status().waiting > 0) await passBoth();
}

/** Lets time go on until the server has heard that nothing waits any more: a report goes with a batch, before its answer. */
async function settled(): Promise<void> {
  await delivered();
  const params = { device: DEVICE };
  while ((await stage.client.call('ledger', { params })).outboxReadings !== 0) await passBoth();
}

async function passBoth(): Promise<void> {
  await agentClock.advance(1000);
  await stage.pass(1);
  // the disk and the network take their own time
  await systemClock.sleep(2);
}

/** Ends the agent, which waits on its clock while it hands over the rest. */
async function endAgent(): Promise<void> {
  stop.abort();
  let isEnded = false;
  const ended = running.finally(() => {
    isEnded = true;
  });
  while (!isEnded) await passBoth();
  await ended;
  agent.close();
}

async function trained(): Promise<string> {
  for (;;) {
    const { trainings } = await stage.client.call('trainings', {});
    const [run] = trainings;
    if (run?.state === 'done' && run.hash !== null) return run.hash;
    if (run?.state !== 'running') throw new Error(run?.error ?? 'the training is not listed');
  }
}

const panel = (title: string): Locator => page.locator('section.panel', { hasText: title });
const chart = (sensor: string): Locator => page.locator(`.sensor-chart[aria-label="${sensor}"]`);
const fact = (title: string, name: RegExp): Locator =>
  panel(title)
    .locator('dl > div', { has: page.locator('dt', { hasText: name }) })
    .locator('dd');

it('shows the version, buffer and clock of its agent, and where every reading is', async () => {
  await page.goto(`${stage.url}#/devices/${DEVICE}`);
  expect(await fact('Agent', /^Clock$/).innerText()).toMatch(/^\d+ s ahead$/);
  expect(await fact('Agent', /^Version$/).innerText()).toMatch(/^\d+\.\d+\.\d+/);
  expect(await fact('Agent', /^Buffer$/).innerText()).toMatch(/^empty, \d+ kB on disk$/);
  const { taken } = agent.status();
  expect(await fact('Ledger', /^Taken/).innerText()).toBe(taken.toLocaleString('en'));
  expect(await fact('Ledger', /^Stored$/).innerText()).toBe(taken.toLocaleString('en'));
  await panel('Ledger').getByText('All accounted for').waitFor();
  expect(await page.locator('.device-head').innerText()).toMatch(/hall 2 · judged by its agent/);
});

it('shows the sensors together, and a chart of each with what was expected', async () => {
  await page.locator('.strips canvas[aria-label*="Scores of 3 rows"]').waitFor();
  await page.locator('.strips').getByText('all together').waitFor();
  const readout = chart('pressure').locator('.readout');
  await chart('pressure').locator('.plot[aria-label*=" to "]').waitFor();
  const box = await placeOf(chart('pressure').locator('.u-over'));
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2);
  await readout.getByText(/^expected [56][\d.]* to [56][\d.]*$/).waitFor();
  await page.mouse.move(0, 0);
});

it('carries its charts on with what comes live', async () => {
  await page.getByRole('button', { name: '5m' }).click();
  await passBoth();
  pushRow(stage.clock.nowUs(), 24.75);
  await delivered();
  await stage.pass(1);
  const readout = chart('temperature').locator('.readout');
  await readout.getByText('24.75 °C').waitFor();
  const box = await placeOf(chart('temperature').locator('.u-over'));
  await page.mouse.move(box.x + box.width - 2, box.y + 40);
  await readout.filter({ hasText: '2026' }).getByText('24.75 °C').waitFor();
  await page.mouse.move(0, 0);
});

it('runs the model that was chosen once it has tried it, and the page follows', async () => {
  const carrier = async () => {
    const { carriers } = await stage.client.call('rollout', {});
    return carriers.find((one) => one.agent === DEVICE);
  };
  while ((await carrier())?.running !== hash) {
    for (let row = 0; row < 20; row++) {
      await stage.pass(1);
      pushRow(stage.clock.nowUs());
    }
    await agentClock.advance(20_000);
    await passBoth();
  }
  await fact('Agent', /^Model/)
    .getByText(hash.slice(0, 8), { exact: true })
    .waitFor();
  await page.goto(`${stage.url}#/models/temperature`);
  const row = page.locator('section', { hasText: 'Rollout' }).locator('tr', { hasText: DEVICE });
  await row.getByText('Runs it').waitFor();
});

it('leads from the table to the moment: its range, its reason, its kind beside the mark', async () => {
  await page.goto(`${stage.url}#/anomalies?device=${DEVICE}`);
  const { anomalies } = await stage.client.call('anomalies', { query: { alarms: true } });
  const alarm = anomalies.find(({ tsUs }) => tsUs === spikeUs);
  const row = page.locator('tbody tr', { hasText: alarm?.sentence ?? 'none' });
  await row.getByRole('link').first().click();
  await page.waitForURL((url) => url.hash.includes(`at=${spikeUs}`));
  const chosen = page.locator('.reason-row[aria-current]');
  await chosen.getByText(alarm?.sentence ?? 'none').waitFor();
  const tip = chart('temperature').locator('.tip');
  await pointAt(chart('temperature').locator('.u-over'), 1 / 2, tip);
  expect(await tip.innerText()).toMatch(/^Spike\n/);
});

/** @returns whether a response is the history of a stretch shorter than this */
function isFiner(spanUs: number): (response: Response) => boolean {
  return (response) => {
    const { pathname, searchParams } = new URL(response.url());
    const [from, to] = ['fromUs', 'toUs'].map((name) => Number(searchParams.get(name)));
    const isOwn = pathname.endsWith('/history') && searchParams.get('sensor') === 'temperature';
    return isOwn && (to ?? 0) - (from ?? 0) < spanUs;
  };
}

it('zooms from a year to a second by dragging, and the spike is there all the way', async () => {
  await page.goto(`${stage.url}#/devices/${DEVICE}?span=1y`);
  const plot = chart('temperature').locator('.u-over');
  const shown = chart('temperature').locator(`.plot[aria-label*=" to ${SPIKE} °C"]`);
  let toUs: number = stage.clock.nowUs();
  let fromUs = toUs - 365 * 86_400 * US_PER_SECOND;
  while (toUs - fromUs > US_PER_SECOND) {
    await shown.waitFor();
    const box = await placeOf(plot);
    const at = box.x + (box.width * (spikeUs - fromUs)) / (toUs - fromUs);
    const before = page.url();
    const finer = page.waitForResponse(isFiner(toUs - fromUs));
    await page.mouse.move(Math.max(box.x + 1, at - box.width / 16), box.y + 40);
    await page.mouse.down();
    await page.mouse.move(Math.min(box.x + box.width - 2, at + box.width / 16), box.y + 60);
    await page.mouse.move(at + box.width / 16, box.y + 60);
    await page.mouse.up();
    await page.waitForURL((url) => url.href !== before);
    // who has asked for the new stretch also shows it
    await finer;
    const query = new URLSearchParams(page.url().split('?')[1]);
    fromUs = Number(query.get('from'));
    toUs = Number(query.get('to'));
    expect(fromUs).toBeLessThanOrEqual(spikeUs);
    expect(toUs).toBeGreaterThanOrEqual(spikeUs);
  }
  const alone = `, ${SPIKE} to ${SPIKE} °C, 1 reading in alarm`;
  await chart('temperature').locator(`.plot[aria-label$="${alone}"]`).waitFor();
});

it('says that it is in maintenance, and lists what people called harmless and what that kept quiet', async () => {
  await page.goto(`${stage.url}#/devices/${DEVICE}`);
  const chip = page.locator('.device-head .chip', { hasText: 'In maintenance until' });
  const startUs = stage.clock.nowUs() - US_PER_SECOND;
  const span = { startUs, endUs: startUs + 3600 * US_PER_SECOND, everyUs: null };
  const body = { device: DEVICE, ...span, reason: 'belt change' };
  const { id } = await stage.client.call('addMaintenance', { body });
  await page.reload();
  await chip.getByText('belt change').waitFor();
  await stage.client.call('removeMaintenance', { params: { window: String(id) } });
  await page.reload();
  await page.locator('.device-head').waitFor();
  const reasons = page.locator('section.reasons');
  const row = reasons.locator('li', { hasText: 'temperature' }).first();
  await row.getByLabel('Was it real?').selectOption('Quiet at any time');
  await row.getByRole('button', { name: 'Say so' }).click();
  const quiet = page.locator('section', { hasText: 'kept quiet' }).locator('tbody tr');
  await quiet.getByText('at any time').waitFor();
  expect(await chip.count()).toBe(0);
  await settled();
  pushRow(stage.clock.nowUs());
  await settled();
  pushRow(stage.clock.nowUs(), SPIKE);
  await settled();
  await reasons.getByRole('button', { name: 'Kept quiet' }).click();
  await reasons.locator('li', { hasText: 'temperature' }).first().waitFor();
  const { suppressions } = await stage.client.call('suppressions', { query: { device: DEVICE } });
  expect(suppressions).toMatchObject([{ sensor: 'temperature', count: expect.any(Number) }]);
  await quiet.getByRole('button', { name: 'Take back' }).click();
  await quiet.waitFor({ state: 'detached' });
});

/** How many pixels of the chart are of the line's colour. */
const TRACE_PIXELS = `(() => {
  const canvas = document.querySelector('.sensor-chart canvas');
  const one = document.createElement('canvas').getContext('2d');
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.color = 'var(--trace)';
  one.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  one.fillRect(0, 0, 1, 1);
  const trace = one.getImageData(0, 0, 1, 1).data;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4)
    if ([0, 1, 2, 3].every((part) => Math.abs(data[at + part] - trace[part]) < 8)) count++;
  return count;
})()`;

it('draws a reading that is alone', async () => {
  const tsUs = stage.clock.nowUs();
  await stage.push([{ device: 'alone', sensor: 'flow', unit: 'l/s', tsUs: [tsUs], value: [3] }]);
  await stage.pass(1);
  await page.goto(`${stage.url}#/devices/alone`);
  await chart('flow').locator('.plot[aria-label*=" to 3 l/s"]').waitFor();
  await expect.poll(() => page.evaluate(TRACE_PIXELS)).toBeGreaterThan(0);
});

it('threw nothing on the way', () => {
  expect(faults).toEqual([]);
});
