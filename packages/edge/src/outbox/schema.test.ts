import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRng, ManualClock } from '@fernsight/base';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent } from '../agent.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'schema-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it('an outbox of the first schema is brought up to date, its readings with it', () => {
  const outbox = join(folder, 'outbox.db');
  const options = { device: 'edge-1', outbox, clock: new ManualClock(1e15), rng: createRng('old') };
  const before = createAgent(options);
  for (let row = 0; row < 100; row++) before.push({ sensor: 'flow', value: row % 7 });
  before.close();
  const old = new DatabaseSync(outbox);
  old.exec(`
    DROP INDEX batches_anomalies;
    DROP INDEX batches_minutes;
    ALTER TABLE batches DROP COLUMN anomaly_bytes;
    ALTER TABLE batches DROP COLUMN minutes_bytes;
    UPDATE batches SET level = 1;
    PRAGMA user_version = 1;
  `);
  old.close();
  const after = createAgent({ ...options, rng: createRng('new') });
  expect(after.status()).toMatchObject({ taken: 100, waiting: 100 });
  after.close();
  const migrated = new DatabaseSync(outbox, { readOnly: true });
  const sizes = 'SELECT minutes_bytes - length(bytes) AS apart FROM batches WHERE level = 1';
  expect(
    migrated
      .prepare(sizes)
      .all()
      .map((row) => row.apart),
  ).toEqual([0]);
  migrated.close();
});
