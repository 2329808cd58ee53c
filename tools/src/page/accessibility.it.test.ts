/** Every page in light and dark, on a phone, a desk and a wall: axe finds no violation of WCAG 2.2 A and AA. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { PRESSURE, Stage, TEMPERATURE } from './stage.ts';

const SENSORS = [TEMPERATURE, PRESSURE];
const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const WALL = { width: 3840, height: 2160 };
/** where, and what is there when it is drawn */
const PLACES = [
  ['#/', '.card.alarm'],
  ['#/devices/pump-1', '.reason-row'],
  ['#/anomalies', 'tbody tr'],
  ['#/anomalies?device=nobody', '.notice'],
  ['#/incidents', 'tbody tr'],
  ['#/models/temperature', 'tbody tr'],
  ['#/settings', 'tbody tr'],
  ['#/odd', '.notice'],
] as const;

let stage: Stage;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  stage = await Stage.open();
  for (const device of ['pump-1', 'pump-2']) await stage.pushHour(device, SENSORS);
  await stage.pushNow('silent', SENSORS);
  await stage.pass(60);
  for (let second = 0; second < 10; second++) {
    await stage.pass(1);
    await stage.pushNow('pump-1', SENSORS, { temperature: 45 });
  }
  await stage.pass(1);
  const params = { sensorType: 'temperature' };
  await stage.client.call('trainModel', { params, body: {} });
  page = await stage.newPage(faults, { colorScheme: 'light', viewport: DESK, bypassCSP: true });
});
afterAll(async () => {
  await stage.close();
});

/** @returns what is wider than its place: the document, or a table */
function overflowing(): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('html, .table-place')]
    .filter((element) => element.scrollWidth > element.clientWidth)
    .map((element) => element.tagName + ' ' + element.innerText.slice(0, 40))`);
}

it.each(PLACES)('%s', async (place, sign) => {
  await page.goto(stage.url + place);
  await page.locator(sign).first().waitFor();
  expect(await violations(page)).toEqual([]);
  // dark differs in colours alone
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await violations(page, 'color-contrast')).toEqual([]);
  await page.setViewportSize(WALL);
  await expect.poll(overflowing).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(PHONE);
  await expect.poll(overflowing).toEqual([]);
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize(DESK);
});

it('threw nothing on the way', () => {
  expect(faults).toEqual([]);
});
