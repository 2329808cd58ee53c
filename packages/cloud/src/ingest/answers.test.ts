/** What becomes of a request's items, with access and store as they are in the server. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AccessTrial } from '../access/accessTrial.ts';
import type { Principal } from '../access/principal.ts';
import { InlineDesk } from '../stream/inlineDesk.ts';
import { EmbeddedStream } from '../stream/stream.ts';
import { WriterClerk } from '../stream/writer.ts';
import { START_US, WorkerTrial } from '../worker/workerTrial.ts';
import { publishIntake } from './answers.ts';
import { readJson } from './json.ts';

const RECEIVED_US = START_US + 3_600e6;

let people: AccessTrial;
let trial: WorkerTrial;
let principal: Principal;
beforeEach(async () => {
  people = new AccessTrial();
  trial = new WorkerTrial();
  const admin = await people.setUp();
  const token = await people.addToken(admin, 'own');
  principal = people.principal({ authorization: `Bearer ${token}` }, 'device');
});
afterEach(() => {
  people.end();
  trial.end();
});

function push(rows: readonly object[], receivedUs = RECEIVED_US) {
  const { clock } = trial;
  const clerk = new WriterClerk(trial.worker, { clock, release: () => undefined });
  const stream = new EmbeddedStream(new InlineDesk(clerk), clock, () => undefined);
  const intake = readJson(Buffer.from(JSON.stringify({ rows })), receivedUs);
  return publishIntake(intake, { principal }, { stream, access: people.access });
}

test('what is bad is counted for a device only where the sender may write for it', async () => {
  const other = { device: 'other', sensor: 's', time: START_US / 1e6 };
  const rows = [{ ...other, value: 1 }];
  await trial.worker.commit([readJson(Buffer.from(JSON.stringify({ rows })), START_US).parcel]);
  await push([
    { ...other, value: 'x' },
    { ...other, device: 'own', value: 2 },
    { ...other, device: 'own', value: 'x' },
  ]);
  const { registry } = trial.worker.store;
  expect(registry.find('other')).toMatchObject({ seenUs: START_US, ledger: { rejected: 0 } });
  expect(registry.find('own')).toMatchObject({ seenUs: RECEIVED_US, ledger: { rejected: 1 } });
});
