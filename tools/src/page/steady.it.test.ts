/** What a viewer sees who does nothing: nothing moves while readings come, and the page is his own in zone and colours. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeOf } from './pointer.ts';
import { PRESSURE, Stage, TEMPERATURE } from './stage.ts';

const SENSORS = [TEMPERATURE, PRESSURE];
const DEVICES = ['pump-1', 'pump-2', 'pump-3'];
/** A page whose parts moved by less in sum is called good by those who measure pages (web.dev, Cumulative Layout Shift). */
const SHIFT_MAX = 0.02;

let stage: Stage;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  stage = await Stage.open();
  for (const device of DEVICES) await stage.pushHour(device, SENSORS);
  await stage.push([
    { device: 'silent', sensor: 'flow', unit: 'l/s', tsUs: [stage.clock.nowUs()], value: [3] },
  ]);
  for (let part = 0; part < 8; part++) {
    await stage.pass(9);
    await readAll();
  }
  page = await stage.newPage(faults, { timezoneId: 'Asia/Kathmandu', colorScheme: 'light' });
  await page.addInitScript(`
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries()) {
        window.shifts.push({ value, of: sources.map(({ node }) => node?.className ?? node?.nodeName) });
      }
    }).observe({ type: 'layout-shift', buffered: true });`);
});
afterAll(() => stage.close());

async function readAll(values: Readonly<Record<string, number>> = {}): Promise<void> {
  for (const device of DEVICES) await stage.pushNow(device, SENSORS, values);
  await stage.pass(1);
}

interface Shift {
  readonly value: number;
  readonly of: readonly string[];
}

/** @returns how far the page's parts have moved since it was opened */
async function shifted(): Promise<readonly Shift[]> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
  return page.evaluate('window.shifts');
}

it.each([
  ['#/', '.card'],
  ['#/devices/pump-1', '.sensor-chart canvas'],
  ['#/anomalies', '.notice, tbody tr'],
  ['#/incidents', 'tbody tr'],
  ['#/models/temperature', '.type-list a'],
  ['#/settings', 'tbody tr'],
])('nothing moves on %s while it loads and readings come', async (place, sign) => {
  await page.goto('about:blank');
  await page.goto(stage.url + place);
  await page.locator(sign).first().waitFor();
  for (let second = 0; second < 5; second++) await readAll();
  const shifts = await shifted();
  expect(
    shifts.reduce((sum, { value }) => sum + value, 0),
    JSON.stringify(shifts),
  ).toBeLessThan(SHIFT_MAX);
});

const tile = (name: string) => page.locator('.tile', { hasText: name }).locator('strong');

it('tells the fleet in seven numbers, each as the server counts it', async () => {
  await page.goto(`${stage.url}#/`);
  for (let second = 0; second < 8; second++) {
    await stage.pushNow('pump-2', SENSORS, { temperature: 45 });
    await stage.pass(1);
  }
  await page.locator('.card').first().getByText('Alarm').waitFor();
  const { totals } = await stage.client.call('fleet', { query: {} });
  expect(totals).toMatchObject({ deviceCount: 4, onlineCount: 3 });
  const says = (name: string) => expect.poll(() => tile(name).innerText());
  await says('In alarm').toBe('1 of 4');
  await says('Offline').toBe('1 3 online');
  const { anomaliesHour, anomaliesDay, alarmsHour, alarmsDay, readingCount } = totals;
  expect(alarmsHour).toBeGreaterThan(0);
  await says('Anomalies').toBe(`${anomaliesHour} ${anomaliesDay} in a day`);
  await says('Alarms').toBe(`${alarmsHour} ${alarmsDay} in a day`);
  await says('Stored').toBe(`${readingCount.toLocaleString('en')} in all`);
  await says('Readings').toMatch(/^[1-9][\d.]* a second$/);
  await says('Worst lag').toMatch(/^\d+ s of those online$/);
});

it('shows value, unit, verdict, confidence and the last hour on a card', async () => {
  const sensor = page.locator('.card', { hasText: 'pump-1' }).locator('.sensor').first();
  expect(await sensor.innerText()).toMatch(/^temperature\s+Normal \d+ %\s+[\d.]+ °C$/);
  const drawn = `(() => {
    const canvas = document.querySelector('[href="#/devices/pump-1"] canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((byte, index) => index % 4 === 3 && byte > 0).length;
  })()`;
  // the line of a whole hour, from one end to the other
  await expect.poll(() => page.evaluate(drawn)).toBeGreaterThan(150);
});

/** @returns what the map says of the cell under a point, shares of the map's room */
async function cellAt(x: number, y: number): Promise<string> {
  const box = await placeOf(page.locator('.map canvas'));
  await page.mouse.move(box.x + x, box.y + y);
  const tip = page.locator('.map .tip');
  return (await tip.isVisible()) ? await tip.innerText() : '';
}

it('maps each device to a cell, which the pointer asks and the address groups', async () => {
  await page.getByRole('button', { name: 'By sensors' }).click();
  await page.waitForURL(/group=sensors/);
  const found = new Set<string>();
  const { width } = await placeOf(page.locator('.map canvas'));
  const sweep = async () => {
    for (let x = 4; x < width && found.size < 4; x += 11) {
      const [name = ''] = (await cellAt(x, 8)).split('\n');
      if (name !== '') found.add(name);
    }
    return [...found].sort();
  };
  await expect.poll(sweep).toEqual([...DEVICES, 'silent']);
  await page.reload();
  await page.locator('.map [aria-pressed=true]', { hasText: 'By sensors' }).waitFor();
});

it('narrows the table of anomalies by kind, device, time and what is shown, in the address', async () => {
  await page.goto(`${stage.url}#/anomalies`);
  const rows = page.locator('tbody tr');
  await rows.first().waitFor();
  await page.getByLabel('Kind').selectOption('stuck');
  await page.getByText('Nothing matches.').waitFor();
  await page.getByRole('button', { name: 'Show all alarms' }).click();
  await rows.first().waitFor();
  await page.getByLabel('Device', { exact: true }).fill('pump-3');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing matches.').waitFor();
  await page.getByLabel('Device', { exact: true }).fill('pump-2');
  await page.keyboard.press('Enter');
  await page.getByLabel('Since').selectOption('last day');
  await page.getByRole('button', { name: 'All marks' }).click();
  await page.waitForURL(/device=pump-2&since=1d&show=marks/);
  const { anomalies } = await stage.client.call('anomalies', { query: { device: 'pump-2' } });
  await expect.poll(() => rows.count()).toBe(anomalies.length);
});

it("gives times in the viewer's zone", async () => {
  const { anomalies } = await stage.client.call('anomalies', { query: { device: 'pump-2' } });
  const there = new Intl.DateTimeFormat('en-GB', {
    timeStyle: 'medium',
    timeZone: 'Asia/Kathmandu',
  });
  const said = there.format((anomalies[0]?.tsUs ?? 0) / 1000);
  expect(said).toMatch(/^17:4/);
  await page.locator('tbody tr').first().getByText(said).waitFor();
});

it('is light or dark as the system is, or as the viewer chose, for ever', async () => {
  const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  const light = await ground();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.getByRole('button', { name: 'Colours: system' }).click();
  expect(await ground()).toBe(light);
  await page.getByRole('button', { name: 'Colours: light' }).click();
  await page.emulateMedia({ colorScheme: 'light' });
  await page.reload();
  await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
  expect(await ground()).toBe(dark);
});

it('is drawn larger on a wall, and fills it', async () => {
  await page.goto(`${stage.url}#/devices/pump-2`);
  await page.locator('.u-over').first().waitFor();
  const type = () =>
    page.evaluate('Number.parseFloat(getComputedStyle(document.body).fontSize)') as Promise<number>;
  const desk = await type();
  await page.setViewportSize({ width: 3840, height: 2160 });
  expect((await type()) / desk).toBeGreaterThan(2);
  await expect
    .poll(async () => (await page.locator('.u-over').first().boundingBox())?.width)
    .toBeGreaterThan(2_500);
});

it('threw nothing on the way', () => {
  expect(faults).toEqual([]);
});
