import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '@fernsight/base';
import { createClient } from '@fernsight/wire/client';
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { runHere } from '../runHere.ts';
import { runFernsight, type Spawned, spawnFernsight } from '../spawnFernsight.ts';

const folder = mkdtempSync(join(tmpdir(), 'up-'));
const running = new Set<Spawned>();
afterEach(async () => {
  for (const spawned of running) {
    spawned.child.kill('SIGKILL');
    await spawned.ended;
  }
  running.clear();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(...args: string[]): Promise<Spawned & { readonly url: string }> {
  const spawned = spawnFernsight([...args, '--port', '0']);
  running.add(spawned);
  const [, url = ''] = await spawned.seen(/(http:\/\/[\d.:]+)/);
  return { ...spawned, url };
}

/** Overwrites the root of the table of chunks: packing fails of it, and nothing before. */
function spoilChunks(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  const { page_size: size } = database.prepare('PRAGMA page_size').get() ?? {};
  const root = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'chunk'").get();
  database.close();
  const file = openSync(path, 'r+');
  const page = Buffer.alloc(Number(size), 0xff);
  writeSync(file, page, 0, page.length, (Number(root?.rootpage) - 1) * page.length);
  closeSync(file);
}

/** The one reading of the test below, by `fernsight export`: as CSV, as Parquet, and what cannot be. */
async function exportsAll(url: string): Promise<void> {
  const run = (...args: string[]) =>
    runHere(['export', ...args, '--url', url], {}, { isTerminal: true });
  const [csv, parquet, none] = ['d.csv', 'd.parquet', 'none.csv'].map((name) => join(folder, name));
  const [asText, asParquet, refused] = await Promise.all([
    run('d', '--sensor', 's', '--from', '2026-01-01', '--out', `${csv}`),
    run('d', '--out', `${parquet}`),
    run('none', '--out', `${none}`),
  ]);
  // a piece may hold the first line alone, or all of them
  const lines = (last: string) =>
    new RegExp(`^(?:\r\\u001b\\[2Kd: 0\\.0 MB)*${last}\r\\u001b\\[2Kd: 0\\.0 MB, to the end\n$`);
  const reached = String.raw`, up to \d{4}-\d\d-\d\dT[\d:.]+Z`;
  expect([asText, asParquet]).toMatchObject([
    { code: 0, stderr: expect.stringMatching(lines(reached)) },
    { code: 0, stderr: expect.stringMatching(lines('')) },
  ]);
  const [header, row, ...rest] = readFileSync(`${csv}`, 'utf8').split('\n');
  expect(header).toBe('device,sensor,time,value,score,stage,anomaly,kind');
  expect(row).toMatch(/^d,s,\d{4}-\d\d-\d\dT[\d:.]+Z,1.5,0,rules,0,none$/);
  expect(rest).toEqual(['']);
  expect(readFileSync(`${parquet}`).subarray(0, 4).toString()).toBe('PAR1');
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the server says 404'),
  });
  expect(readdirSync(folder).filter((name) => name.startsWith('none'))).toEqual([]);
}

describe('fernsight up', () => {
  it('serves, ends cleanly on SIGTERM, and finds its readings again', async () => {
    const args = ['up', '--open', '--data-dir', join(folder, 'data'), '--log-level', 'error'];
    const first = await start(...args);
    const row = { device: 'd', sensor: 's', value: 1.5 };
    const reply = await createClient({ baseUrl: first.url }).call('pushReadings', {
      body: { rows: [row] },
    });
    expect(reply.accepted).toBe(1);
    first.child.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 0, stderr: '' });
    const second = await start(...args);
    const { devices } = await createClient({ baseUrl: second.url }).call('fleet', { query: {} });
    expect(devices.map(({ device, sensors }) => [device, sensors[0]?.value])).toEqual([['d', 1.5]]);
    await exportsAll(second.url);
  });

  it('ends with exit code 1 and the cause where the store cannot be written any more', async () => {
    const dataDir = join(folder, 'spoilt');
    const args = ['up', '--open', '--data-dir', dataDir, '--log-level', 'error'];
    const value = Array.from({ length: 2_000 }, (_, row) => row % 7);
    const tsUs = value.map((_, row) => 1_772_323_200_000_000 + row * 1e6);
    const push = (url: string, device: string) =>
      createClient({ baseUrl: url }).call('pushReadings', {
        body: { columns: [{ device, sensor: 's', tsUs, value }] },
      });
    const first = await start(...args);
    await push(first.url, 'd1');
    first.child.kill('SIGTERM');
    await first.ended;
    spoilChunks(join(dataDir, 'fernsight.db'));
    const second = await start(...args);
    // what it is told, and whether anything, is a matter of which comes first
    await push(second.url, 'd2').catch((error: unknown) => {
      expect(String(error)).toMatch(/ 503 |fetch failed|terminated/);
    });
    const { code, stderr } = await second.ended;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^fernsight: .*malformed/m)]);
    expect(stderr).toMatch(/"level":50.*malformed/);
  });

  it('refuses a port or folder that it cannot have with one line and exit code 2', async () => {
    const { url } = await start('up', '--open', '--data-dir', join(folder, 'held'));
    const port = new URL(url).port;
    writeFileSync(join(folder, 'file'), '');
    for (const [args, message] of [
      [
        ['--port', port, '--data-dir', join(folder, 'other')],
        `port ${port} on 127.0.0.1 is in use: `,
      ],
      [['--port', '0', '--data-dir', join(folder, 'held')], 'is in use by '],
      [['--port', '0', '--data-dir', join(folder, 'file', 'below')], 'is a file where a folder'],
      [['--port', '0', '--data-dir', '/proc/fernsight'], 'cannot be made'],
      [['--port', '0', '--listen', '0.0.0.0'], 'not 0.0.0.0'],
    ] as const) {
      const { code, stderr } = await runFernsight([
        'up',
        '--open',
        ...args,
        '--log-level',
        'error',
      ]);
      expect(stderr).toContain(message);
      expect(stderr.trimEnd().split('\n').length, stderr).toBe(1);
      expect(code, stderr).toBe(2);
    }
  });
});

describe('fernsight demo', () => {
  it('shows its page in time, ends by itself, loses nothing and leaves nothing', async () => {
    const tmp = join(folder, 'tmp');
    mkdirSync(tmp);
    const startMs = systemClock.monotonicMs();
    const demo = spawnFernsight(['demo', '--port', '0', '--duration', '12s', '--seed', '7'], {
      env: { TMPDIR: tmp },
    });
    running.add(demo);
    const [, url = ''] = await demo.seen(/(http:\/\/[\d.:]+)/);
    const elapsedMs = systemClock.monotonicMs() - startMs;
    const page = await fetch(url);
    expect(page.status).toBe(200);
    // the promise is 5 s, on a machine that does nothing else
    expect(elapsedMs).toBeLessThan(inject('torture') ? 5_000 : 60_000);
    const { code, stdout, stderr } = await demo.ended;
    expect([code, stderr]).toEqual([0, '']);
    const [, ...counts] =
      /readings +([\d,]+) sent, ([\d,]+) stored, ([\d,]+) lost(?:, ([\d,]+) not yet delivered)?\n/.exec(
        stdout,
      ) ?? [];
    const [sent = 0, stored = 0, lost, waiting = 0] = counts.map((count = '0') =>
      Number(count.replaceAll(',', '')),
    );
    // how many it gets to in twelve seconds, and whether all of it is there then, is the machine's to say
    expect(sent).toBeGreaterThan(inject('torture') ? 90_000 : 50_000);
    expect([stored + waiting, lost]).toEqual([sent, 0]);
    expect(stored).toBeGreaterThan(sent / 2);
    const [, injected, found] =
      /anomalies +(\d+) injected, (\d+) found, (\d+) false/.exec(stdout) ?? [];
    expect(Number(injected)).toBeGreaterThan(8);
    // how many is the detectors' evaluation's to say; how far twelve seconds get, the machine's
    expect(Number(found)).toBeGreaterThan(0);
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('ends cleanly, too, when nobody reads what it prints', async () => {
    const tmp = join(folder, 'unread');
    mkdirSync(tmp);
    const demo = spawnFernsight(['demo', '--port', '0'], { env: { TMPDIR: tmp } });
    running.add(demo);
    await demo.seen(/http:/);
    demo.child.stdout?.destroy();
    expect(await demo.ended).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('refuses a port that is none, and the folder of a server', async () => {
    const dataDir = join(folder, 'server');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'fernsight.db'), '');
    for (const [args, message] of [
      [['--port', '99999'], 'Write a port from 0 to 65535'],
      [['--port', '0', '--data-dir', dataDir], 'holds the store of a server'],
    ] as const) {
      const { code, stderr } = await runFernsight(['demo', ...args]);
      expect(stderr).toContain(message);
      expect([code, stderr.trimEnd().split('\n').length]).toEqual([2, 1]);
    }
    expect(readdirSync(dataDir)).toEqual(['fernsight.db']);
  });

  it('ends cleanly on Ctrl-C, while its history is still on the way', async () => {
    const dataDir = join(folder, 'kept');
    const demo = await start('demo', '--data-dir', dataDir);
    demo.child.kill('SIGINT');
    const { code, stdout, stderr } = await demo.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/readings +[\d,]+ sent, [\d,]+ stored, 0 lost/);
    expect(readdirSync(dataDir).sort()).toEqual(['agents', 'cloud']);
  });
});
