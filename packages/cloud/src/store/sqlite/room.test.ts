import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type Log, ManualClock, silentLog } from '@fernsight/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SILENCES_AT_ONCE_MAX } from '../../limits.ts';
import type { Head, Silence } from '../../live/head.ts';
import { WatchRelay } from '../../live/watch.ts';
import { openDatabase, transact } from './database.ts';
import { whenRoom } from './room.ts';

let dir: string;
let database: DatabaseSync;
const clock = new ManualClock(1_767_225_600_000_000);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fernsight-room-'));
  database = openDatabase(join(dir, 'a.db'), 'write');
  database.exec('CREATE TABLE note (text TEXT)');
});
afterEach(() => {
  database.close();
  rmSync(dir, { recursive: true });
});

const write = () =>
  transact(database, () => {
    database.prepare('INSERT INTO note VALUES (?)').run('x'.repeat(100_000));
  });
const count = () => database.prepare('SELECT count(*) AS n FROM note').get()?.n;
const bound = (pages: number) => database.exec(`PRAGMA max_page_count = ${pages}`);

test('what finds no room is written once there is some, and it is said when and when not', async () => {
  const said: string[] = [];
  const log: Log = { ...silentLog, warn: (m) => said.push(m), info: (m) => said.push(m) };
  bound(1);
  const written = whenRoom(write, { clock, log, signal: new AbortController().signal });
  await clock.advance(2_500);
  expect(count()).toBe(0);
  bound(100_000);
  await clock.advance(1_000);
  expect(await written).toBe(true);
  expect(count()).toBe(1);
  expect(said).toEqual(['no room to write; it is tried again', 'there is room to write again']);
});

test('a server that stops does not wait for room', async () => {
  bound(1);
  const stop = new AbortController();
  const written = whenRoom(write, { clock, log: silentLog, signal: stop.signal });
  await clock.advance(500);
  stop.abort();
  expect(await written).toBe(false);
});

test('another failure is not waited out', async () => {
  const wrong = () => database.exec('INSERT INTO nothing VALUES (1)');
  const how = { clock, log: silentLog, signal: new AbortController().signal };
  await expect(whenRoom(wrong, how)).rejects.toThrow('syntax');
});

test('alarms and silences that found no room are handed over with the next ones', async () => {
  let isFull = true;
  const told: unknown[] = [];
  const take = (what: readonly unknown[]) => {
    if (isFull) bound(1);
    else bound(100_000);
    write();
    told.push(...what);
  };
  const silences = [[{ device: 'a', silent: true }], []];
  const head = { takeSilences: () => silences.shift() ?? [] } as Pick<Head, 'takeSilences'>;
  const relay = new WatchRelay({ onAlarm: take, onSilence: take }, head);
  const stop = new AbortController();
  const running = relay.run(clock, silentLog, stop.signal);
  await clock.advance(1_000);
  isFull = false;
  await clock.advance(2_000);
  expect(told).toEqual([{ device: 'a', silent: true }]);
  stop.abort();
  await running;
});

test('a fleet that falls silent at once is handed over in parts, in its order', async () => {
  const fleet = Array.from({ length: 2 * SILENCES_AT_ONCE_MAX + 1 }, (_, index) => ({
    device: `d${index}`,
    silent: true,
    sinceUs: 0,
  }));
  const silences = [fleet];
  const parts: (readonly Silence[])[] = [];
  const head = { takeSilences: () => silences.shift() ?? [] };
  const onSilence = (part: readonly Silence[]) => parts.push(part);
  const relay = new WatchRelay({ onAlarm: () => undefined, onSilence }, head);
  for (let turn = 0; turn < 4; turn++) relay.handOver();
  expect(parts.map(({ length }) => length)).toEqual([
    SILENCES_AT_ONCE_MAX,
    SILENCES_AT_ONCE_MAX,
    1,
  ]);
  expect(parts.flat()).toEqual(fleet);
});
