import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessTrial, PASSWORD, textOf } from './accessTrial.ts';

let trial: AccessTrial;

beforeEach(() => {
  trial = new AccessTrial();
});

afterEach(() => trial.end());

describe('secrets', () => {
  it('are in no file of the data folder, which its owner alone can read', async () => {
    const admin = await trial.setUp();
    const planted = [
      PASSWORD,
      admin.cookie.split('=')[1] ?? '',
      await trial.addToken(admin, 'pump'),
      (await trial.addKey(admin, ['admin'])).secret,
    ];
    for (const name of readdirSync(trial.dataDir)) {
      const path = join(trial.dataDir, name);
      expect(statSync(path).mode & 0o077).toBe(0);
      const bytes = readFileSync(path);
      for (const secret of planted) expect(bytes.includes(secret)).toBe(false);
    }
  });

  it('are not in the audit log, which tells who did what', async () => {
    const admin = await trial.setUp();
    const token = await trial.addToken(admin, 'pump');
    await trial.call('signIn', { body: { name: PASSWORD, password: 'x' } });
    const { body } = await trial.call('audit', { as: admin, query: { limit: 2 } });
    expect(body).toMatchObject({
      rows: [
        { actor: 'anyone', action: 'sign-in failed', subject: '', address: '192.0.2.1' },
        { actor: 'person anna', action: 'gave a device a token', subject: 'pump' },
      ],
    });
    const rest = await trial.call('audit', { as: admin, query: { cursor: textOf(body, 'next') } });
    expect(rest.body).toMatchObject({ rows: [{ action: 'set up', subject: 'anna' }] });
    for (const secret of [token, PASSWORD, admin.cookie]) {
      expect(JSON.stringify([body, rest.body])).not.toContain(secret);
    }
  });
});
