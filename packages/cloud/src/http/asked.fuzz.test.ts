/** What is asked by addresses and headers: it is read into what the route wants, or refused by a fault that names a field. */
import { AnomaliesQuery, HistoryQuery, PageQuery } from '@fernsight/wire';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { factsOf } from '../access/accessTrial.ts';
import { credentialOf } from '../access/credentials.ts';
import { openObjection } from '../access/origin.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { SqliteReader } from '../store/sqlite/sqliteReader.ts';
import type { AnomalyFilter } from '../store/store.ts';
import { plainParcel, START_US, WorkerTrial, waveAt } from '../worker/workerTrial.ts';
import { checkOf, readQuery } from './check.ts';
import { takesGzip } from './viewer.ts';

const numRuns = inject('torture') ? 1_000_000 : 10_000;

const digits = fc.stringMatching(/^-?\d{1,200}$/);
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e3',
    '1e999',
    'NaN',
    'true',
    'false',
    '\u0000',
    '\ud800',
    'd1',
    's1',
    'spike',
  ),
  digits,
  fc.tuple(digits, digits).map(([tsUs, id]) => `${tsUs}.${id}`),
);
const queryOf = (names: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...names, '__proto__'), fc.oneof(text, fc.array(text)), {
    maxKeys: 4,
  });

/** @returns the query as it is handed on, or undefined where it was refused by a field */
function read(schema: Parameters<typeof checkOf>[0], given: Record<string, unknown>): unknown {
  try {
    return checkOf(schema, 400)(readQuery(given, schema));
  } catch (error) {
    if (!(error instanceof RequestFault)) throw error;
    if (error.status !== 400 || error.errors?.length === 0) expect.fail('no field is named');
    return undefined;
  }
}

describe('whatever is asked', () => {
  let trial: WorkerTrial;
  let reader: SqliteReader;
  beforeAll(async () => {
    trial = new WorkerTrial();
    const rows = Array.from({ length: 800 }, (_, row) => row);
    const readings = rows.map((row) => ({ tsUs: START_US + row * 1e6, value: waveAt(row) }));
    await trial.worker.commit([plainParcel(readings)]);
    trial.worker.store.settle();
    reader = new SqliteReader(trial.path);
  });
  afterAll(() => {
    reader.close();
    trial.end();
  });

  test('of anomalies, by cursors that were made up', async () => {
    const names = [
      'device',
      'sensor',
      'kind',
      'alarms',
      'suppressed',
      'fromUs',
      'toUs',
      'cursor',
      'limit',
    ];
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(queryOf(names), async (given) => {
        const query = read(AnomaliesQuery, given) as AnomalyFilter | undefined;
        if (query === undefined) return;
        asked++;
        const { anomalies } = await reader.anomalies(query);
        if (anomalies.length > 100) expect.fail('more than a page');
      }),
      { numRuns },
    );
    expect(asked).toBeGreaterThan(numRuns / 20);
  });

  test.each([
    ['a history', HistoryQuery, ['device', 'sensor', 'fromUs', 'toUs', 'points']],
    ['a page', PageQuery, ['cursor', 'limit']],
  ])('of %s', (_, schema, names) => {
    fc.assert(
      fc.property(queryOf(names), (given) => {
        read(schema, given);
      }),
      { numRuns },
    );
  });

  test('by headers', () => {
    const credential = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom('Bearer', 'basic', 'Token', 'x'), fc.string())
        .map((one) => one.join(' ')),
      fc.base64String().map((value) => `Basic ${value}`),
    );
    const cookie = fc.oneof(
      fc.string(),
      fc.string().map((value) => `a=b; fernsight=${value}`),
    );
    const maybe = fc.option(credential, { nil: undefined });
    fc.assert(
      fc.property(maybe, cookie, fc.string(), (authorization, cookies, other) => {
        const found = credentialOf(factsOf({ authorization, cookie: cookies }));
        if (found !== undefined && found !== 'malformed' && found.secret === '')
          expect.fail('no secret');
        openObjection(factsOf({ host: other, origin: cookies }));
        takesGzip(other);
      }),
      { numRuns },
    );
  });
});
