import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createNotice } from '../incidents/notice.ts';
import { openDatabase, transact } from '../store/sqlite/database.ts';
import { Channels } from './channels.ts';
import { CHANNEL_BACKLOG_MAX } from './limits.ts';
import { NoticeQueue } from './noticeQueue.ts';
import { openVault } from './vault.ts';

it('of notices that wait for a channel beyond its bound the oldest are given up and counted, by channel', () => {
  const dir = mkdtempSync(join(tmpdir(), 'queue-'));
  const migrations = new URL('../incidents/', import.meta.url);
  const database = openDatabase(join(dir, 'incidents.db'), 'write', migrations);
  const channels = new Channels(database, openVault(dir));
  const queue = new NoticeQueue(database);
  const target = { kind: 'webhook', url: 'http://127.0.0.1:1/' } as const;
  const dead = channels.add({ name: 'dead', target }, null);
  const well = channels.add({ name: 'well', target }, null);
  const beyond = 5;
  transact(database, () => {
    for (let second = 1; second <= CHANNEL_BACKLOG_MAX + beyond; second++) {
      queue.add(
        createNotice({ event: 'opened', cause: 'anomaly', count: 0, named: [] }, second * 1e6),
      );
      for (const delivery of queue.due(9e15, [dead ?? 0])) queue.done(delivery);
    }
  });
  expect(channels.list()).toMatchObject([
    { id: dead, waiting: CHANNEL_BACKLOG_MAX, givenUp: beyond },
    { id: well, waiting: 0, givenUp: 0 },
  ]);
  const [oldest] = queue.due(9e15, []);
  expect(oldest).toMatchObject({ channel: dead, notice: { tsUs: (beyond + 1) * 1e6 } });
  database.close();
  rmSync(dir, { recursive: true });
});
