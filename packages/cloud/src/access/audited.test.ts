import type { AuditReply, RouteName } from '@fernsight/wire';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Answers, Call } from '../http/answer.ts';
import { AccessTrial } from './accessTrial.ts';
import { audited } from './audited.ts';

let trial: AccessTrial;
beforeEach(() => {
  trial = new AccessTrial();
});
afterEach(() => trial.end());

it('what changes something leaves a row without its secrets; what reads, or fails, leaves none', async () => {
  const as = await trial.setUp();
  const principal = trial.principal(as, 'viewer');
  const facts = { method: 'POST', address: '10.0.0.9', forwarded: false, secure: false };
  const asked: Omit<Call, 'params' | 'body'> = {
    query: {},
    raw: Buffer.alloc(0),
    contentType: '',
    receivedUs: 0,
    principal,
    facts,
  };
  const answering = (status: number) => () => ({ status, body: null });
  const answers: Answers = audited(
    {
      addChannel: answering(201),
      changeSettings: answering(200),
      removeSuppression: answering(404),
      channels: answering(200),
      pushReadings: answering(202),
    },
    trial.access,
  );
  const call = (name: RouteName, body: unknown) => answers[name]?.({ ...asked, params: {}, body });
  const target = { kind: 'webhook', url: 'https://chat.example/planted-secret' };
  await call('addChannel', { name: 'ops', target });
  await call('changeSettings', { rawRetentionDays: 7 });
  for (const name of ['removeSuppression', 'channels', 'pushReadings'] as const) {
    await call(name, {});
  }
  const heard = await trial.call('audit', { as });
  const { rows } = heard.body as AuditReply;
  expect(rows.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
    'changeSettings rawRetentionDays',
    'addChannel ops',
    'set up anna',
  ]);
  expect(rows[0]).toMatchObject({ actor: 'person anna', address: '10.0.0.9' });
  expect(JSON.stringify(rows)).not.toContain('planted-secret');
});
