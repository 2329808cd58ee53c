/** Every page in light and dark, and on a phone: axe finds no violation of WCAG 2.2 A and AA. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRESSURE, Stage, TEMPERATURE } from './stage.ts';

const SENSORS = [TEMPERATURE, PRESSURE];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const VIEWS = [
  { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { colorScheme: 'light', viewport: { width: 390, height: 844 } },
] as const;
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

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

let stage: Stage;
let axe: string;

beforeAll(async () => {
  axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  stage = await Stage.open();
  for (const device of ['pump-1', 'pump-2']) await stage.pushHour(device, SENSORS);
  await stage.pushNow('silent', SENSORS);
  for (let second = 0; second < 70; second++) {
    await stage.pass(1);
    await stage.pushNow('pump-1', SENSORS, second > 60 ? { temperature: 45 } : {});
  }
  await stage.pass(1);
  const params = { sensorType: 'temperature' };
  await stage.client.call('trainModel', { params, body: {} });
});
afterAll(async () => {
  await stage.close();
});

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found: { readonly violations: readonly Violation[] } = await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(RULES)} })`,
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
  );
}

describe.each(VIEWS)('$colorScheme, $viewport.width px', (view) => {
  it.each(PLACES)('%s', async (place, sign) => {
    const page = await stage.newPage([], { ...view, bypassCSP: true });
    await page.goto(stage.url + place);
    await page.locator(sign).first().waitFor();
    expect(await violations(page)).toEqual([]);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    await page.context().close();
  });
});
