import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, silentLog } from '@fernsight/base';
import { expect, test } from 'vitest';
import { completeSettings } from '../settings.ts';
import { restoreFolder } from '../store/sqlite/backup.ts';
import { SqliteWriter } from '../store/sqlite/sqliteWriter.ts';
import { plainParcel, START_US, WorkerTrial } from '../worker/workerTrial.ts';
import { backupJobs } from './backupJob.ts';

test('backups by the calendar keep the newest, one that was left half made goes, and the last restores', async () => {
  const trial = new WorkerTrial();
  const place = mkdtempSync(join(tmpdir(), 'fernsight-backups-'));
  const backupDir = join(place, 'backups');
  const settings = completeSettings({ backupDir, backupsKept: 2 });
  const options = { dataDir: trial.dir, clock: trial.clock, log: silentLog };
  const [job] = backupJobs(settings, options);
  const { signal } = new AbortController();
  const told = [];
  for (let day = 0; day < 3; day++) {
    await trial.worker.commit([plainParcel([{ tsUs: START_US + day, value: day }])]);
    told.push(await job?.run(signal));
    if (day === 0) mkdirSync(join(backupDir, 'fernsight-20260301T120000Z.part'));
    await trial.clock.advance(86_400_000);
  }
  expect(readdirSync(backupDir)).toEqual([
    'fernsight-20260302T000000Z',
    'fernsight-20260303T000000Z',
  ]);
  expect(told[0]).toBe(`made ${join(backupDir, 'fernsight-20260301T000000Z')}`);
  expect(told[2]).toMatch(/fernsight-20260303T000000Z, deleted 1 old ones$/);
  const dataDir = join(place, 'restored');
  await restoreFolder({
    from: join(backupDir, 'fernsight-20260303T000000Z'),
    dataDir,
    log: silentLog,
  });
  const store = new SqliteWriter(join(dataDir, 'fernsight.db'));
  expect(store.registry.find('d1')?.ledger.stored).toBe(3);
  store.close();
  trial.end();
  rmSync(place, { recursive: true });
});

test('none are made where no place is named', () => {
  const options = { dataDir: '', clock: new ManualClock(START_US), log: silentLog };
  expect(backupJobs(completeSettings(), options)).toEqual([]);
});
