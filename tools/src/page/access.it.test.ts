/** First run, sign-in and roles, in a real browser against a server that wants to know who it is. */
import { createClient } from '@fernsight/wire/client';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { Stage } from './stage.ts';

const ADMIN = { name: 'anna', password: 'long enough for anna' };
const VIEWER = { name: 'vito', password: 'long enough for vito' };

let stage: Stage;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  stage = await Stage.open('closed');
  page = await stage.newPage(faults, { bypassCSP: true });
  page.on('dialog', (dialog) => void dialog.accept());
});
afterAll(async () => {
  await stage.close();
});

/** @returns the status with which the server answers a reading that comes with this token */
async function write(device: string, token: string): Promise<number> {
  const body = JSON.stringify({ rows: [{ device, sensor: 'speed', value: 7 }] });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const sent = await fetch(`${stage.url}api/v1/readings`, { method: 'POST', headers, body });
  return sent.status;
}

/** @returns the role that the server has, by the administrator's own session */
function roleOf(person: string): Promise<string> {
  return page.evaluate(`fetch('api/v1/people').then((reply) => reply.json())
    .then(({ people }) => people.find(({ name }) => name === '${person}').role)`);
}

async function signIn(on: Page, { name, password }: typeof ADMIN): Promise<void> {
  await on.getByLabel('Name').fill(name);
  await on.getByLabel('Password').fill(password);
  await on.getByRole('button', { name: 'Sign in' }).click();
}

describe('a closed server', () => {
  it('asks for its first administrator, and takes a wrong token for wrong', async () => {
    await page.goto(`${stage.url}#/setup?token=odd`);
    await page.locator('h1', { hasText: 'Set up this server' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Your name').fill(ADMIN.name);
    await page.getByLabel('Password').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByRole('alert').getByText('401').waitFor();
    // the page asks who looks, again and again; an answer from before may come after
    const asked = Promise.withResolvers<void>();
    const isIn = Promise.withResolvers<void>();
    await page.route('**/api/v1/session', async (route) => {
      const response = await route.fetch();
      asked.resolve();
      await isIn.promise;
      await route.fulfill({ response });
    });
    await asked.promise;
    await page.getByLabel('One-time token').fill(stage.setupToken);
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.locator('h1', { hasText: 'No device yet' }).waitFor();
    const late = page.waitForResponse('**/api/v1/session');
    isIn.resolve();
    await (await late).finished();
    await page.unrouteAll({ behavior: 'wait' });
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))');
    expect(await page.locator('h1').innerText()).toBe('No device yet');
  });

  it('hands the first device its token within the command that connects it', async () => {
    await page.getByLabel('Device').fill('fan-1');
    await page.getByRole('button', { name: 'Show the command' }).click();
    const command = await page.locator('pre', { hasText: 'curl' }).innerText();
    const [, address = '', authorization = '', body = ''] =
      /^curl (\S+) -H 'authorization: (.*?)' .* '(\{.*\})'$/s.exec(command) ?? [];
    const headers = { 'content-type': 'application/json', authorization };
    expect((await fetch(address, { method: 'POST', headers, body })).status).toBe(202);
    await stage.pass(2);
    await page.locator('.card', { hasText: 'fan-1' }).waitFor();
  });

  it('lets the administrator add people and give a device a token that writes', async () => {
    await page.goto(`${stage.url}#/settings`);
    const people = page.locator('section', { hasText: 'People' });
    await people.getByLabel('Name').fill(VIEWER.name);
    await people.getByLabel('First password').fill(VIEWER.password);
    await people.getByRole('button', { name: 'Add person' }).click();
    await people.locator('tbody tr', { hasText: VIEWER.name }).waitFor();
    const tokens = page.locator('section', { hasText: 'Give a token' });
    await tokens.getByLabel('Device').fill('pump-1');
    await tokens.getByRole('button', { name: 'Give a token' }).click();
    const token = await tokens.locator('.secret pre').innerText();
    expect(await write('pump-1', token)).toBe(202);
    await stage.pass(2);
    await page.evaluate('scrollTo(0, 0)');
    expect(await violations(page)).toEqual([]);
    await tokens.getByRole('row', { name: 'pump-1' }).getByText('Rotate').click();
    await expect.poll(() => tokens.locator('.secret pre').innerText()).not.toBe(token);
    const next = await tokens.locator('.secret pre').innerText();
    expect(await write('pump-1', next)).toBe(202);
    expect(await write('pump-1', token)).toBe(401);
    await tokens.getByRole('row', { name: 'pump-1' }).getByText('Revoke').click();
    // from its beginning: "Revoke" and the "Device" below it are "revoked" together, before anything is
    await tokens.getByText(/^revoked /).waitFor();
    expect(await write('pump-1', next)).toBe(401);
    await page.keyboard.press('f');
    await page.locator('.card', { hasText: 'pump-1' }).waitFor();
  });

  it('makes a provisioning key, with which a new device gets a token of its own', async () => {
    await page.goto(`${stage.url}#/settings`);
    const keys = page.locator('section', { hasText: 'Make a key' });
    await keys.getByLabel('Name').fill('line 4');
    await keys.getByLabel('May').selectOption('enrol devices');
    await keys.getByRole('button', { name: 'Make a key' }).click();
    await keys.getByText(`npx fernsight agent enrol ${stage.url.slice(0, -1)}`).waitFor();
    const authorization = `Bearer ${await keys.locator('.secret pre').innerText()}`;
    const client = createClient({ baseUrl: stage.url.slice(0, -1), headers: { authorization } });
    const { token } = await client.call('enrol', { body: { device: 'pump-4' } });
    expect(await write('pump-4', token)).toBe(202);
    await expect(client.call('fleet', { query: {} })).rejects.toMatchObject({ status: 403 });
    await keys.getByRole('button', { name: 'Revoke' }).click();
    await keys.locator('tbody tr').waitFor({ state: 'detached' });
    const again = client.call('enrol', { body: { device: 'pump-5' } });
    await expect(again).rejects.toMatchObject({ status: 401 });
  });

  it('shows a viewer the fleet, an operator what he may do, and neither who may', async () => {
    const other = await stage.newPage(faults);
    await other.goto(stage.url);
    await signIn(other, { ...VIEWER, password: 'wrong, but long' });
    await other.getByRole('alert').getByText('401').waitFor();
    await signIn(other, VIEWER);
    await other.locator('.card', { hasText: 'pump-1' }).waitFor();
    await other.getByRole('link', { name: 'Settings' }).click();
    await other.locator('h2', { hasText: 'vito, viewer' }).waitFor();
    expect(await other.locator('h2', { hasText: 'People' }).count()).toBe(0);
    const run = other.getByRole('button', { name: 'Run now' }).first();
    await other.locator('h2', { hasText: 'Jobs' }).waitFor();
    expect(await run.count()).toBe(0);
    await page.goto(`${stage.url}#/settings`);
    const people = page.locator('section', { hasText: 'People' });
    const role = people.getByLabel(`Role of ${VIEWER.name}`);
    await role.focus();
    // an arrow chooses, and does nothing yet
    await page.keyboard.press('ArrowDown');
    const change = people.getByRole('button', { name: 'Change' });
    await change.waitFor();
    expect(await roleOf(VIEWER.name)).toBe('viewer');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await change.waitFor({ state: 'detached' });
    expect(await role.inputValue()).toBe('operator');
    expect(await roleOf(VIEWER.name)).toBe('operator');
    // whoever may something else signs in anew, and the refusals above have made the server wary of this address
    await stage.clock.advance(120_000);
    await other.reload();
    await signIn(other, VIEWER);
    await other.locator('h2', { hasText: 'vito, operator' }).waitFor();
    await run.waitFor();
    expect(await other.locator('h2', { hasText: 'People' }).count()).toBe(0);
    await other.context().close();
  });

  it('leads through all changes, a page at a time', async () => {
    await page.goto(`${stage.url}#/settings`);
    const changes = page.locator('section[aria-labelledby=audit-title]');
    await changes.locator('tbody tr').first().waitFor();
    await page.evaluate(`Promise.all(Array.from({ length: 50 }, () =>
      fetch('api/v1/tokens/pump-4/rotate', { method: 'POST' })))`);
    await changes.getByRole('button', { name: 'Refresh' }).click();
    const first = changes.getByRole('row', { name: 'set up anna' });
    await first.waitFor({ state: 'detached' });
    expect(await changes.locator('tbody tr').count()).toBe(50);
    await changes.getByRole('button', { name: 'Older' }).click();
    await first.waitFor();
    await changes.getByRole('button', { name: 'Newest' }).click();
    await first.waitFor({ state: 'detached' });
  });

  it('shows the door again after signing out, and the fleet no more', async () => {
    await page.goto(`${stage.url}#/settings`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('h1', { hasText: 'Sign in' }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate('Object.keys(localStorage).join()')).not.toContain('fleet');
    await page.goto(`${stage.url}#/`);
    await page.locator('h1', { hasText: 'Sign in' }).waitFor();
  });

  it('threw nothing on the way', () => {
    expect(faults).toEqual([]);
  });
});
