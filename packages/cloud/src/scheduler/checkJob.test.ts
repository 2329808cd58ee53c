/** The check of a store that a server runs on: what it tells, and what goes on meanwhile. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ManualClock, silentLog, systemClock } from '@fernsight/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openThreaded, type ThreadedCloud } from '../cloudTrial.ts';
import { flipBit } from '../store/sqlite/damageTrial.ts';
import { databasePathIn } from '../store/sqlite/folder.ts';
import { START_US, waveAt } from '../worker/workerTrial.ts';
import { checkJob } from './checkJob.ts';

const ROWS = 2_000;

let dir: string;
let cloud: ThreadedCloud;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fernsight-check-'));
  cloud = await openThreaded(dir, new ManualClock(systemClock.nowUs()));
  await push(Array.from({ length: ROWS }, (_, row) => row));
  for (const job of ['pack', 'fold']) await run(job);
});
afterEach(async () => {
  await cloud.end();
  rmSync(dir, { recursive: true });
});

/** A wave with a burst a minute, long ago: what is packed of it is folded at once. */
async function push(rows: readonly number[]): Promise<number> {
  const tsUs = rows.map((row) => START_US + row * 1e6);
  const column = { device: 'd', sensor: 's', tsUs, value: rows.map(burstAt) };
  const { accepted } = await cloud.client.call('pushReadings', { body: { columns: [column] } });
  return accepted;
}

function burstAt(row: number): number {
  return waveAt(row) + (row > 600 && row % 60 < 8 ? 40 : 0);
}

async function find(name: string) {
  const { jobs } = await cloud.client.call('jobs', {});
  return jobs.find((job) => job.name === name);
}

/** @returns the job when it has ended */
async function run(name: string) {
  await cloud.client.call('runJob', { params: { job: name } });
  for (;;) {
    const job = await find(name);
    if (job?.running === false) return job;
  }
}

test('a whole store is told in numbers', async () => {
  const { failed, lastOutcome = '' } = await run('check');
  expect([failed, lastOutcome]).toEqual([
    false,
    expect.stringMatching(
      /^\d databases, [1-9]\d* chunks, \d+ rows of the journal and [1-9]\d* blocks of anomalies are whole$/,
    ),
  ]);
});

test.each([
  { table: 'chunk', at: 60 },
  { table: 'journal', at: 4 },
  { table: 'pastAnomaly', at: 40 },
])(
  'a damaged row of $table fails the job, is in the metrics, and the server goes on',
  async ({ table, at }) => {
    await push([ROWS]);
    const id = flipBit(databasePathIn(dir), { table, at });
    const { failed, lastOutcome } = await run('check');
    expect([failed, lastOutcome]).toEqual([
      true,
      expect.stringMatching(
        new RegExp(`^fernsight.db is damaged: row ${id} of the table ${table}: .* backup`),
      ),
    ]);
    expect(await push([ROWS + 1])).toBe(1);
    const text = String(await cloud.client.call('metrics', {}));
    expect(text).toMatch(/^fernsight_job_failed\{job="check"\} 1$/m);
  },
);

test('what a check waits for holds up no reading', async () => {
  const path = join(dir, 'other.db');
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE t (n); BEGIN EXCLUSIVE');
  await cloud.client.call('runJob', { params: { job: 'check' } });
  for (let row = ROWS; row < ROWS + 50; row++) expect(await push([row])).toBe(1);
  expect(await find('check')).toMatchObject({ running: true });
  other.exec('COMMIT');
  other.close();
  while ((await find('check'))?.running === true);
  expect(await find('check')).toMatchObject({ failed: false });
});

test('a check of a server that stops is given up', async () => {
  const stop = new AbortController();
  flipBit(databasePathIn(dir), { table: 'chunk', at: 60 });
  const checking = checkJob({ dataDir: dir, log: silentLog, threads: true }).run(stop.signal);
  stop.abort();
  expect(await checking).toBe('stopped before all was read');
});
