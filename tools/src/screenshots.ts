/**
 * `npm run screenshots [FOLDER]`: every page of the running demo, and the doors of an empty server, on a desk, a phone
 * and a wall, in light and dark, as files for a person to look at. Default folder:
 * packages/dashboard/screenshots, which git does not keep.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock } from '@fernsight/base';
import { createClient } from '@fernsight/wire/client';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { Stage } from './page/stage.ts';
import { ROOT } from './sourceFile.ts';

interface View {
  readonly name: string;
  readonly options: BrowserContextOptions;
}

const DESK = { width: 1440, height: 900 };
const VIEWS: readonly View[] = [
  { name: 'desk-light', options: { viewport: DESK, colorScheme: 'light' } },
  { name: 'desk-dark', options: { viewport: DESK, colorScheme: 'dark' } },
  {
    name: 'phone-light',
    options: { viewport: { width: 390, height: 844 }, colorScheme: 'light', deviceScaleFactor: 2 },
  },
  {
    name: 'phone-dark',
    options: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', deviceScaleFactor: 2 },
  },
  { name: 'wall-dark', options: { viewport: { width: 3840, height: 2160 }, colorScheme: 'dark' } },
];

/** A page to look at, and what is there when it is drawn. */
interface Sight {
  readonly name: string;
  readonly hash: string;
  readonly sign: string;
}

/** Time for charts to be asked for and drawn, and for a second frame: this is for eyes, nothing depends on it. */
const SETTLE_MS = 2500;
/** The demo sends an hour of history first. */
const DEMO_READY_MS = 12_000;

/** What is trained in the demo for the page of models. */
const MODEL_TYPE = 'temperature';

if (import.meta.main)
  await takeAll(resolve(process.argv[2] ?? join(ROOT, 'packages', 'dashboard', 'screenshots')));

async function takeAll(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const stage = await Stage.open();
  try {
    await takeDoors(stage, folder);
    await takeDemo(stage.browser, folder);
  } finally {
    await stage.close();
  }
}

async function takeDoors(open: Stage, folder: string): Promise<void> {
  const closed = await Stage.open('closed');
  const [light] = VIEWS;
  if (light === undefined) return;
  const empty = { name: 'empty', hash: '#/', sign: '.notice pre' };
  await take(open.browser, { url: open.url, sight: empty, view: light, folder });
  const setup = { name: 'setup', hash: '#/setup', sign: '.notice form' };
  await take(open.browser, { url: closed.url, sight: setup, view: light, folder });
  await closed.close();
}

async function takeDemo(browser: Browser, folder: string): Promise<void> {
  const demo = spawn(process.execPath, [
    join(ROOT, 'packages', 'cli', 'bin', 'fernsight.js'),
    ...['demo', '--port', '0', '--seed', '7'],
  ]);
  const ended = new Promise((end) => demo.once('close', end));
  try {
    const url = await addressOf(demo);
    await systemClock.sleep(DEMO_READY_MS);
    await trainOne(url);
    const device = await worstDevice(browser, url);
    const sights: readonly Sight[] = [
      { name: 'fleet', hash: '#/', sign: '.card' },
      { name: 'device', hash: `#/devices/${encodeURIComponent(device)}`, sign: '.reasons' },
      { name: 'anomalies', hash: '#/anomalies', sign: 'tbody tr' },
      { name: 'incidents', hash: '#/incidents', sign: 'h1' },
      { name: 'models', hash: `#/models/${MODEL_TYPE}`, sign: '.plot-figure' },
      { name: 'settings', hash: '#/settings', sign: '.settings' },
    ];
    for (const view of VIEWS) {
      for (const sight of sights) await take(browser, { url, sight, view, folder });
    }
  } finally {
    demo.kill('SIGINT');
    await ended;
  }
}

/** @throws Error when the demo ends before it says where it is */
function addressOf(demo: ChildProcess): Promise<string> {
  return new Promise((found, fail) => {
    let text = '';
    demo.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const match = /http:\/\/127\.0\.0\.1:\d+\/?/.exec(text);
      if (match !== null) found(match[0].replace(/\/?$/, '/'));
    });
    demo.once('close', () => fail(new Error(`the demo ended: ${text}`)));
  });
}

/** So that the page of models has a report and a rollout to show. */
async function trainOne(url: string): Promise<void> {
  const client = createClient({ baseUrl: url.slice(0, -1) });
  await client.call('trainModel', { params: { sensorType: MODEL_TYPE }, body: {} });
  for (;;) {
    await systemClock.sleep(500);
    const { trainings } = await client.call('trainings', {});
    const [run] = trainings;
    if (run?.state === 'failed') throw new Error(`the training failed: ${run.error}`);
    if (run?.hash == null) continue;
    await client.call('activateModel', { params: { hash: run.hash } });
    return;
  }
}

async function worstDevice(browser: Browser, url: string): Promise<string> {
  const page = await browser.newPage();
  await page.goto(url);
  const name = await page.locator('.card-name').first().innerText();
  await page.close();
  return name;
}

interface Shot {
  readonly url: string;
  readonly sight: Sight;
  readonly view: View;
  readonly folder: string;
}

async function take(browser: Browser, { url, sight, view, folder }: Shot): Promise<void> {
  const context = await browser.newContext({ locale: 'en-GB', ...view.options });
  const page: Page = await context.newPage();
  await page.goto(url + sight.hash);
  await page.locator(sight.sign).first().waitFor();
  await systemClock.sleep(SETTLE_MS);
  const path = join(folder, `${sight.name}-${view.name}.png`);
  await page.screenshot({ path });
  console.log(path);
  await context.close();
}
