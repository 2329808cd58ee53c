import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTimestamp } from '@fernsight/base';
import { createClient } from '@fernsight/wire/client';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { runHere } from '../runHere.ts';
import { runFernsight, type Spawned, spawnFernsight } from '../spawnFernsight.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-'));
const running = new Set<Spawned>();
afterEach(async () => {
  for (const spawned of running) {
    spawned.child.kill('SIGKILL');
    await spawned.ended;
  }
  running.clear();
});
afterAll(() => rmSync(folder, { recursive: true }));

const START_US = Date.UTC(2026, 0, 1) * 1_000;

/** A file of readings, one a second, each value telling its row. */
function writeReadings(name: string, rows: number): string {
  const lines = Array.from(
    { length: rows },
    (_, row) => `${formatTimestamp(START_US + row * 1e6)},${row / 8},${(row % 97) / 4}`,
  );
  const path = join(folder, name);
  writeFileSync(path, `timestamp,pressure,flow\n${lines.join('\n')}\n`);
  return path;
}

async function startCloud(name: string): Promise<string> {
  const args = [
    'up',
    '--open',
    '--port',
    '0',
    '--data-dir',
    join(folder, name),
    '--log-level',
    'error',
  ];
  const spawned = spawnFernsight(args);
  running.add(spawned);
  const [, url = ''] = await spawned.seen(/is up: (\S+)/);
  return url;
}

async function ledgerOf(url: string, device: string) {
  return createClient({ baseUrl: url }).call('ledger', { params: { device } });
}

describe('fernsight edge on a file', () => {
  it('walks as the second original did, and the same again from the same seed', async () => {
    const walk = async (name: string, seed: string) => {
      const dataDir = join(folder, name);
      const how = ['--simulate', 'room_temperature,humidity', '--interval', '1ms', '--seed', seed];
      const flags = ['--data-dir', dataDir, '--log-level', 'error'];
      const { code } = await runHere(['edge', ...how, '--duration', '200ms', ...flags]);
      expect(code).toBe(0);
      const { stdout } = await runHere(['buffer', 'export', ...flags]);
      const rows = stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(','));
      return (sensor: string) =>
        rows.filter((row) => row[1] === sensor).map((row) => Number(row[3]));
    };
    const [one, again, other] = [await walk('a', '7'), await walk('b', '7'), await walk('c', '8')];
    for (const [sensor, low, high] of [
      ['room_temperature', 18, 30],
      ['humidity', 40, 60],
    ] as const) {
      const count = Math.min(one(sensor).length, again(sensor).length, other(sensor).length);
      expect(count).toBeGreaterThan(3);
      const first = one(sensor).slice(0, count);
      expect(first).toEqual(again(sensor).slice(0, count));
      expect(first).not.toEqual(other(sensor).slice(0, count));
      // the first rows hold no anomaly
      for (const value of first) expect(value).toBeGreaterThanOrEqual(low);
      for (const value of first) expect(value).toBeLessThanOrEqual(high);
    }
  });

  it('counts what cannot be read and keeps the readings beside it', async () => {
    const input = join(folder, 'bad.csv');
    writeFileSync(input, 'timestamp,a,b\n2026-01-01,1,2\n2026-01-02,x,3\nsoon,4,5\n2026-01-04,6\n');
    const dataDir = join(folder, 'bad-agent');
    const args = ['--source', 'csv', '--input', input, '--value', 'a,b', '--data-dir', dataDir];
    const { code, stdout } = await runFernsight(['edge', ...args, '--device-id', 'pump']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pump: 3 readings judged, .* [23] invalid, .*, 3 waiting\n$/);
  });

  it('keeps what it reads offline, shows and exports it, and hands it over when asked', async () => {
    const input = writeReadings('later.csv', 2_500);
    const dataDir = join(folder, 'later');
    const flags = ['--data-dir', dataDir, '--log-level', 'error'];
    const read = ['--source', 'csv', '--input', input, '--value', 'flow', '--device-id', 'later'];
    const offline = await runFernsight(['edge', ...read, ...flags]);
    expect(offline.stdout).toContain(' 0 delivered, 2500 waiting');
    const status = await runFernsight(['buffer', 'status', ...flags]);
    expect(status.stdout).toMatch(/waiting +2500, from 2026-01-01T00:00:00.000000Z to /);
    const exported = (await runFernsight(['buffer', 'export', ...flags])).stdout
      .trimEnd()
      .split('\n');
    expect(exported.length).toBe(2_501);
    expect(exported[98]).toMatch(/^later,flow,2026-01-01T00:01:37.000000Z,0,/);
    const url = await startCloud('later-cloud');
    const drain = ['drain', ...flags, '--device-id', 'later', '--cloud-url', url];
    expect((await runFernsight(['buffer', ...drain])).stdout).toContain(
      '2500 delivered, 0 waiting',
    );
    expect((await ledgerOf(url, 'later')).stored).toBe(2_500);
    const nowhere = await runFernsight(['buffer', 'status', '--data-dir', join(folder, 'nowhere')]);
    expect([nowhere.code, nowhere.stderr.split('\n').length]).toEqual([2, 2]);
    expect(nowhere.stderr).toContain('--data-dir FOLDER');
  });

  it('does not call an outbox drained in which something waits', async () => {
    const flags = [
      '--data-dir',
      join(folder, 'kept'),
      '--device-id',
      'kept',
      '--log-level',
      'error',
    ];
    const read = ['--source', 'csv', '--input', writeReadings('kept.csv', 50), '--value', 'flow'];
    expect((await runHere(['edge', ...read, ...flags])).code).toBe(0);
    const silent = createServer();
    const reached = new Promise((resolve) => silent.once('connection', resolve));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const url = ['--cloud-url', `http://127.0.0.1:${port}`];
    const drain = spawnFernsight(['buffer', 'drain', ...flags, ...url]);
    running.add(drain);
    await reached;
    drain.child.kill('SIGTERM');
    const { code, stdout, stderr } = await drain.ended;
    silent.close();
    expect(stdout).toContain('0 delivered, 50 waiting');
    expect(stderr).toMatch(/^fernsight: 50 readings still wait: .*\n$/);
    expect(code).toBe(1);
  });

  it('refuses what it cannot use with one line and exit code 2', async () => {
    const input = writeReadings('good.csv', 10);
    const csv = ['edge', '--source', 'csv', '--data-dir', join(folder, 'refused')];
    for (const [args, message] of [
      [['edge', '--simulate', 'humidty'], 'did you mean "humidity"?'],
      [csv, 'this source needs --input FILE'],
      [[...csv, '--input', join(folder, 'absent.csv')], 'cannot read'],
      [
        [...csv.slice(0, 2), 'ndjson', ...csv.slice(3), '--input', join(folder, 'absent')],
        'cannot read',
      ],
      [[...csv, '--input', input], 'which column holds the values?'],
      [[...csv, '--input', input, '--value', 'flwo'], 'has no column "flwo"'],
      [[...csv, '--input', input, '--speed', 'quick'], 'is not a speed'],
      [['edge', '--data-dir', '/proc/fernsight'], '/proc/fernsight'],
      [['edge', '--watch', '--data-dir', join(folder, 'unseen')], '--watch needs a terminal'],
      [['edge', '--cloud-url', 'server:8080'], 'write http://host:port'],
    ] as const) {
      const { code, stderr } = await runFernsight(args);
      expect(stderr).toContain(message);
      expect(stderr.trimEnd().split('\n').length, stderr).toBe(1);
      expect(code, stderr).toBe(2);
    }
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  it('refuses a setting of another source, and does not simulate in its place', async () => {
    const input = writeReadings('meant.csv', 10);
    const list = join(folder, 'list.yaml');
    writeFileSync(list, `edge:\n  sources: [{ source: csv, input: ${input}, value: [flow] }]\n`);
    const forgotten = join(folder, 'forgotten.yaml');
    writeFileSync(forgotten, `edge:\n  sources: [{ source: linux }, { input: ${input} }]\n`);
    const mistaken = join(folder, 'mistaken.yaml');
    writeFileSync(mistaken, 'edge:\n  sources: [{ source: linux, seed: 7 }]\n');
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'x');
    const dataDir = join(folder, 'simulated');
    const run = (...flags: string[]) =>
      runHere([
        'edge',
        ...flags,
        '--data-dir',
        dataDir,
        '--duration',
        '1ms',
        '--log-level',
        'error',
      ]);
    for (const [flags, message] of [
      [['--input', input, '--value', 'value'], '--input needs --source csv or ndjson'],
      [['--input', join(folder, 'absent')], '--input needs --source csv or ndjson'],
      [['--value', 'flow'], '--value needs --source csv'],
      [['--speed', '60x'], '--speed needs --source csv or ndjson'],
      [['--stamps', 'now'], '--stamps needs --source csv or ndjson'],
      [['--broker', 'mqtt://h'], '--broker needs --source mqtt'],
      [['--topics', '{device}/x/{sensor}'], '--topics needs --source mqtt'],
      [['--password-file', secret], '--password-file needs --source mqtt'],
      [['--push-port', '9000'], '--push-port needs --source push'],
      [['--config', list, '--push-port', '9000'], '--push-port needs --source push'],
      [['--config', list, '--seed', '7'], '--seed needs --source simulator'],
      [
        ['--source', 'linux', '--input', input],
        '--input needs --source csv or ndjson, and is none of linux',
      ],
      [
        ['--source', 'csv', '--input', input, '--seed', '7'],
        '--seed needs --source simulator, and is none of csv',
      ],
      [
        ['--config', mistaken],
        'entry 1 of edge.sources: seed needs source: simulator, and is none of linux',
      ],
      [['--config', forgotten], 'entry 2 of edge.sources: input needs source: csv or ndjson'],
    ] as const) {
      const { code, stderr } = await run(...flags);
      expect(stderr).toContain(message);
      expect([code, stderr.split('\n').length], stderr).toEqual([2, 2]);
    }
    expect(existsSync(dataDir)).toBe(false);
    for (const flags of [
      [],
      ['--interval', '1ms', '--seed', '7', '--simulate', 'humidity'],
      ['--config', list],
      ['--config', list, '--source', 'simulator', '--seed', '7'],
    ]) {
      expect(await run(...flags), String(flags)).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it.each([
    ['csv', 'time,level\n2026-01-01T00:00:00Z,1\n'],
    ['ndjson', '{"level": 1}\n'],
  ])('ends at SIGTERM though its pipe of %s is idle', async (source, input) => {
    const dataDir = join(folder, `idle-${source}`);
    const flags = ['--device-id', 'idle', '--data-dir', dataDir, '--status-port', '0'];
    const spawned = spawnFernsight(['edge', '--source', source, '--input', '-', ...flags], {
      input,
      holdsInput: true,
    });
    running.add(spawned);
    const [, url = ''] = await spawned.seen(/(http:\S+) serves/);
    const taken = /^fernsight_agent_readings_taken_total 1$/m;
    while (!taken.test(await (await fetch(`${url}/metrics`)).text()));
    spawned.child.kill('SIGTERM');
    const { code, stdout } = await spawned.ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^idle: 1 readings judged/m)]);
  });

  it('reads standard input, and serves its state on loopback when asked', async () => {
    const rows = Array.from({ length: 40 }, (_, row) => `{"sensor":"level","value":${row}}\n`);
    const flags = [
      '--device-id',
      'piped',
      '--data-dir',
      join(folder, 'piped'),
      '--log-level',
      'error',
    ];
    const piped = ['edge', '--source', 'ndjson', '--input', '-', ...flags];
    expect((await runFernsight(piped, { input: rows.join('') })).stdout).toMatch(
      /^piped: 40 readings judged/,
    );
    const served = spawnFernsight(['edge', '--status-port', '0', ...flags]);
    running.add(served);
    const [, url = ''] = await served.seen(/(http:\S+) serves/);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
      /^fernsight_agent_readings_taken_total \d+$/m,
    );
    served.child.kill('SIGTERM');
    expect(await served.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('gives its data folder to one agent at a time', async () => {
    const dataDir = join(folder, 'shared');
    const first = spawnFernsight(['edge', '--data-dir', dataDir, '--device-id', 'one']);
    running.add(first);
    await first.logged(/outbox open/);
    const second = await runFernsight([
      'edge',
      '--data-dir',
      dataDir,
      '--device-id',
      'two',
      '--log-level',
      'error',
    ]);
    expect(second.stderr).toMatch(/in use by another agent/);
    expect(second.code).toBe(2);
    first.child.kill('SIGTERM');
    const { code, stdout } = await first.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^one: \d+ readings judged/);
  });
});
