/** The page in a real browser against the real cloud, from an empty fleet to the reason of an anomaly. */

import type { Locator, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { placeOf, pointAt } from './pointer.ts';
import { PRESSURE, Stage, TEMPERATURE } from './stage.ts';

const SENSORS = [TEMPERATURE, PRESSURE];
const WATCHED = 'pump-2';
const DEVICES = [WATCHED, 'pump-3', 'fan-1'];

let stage: Stage;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  stage = await Stage.open();
  page = await stage.newPage(faults, { bypassCSP: true });
});
afterAll(async () => {
  await stage.close();
});

const card = (device: string): Locator => page.locator('.card', { hasText: device });

/** Hours of the watched device's history that this address asks for; null: it asks for something else. */
function hoursAsked(address: string): number | null {
  const url = new URL(address);
  const query = url.searchParams;
  if (!url.pathname.endsWith('/history') || query.get('device') !== WATCHED) return null;
  return (Number(query.get('toUs')) - Number(query.get('fromUs'))) / 3_600_000_000;
}

interface Held {
  readonly asked: Promise<void>;
  /** Resolves when the page has the answer, and has drawn. */
  readonly letGo: () => Promise<void>;
}

/** Holds back the answer to the next question of this address, which will be `body`. */
async function held(address: RegExp, body: object): Promise<Held> {
  const asked = Promise.withResolvers<void>();
  const isFree = Promise.withResolvers<void>();
  const hold = async (route: Route) => {
    asked.resolve();
    await isFree.promise;
    await route.fulfill({ json: body });
  };
  await page.route(address, hold, { times: 1 });
  const letGo = async () => {
    const answered = page.waitForResponse(address);
    isFree.resolve();
    await (await answered).finished();
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))');
  };
  return { asked: asked.promise, letGo };
}

async function readAll(
  values: Readonly<Record<string, number>> = {},
  devices = DEVICES,
): Promise<void> {
  for (const device of devices) {
    await stage.pushNow(device, SENSORS, device === WATCHED ? values : {});
  }
  await stage.pass(1);
}

describe('the page', () => {
  it('says how to connect the first device, and shows it when that was done', async () => {
    await page.goto(stage.url);
    const command = await page.locator('pre', { hasText: 'curl' }).innerText();
    const [, address = '', body = ''] = /^curl (\S+) .* '(\{.*\})'$/s.exec(command) ?? [];
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(address, { method: 'POST', headers, body })).status).toBe(202);
    await stage.pass(2);
    await card('pump-1').waitFor();
  });

  it('shows values as they come', async () => {
    for (const device of DEVICES) await stage.pushHour(device, SENSORS);
    await stage.pass(1);
    await readAll({ temperature: 20.25 });
    await card(WATCHED).getByText('20.25 °C').waitFor();
    await readAll({ temperature: 20.5 });
    await card(WATCHED).getByText('20.5 °C').waitFor();
    expect(await page.locator('.connection').innerText()).toBe('Live');
  });

  it('puts an alarm first and leads from its card to its reason', async () => {
    for (let second = 0; second < 8; second++) await readAll({ temperature: 45 });
    await page.locator('.card').first().getByText('Alarm').waitFor();
    const { anomalies } = await stage.client.call('anomalies', { query: { alarms: true } });
    const reason = anomalies.find(({ sensor }) => sensor === 'temperature')?.sentence ?? 'none';
    await card(WATCHED).click();
    await page.locator('.reasons').getByText(reason).waitFor();
    await page.locator('.sensor-chart h2', { hasText: 'pressure' }).waitFor();
  });

  it('shows the reason beside the mark under the pointer', async () => {
    const { anomalies } = await stage.client.call('anomalies', { query: { alarms: true } });
    const alarm = anomalies.find(({ sensor }) => sensor === 'temperature');
    await page
      .locator('.reasons')
      .getByText(alarm?.sentence ?? 'none')
      .click();
    await page.waitForURL(/from=\d+/);
    const plot = page.locator('.sensor-chart', { hasText: 'temperature' }).locator('.u-over');
    const tip = page.locator('.sensor-chart .tip');
    // around() puts the moment in the middle
    await pointAt(plot, 1 / 2, tip);
    expect(await tip.innerText()).toContain('temperature');
  });

  it('zooms by dragging, into the address, and asks for finer points', async () => {
    await page.getByRole('button', { name: '1h' }).click();
    const plot = page.locator('.sensor-chart', { hasText: 'pressure' }).locator('.u-over');
    const box = await placeOf(plot);
    // the hour that the button asked for may still be on its way: its answer is not the one meant
    const finer = page.waitForResponse((response) => {
      const hours = hoursAsked(response.url());
      return hours !== null && hours < 0.9;
    });
    await page.mouse.move(box.x + box.width * 0.4, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/from=\d+&to=\d+/);
    expect(hoursAsked((await finer).url())).toBeCloseTo(0.1, 1);
    const link = page.url();
    await page.keyboard.press('-');
    await page.waitForURL((url) => url.href !== link);
    await page.keyboard.press('0');
    await page.waitForURL((url) => !url.href.includes('from='));
  });

  it('shows what it had at once after a reload, and then what came meanwhile', async () => {
    const peak = page.locator('.plot[aria-label*=" to 60 °C"]');
    await page.locator('.plot[aria-label*=" to "]').first().waitFor();
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.reload();
    await page.locator('.plot[aria-label*=" to "]').first().waitFor();
    expect(await page.locator('h1').innerText()).toBe(WATCHED);
    await readAll({ temperature: 60 });
    await readAll({ temperature: 20 });
    expect(await peak.count()).toBe(0);
    await page.unroute('**/api/v1/**');
    // by itself: a button to press may be gone by the time it is pressed
    await page.locator('.connection', { hasText: 'Live' }).waitFor();
    await peak.waitFor();
  });

  it('marks what is old when the server stops, opens without it, and goes on when it is back', async () => {
    await page.goto(`${stage.url}#/`);
    await readAll();
    await card('fan-1').waitFor();
    await page.evaluate('navigator.serviceWorker.ready');
    // a page of the server's that is not this one must not be kept in its place
    const other = await page.context().newPage();
    await other.goto(`${stage.url}docs`);
    await other.close();
    await stage.stopServer();
    await page.locator('.connection', { hasText: 'Offline' }).waitFor();
    await page.getByRole('alert').getByText('What you see is from').waitFor();
    // chance lengthens each wait: by itself the page would not be back within this test
    await page.addInitScript('Math.random = () => 200');
    await page.reload();
    await card('fan-1').waitFor();
    await page.locator('main.stale').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByText(/Trying again in \d+ (s|min)/).waitFor();
    await stage.startServer();
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.locator('.connection', { hasText: 'Live' }).waitFor();
    await readAll({ temperature: 19.75 });
    await card(WATCHED).getByText('19.75 °C').waitFor();
  });

  it('marks a device that has fallen silent as offline, and filters for it in the address', async () => {
    for (let minute = 0; minute < 7; minute++) {
      await stage.pass(10);
      await readAll({}, [WATCHED, 'pump-3']);
    }
    await card('fan-1').getByText('Offline').waitFor();
    await page.getByRole('button', { name: 'Offline' }).click();
    await page.waitForURL(/standing=offline/);
    await expect.poll(() => page.locator('.card').count()).toBe(2);
    const other = await page.context().newPage();
    await other.goto(page.url());
    // until the line is live it shows what the browser kept
    const shown = () => other.locator('.card-name').allInnerTexts();
    await expect.poll(shown).toEqual(['fan-1', 'pump-1']);
    await other.close();
  });

  it('is driven by the keyboard alone', async () => {
    await page.keyboard.press('f');
    await page.waitForURL((url) => !url.href.includes('standing'));
    await page.keyboard.press('/');
    await page.keyboard.type('pump');
    await page.waitForURL(/q=pump/);
    await expect.poll(() => page.locator('.card').count()).toBe(3);
    await page.locator('[role=listbox]').focus();
    await page.keyboard.press('ArrowRight');
    await readAll({ temperature: 21.25, pressure: 1013.5 });
    await page
      .locator('#map-chosen', { hasText: /21\.25 °C|1,013\.5 hPa/ })
      .waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: WATCHED }).waitFor();
    await page.keyboard.press('a');
    await page.locator('h1', { hasText: 'Anomalies' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Keyboard' }).click();
    await page.getByRole('checkbox').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('f');
    expect(page.url()).toContain('#/anomalies');
  });

  it('lists anomalies across the fleet and leads to the moment', async () => {
    await page.goto(`${stage.url}#/anomalies`);
    const row = page.locator('tbody tr', { hasText: 'temperature' }).first();
    await row.getByRole('link').first().click();
    await page.waitForURL(/#\/devices\/pump-2\?from=\d+/);
    await page.locator('.reason-row').first().waitFor();
  });

  it('keeps quiet what somebody calls no anomaly, until it is taken back', async () => {
    await page.goto(`${stage.url}#/anomalies`);
    const row = page.locator('tbody tr', { hasText: 'temperature' }).first();
    await row.getByLabel('Was it real?').selectOption('Quiet at any time');
    await row.getByRole('button', { name: 'Say so' }).click();
    await row.getByText('Not an anomaly', { exact: true }).first().waitFor();
    const quiet = page.locator('section', { hasText: 'kept quiet' }).locator('tbody tr');
    await quiet.getByText('at any time').waitFor();
    const { suppressions } = await stage.client.call('suppressions', { query: {} });
    expect(suppressions).toMatchObject([{ device: WATCHED, sensor: 'temperature' }]);
    await quiet.getByRole('button', { name: 'Take back' }).click();
    await quiet.waitFor({ state: 'detached' });
    await row.getByLabel('Was it real?').selectOption('Real');
    await row.getByRole('button', { name: 'Say so' }).click();
    await row.locator('.chip', { hasText: 'Real' }).waitFor();
    const { feedback } = await stage.client.call('feedback', { query: {} });
    expect(feedback.map(({ label }) => label)).toEqual(['real']);
  });

  it('opens an incident for a silent device, which is acknowledged, muted, and kept quiet by maintenance', async () => {
    await page.goto(`${stage.url}#/incidents`);
    const row = page.locator('tbody tr', { hasText: 'fan-1' });
    await row.getByText('Silent').waitFor();
    // what was asked of the open ones comes after the answer for all, and changes nothing any more
    const late = await held(/incidents\?.*open=true/, { incidents: [] });
    await row.getByRole('button', { name: 'Acknowledge' }).click();
    await late.asked;
    await page.getByRole('button', { name: 'All' }).click();
    await row.getByText('is on it').waitFor();
    await late.letGo();
    expect(await row.count()).toBe(1);
    const other = page.locator('tbody tr', { hasText: 'pump-1' });
    await other.getByLabel('Mute the incident').focus();
    // an arrow chooses, and does nothing yet
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await other.getByRole('button', { name: 'Mute' }).waitFor();
    const { incidents: before } = await stage.client.call('incidents', { query: {} });
    expect(before.map(({ mutedUntilUs }) => mutedUntilUs)).toEqual(before.map(() => null));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await other.getByText('Muted', { exact: true }).waitFor();
    await page.getByLabel('Device, or * for all').fill('*');
    await page.getByLabel('Reason').fill('belt change');
    await stage.pass(1);
    await page.getByRole('button', { name: 'Plan maintenance' }).click();
    const planned = page.locator('li', { hasText: 'belt change' });
    await planned.waitFor();
    // it begins by the page's clock, which goes on while the server's stands
    const { windows } = await stage.client.call('maintenance', {});
    while (stage.clock.nowUs() < (windows[0]?.startUs ?? 0)) await stage.pass(1);
    await page.getByRole('button', { name: 'Open' }).click();
    await other.getByText('In maintenance', { exact: true }).waitFor();
    await planned.getByRole('button', { name: 'Remove' }).click();
    await other.getByText('Muted', { exact: true }).waitFor();
    const { incidents } = await stage.client.call('incidents', { query: { open: true } });
    const hourUs = 3_600_000_000;
    expect(incidents.find(({ device }) => device === 'pump-1')?.mutedUntilUs).toBeGreaterThan(
      stage.clock.nowUs() + 0.9 * hourUs,
    );
  });

  it('changes what holds on the server, and where people are told', async () => {
    await page.goto(`${stage.url}#/settings`);
    const server = page.locator('section', { hasText: 'Timeouts, retention' });
    await server.getByLabel('Offline after').fill('90');
    await server.getByRole('button', { name: 'Save' }).click();
    await server.getByText('(changed here)').waitFor();
    expect(await stage.client.call('settings', {})).toMatchObject({ offlineAfterMs: 90_000 });
    await server.getByRole('button', { name: 'Back to what is configured' }).click();
    await server.getByText('(changed here)').waitFor({ state: 'detached' });
    const told = page.locator('section', { hasText: 'Notifications' });
    await told.getByLabel('Name').fill('on call');
    await told.getByLabel('Address').fill(`${stage.url}nobody`);
    await told.getByRole('button', { name: 'Add' }).click();
    await told.locator('.secret pre').waitFor();
    await told.getByRole('button', { name: 'Test' }).click();
    await told.locator('tbody').getByText('test failed').waitFor();
  });

  it('trains a model, activates it, and after another one goes back to it', async () => {
    await page.goto(`${stage.url}#/models/temperature`);
    const train = page.getByRole('button', { name: 'Train', exact: true });
    const versions = page.locator('section', { hasText: 'Roll back' }).locator('tbody tr');
    const active = versions.filter({ hasText: 'Active' });
    await train.click();
    await versions.getByRole('button', { name: 'Activate' }).click();
    await active.waitFor();
    const first = await active.locator('code').innerText();
    await page.locator('.plot-figure', { hasText: 'Score' }).waitFor();
    for (let second = 0; second < 3; second++) await readAll();
    await train.click();
    await versions.getByRole('button', { name: 'Activate' }).click();
    await active.filter({ hasNotText: first }).waitFor();
    await page.getByRole('button', { name: 'Roll back' }).click();
    await active.filter({ hasText: first }).waitFor();
    const { activations } = await stage.client.call('activations', {});
    const chosen = activations.map(({ hash }) => hash?.slice(0, 8) === first);
    expect(chosen).toEqual([true, false, true]);
  });

  it('threw nothing on the way', () => {
    expect(faults).toEqual([]);
  });
});
