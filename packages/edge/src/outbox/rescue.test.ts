import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRng, ManualClock, type Probe } from '@fernsight/base';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent } from '../agent.ts';
import { markDamaged } from './rescue.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;
const PAGE_BYTES = 4096;
let folder: string;
let path: string;
let boots = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rescue-'));
  path = join(folder, 'outbox.db');
});

afterEach(() => rmSync(folder, { recursive: true }));

function open(outbox: string, probe?: Probe) {
  const clock = new ManualClock(START_US + 1e12);
  const rng = createRng(`boot ${boots++}`);
  return createAgent({ device: 'edge-1', outbox, clock, rng, probe });
}

/** What an agent finds when it opens an outbox. */
function found(outbox: string) {
  const agent = open(outbox);
  const { taken, waiting, lost } = agent.status();
  agent.close();
  return { taken, waiting, lost };
}

/** Makes an outbox of 8,000 readings with pages of rows that nobody can read. */
async function makeDamaged(): Promise<void> {
  const agent = open(path);
  for (let row = 0; row < 8_000; row++) {
    agent.push({ sensor: 'flow', tsUs: START_US + row * 1e6, value: Math.sin(row * row) });
    if (row % 100 === 99) await agent.flush({ sync: false });
  }
  agent.close();
  const bytes = readFileSync(path);
  const page = Math.floor(bytes.length / PAGE_BYTES / 2);
  bytes.fill(0xa5, page * PAGE_BYTES, (page + 4) * PAGE_BYTES);
  writeFileSync(path, bytes);
}

it('a salvage that the disk has no room for loses nothing: it is done when there is', async () => {
  await makeDamaged();
  const calm = join(folder, 'calm.db');
  copyFileSync(path, calm);
  const whole = found(calm);
  expect(whole.lost).toBeGreaterThan(0);
  expect(whole.waiting).toBeGreaterThan(4_000);
  for (const pages of [10, 16, 24]) {
    const probe: Probe = {
      at: () => undefined,
      opened: (_path, database) => database.exec(`PRAGMA max_page_count = ${pages}`),
      datasync: async () => undefined,
      pause: async () => undefined,
    };
    expect(() => open(path, probe)).toThrow(/full/);
  }
  expect(found(path)).toEqual(whole);
});

it('a rescue that was cut short behind its salvage is ended by the next start', async () => {
  await makeDamaged();
  const damaged = readFileSync(path);
  const whole = found(path);
  renameSync(path, `${path}-salvaged`);
  writeFileSync(path, damaged);
  markDamaged(path);
  expect(found(path)).toEqual(whole);
  const names = readdirSync(folder).filter((name) => /salvag|-damaged$/.test(name));
  expect(names).toEqual([]);
  expect(found(path)).toEqual(whole);
});

it('an outbox of which only the note of its damage is left is a new one', () => {
  markDamaged(path);
  expect(found(path)).toEqual({ taken: 0, waiting: 0, lost: 0 });
});

it.each(['batches', 'snapshots'])(
  'a large outbox whose %s nobody can read is rescued by the start that meets it',
  async (table) => {
    const agent = open(path);
    for (let row = 0; row < 3_000; row++) {
      agent.push({ sensor: 'flow', tsUs: START_US + row * 1e6, value: Math.sin(row * row) });
      if (row % 100 === 99) await agent.flush({ sync: false });
    }
    agent.close();
    const database = new DatabaseSync(path);
    database.exec("INSERT INTO refused VALUES (1, 'it makes the file large', zeroblob(5000000))");
    const find = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?');
    const root = Number(find.get(table)?.rootpage);
    database.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xa5, (root - 1) * PAGE_BYTES, root * PAGE_BYTES));

    const { taken, waiting, lost } = found(path);
    expect(taken).toBe(3_000);
    expect(waiting + lost).toBe(3_000);
    expect(lost).toBe(table === 'batches' ? 3_000 : 0);
    expect(readdirSync(folder).some((name) => name.includes('.damaged-'))).toBe(true);
  },
);
