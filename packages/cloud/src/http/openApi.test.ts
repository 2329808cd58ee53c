/** What the server says of itself is what it does, and can be read from wherever the page can. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CloudTrial, openCloud } from '../cloudTrial.ts';

let trial: CloudTrial;
beforeAll(async () => {
  trial = await openCloud();
});
afterAll(() => trial.end());

test('the description loads over plain HTTP from another machine, and asks nobody else', async () => {
  const { status, headers, body } = await trial.get('/docs');
  const files = [...String(body).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, file]) => file ?? '');
  expect([status, files.length]).toEqual([200, 7]);
  const policy = headers.get('content-security-policy') ?? '';
  // makes a browser ask for each file by https, which such a server does not speak
  expect(policy).not.toMatch(/upgrade-insecure-requests/);
  expect(policy).not.toMatch(/https?:|[a-z]\.[a-z]/);
  for (const file of files) {
    expect(file).toMatch(/^\/docs\/static\//);
    expect((await trial.get(file)).status, file).toBe(200);
  }
});
