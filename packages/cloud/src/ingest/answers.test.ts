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
  const clerk = new WriterClerk(trial.worker, { ...trial, release: () => undefined });
  const stream = new EmbeddedStream(new InlineDesk(clerk), clock, () => undefined);
  const intake = readJson(Buffer.from(JSON.stringify({ rows })), receivedUs);
  return publishIntake(intake, { principal }, { stream, access: people.access });
}

const rowsOf = (device: string, count: number, value: unknown) =>
  Array.from({ length: count }, (_, row) => ({
    ...{ device, sensor: 's', value },
    time: (START_US + row * 1e6) / 1e6,
  }));

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

test('a reply tells the first hundred errors, and how many more there are of each kind', async () => {
  await push(rowsOf('own', 300, 1));
  const { errors, ...counts } = await push([
    ...rowsOf('own', 40, 'x'),
    ...rowsOf('other', 200, 1),
    ...rowsOf('own', 300, 2),
  ]);
  expect(counts).toEqual({ accepted: 0, duplicates: 0 });
  expect(errors.map(({ code }) => code)).toEqual([
    ...Array.from({ length: 40 }, () => 'invalid'),
    ...Array.from({ length: 60 }, () => 'forbidden'),
    'forbidden',
    'conflict',
  ]);
  expect(errors.slice(40, 42).map(({ at }) => at)).toEqual(['rows/40', 'rows/41']);
  expect(errors.slice(100)).toMatchObject([
    { at: '', message: '140 more like these' },
    { at: '', message: '300 more like these' },
  ]);
});
