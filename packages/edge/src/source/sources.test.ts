import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createRng, ManualClock, UsageFault } from '@fernsight/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCsvSource } from './csv.ts';
import { createLinuxSource } from './linux.ts';
import { createNdjsonSource } from './ndjson.ts';
import { parseSpeed } from './pace.ts';
import { createPushSource } from './push.ts';
import { createSimulator } from './simulator.ts';
import type { Block, Source } from './source.ts';
import { CLEAN_ROWS, createSynthetic, SYNTHETIC_TYPES } from './synthetic.ts';

let folder: string;
const never = new AbortController().signal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'source-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function readAll(source: Source, from?: string): Promise<Block[]> {
  const blocks: Block[] = [];
  for await (const block of source.read(from, never)) blocks.push(block);
  return blocks;
}

describe('a CSV file', () => {
  const rows = Array.from(
    { length: 1_000 },
    (_, row) => `${1_700_000_000 + row},${row},${row / 2}`,
  );

  it('goes on from every position with the very next row', async () => {
    const path = write('a.csv', `time,a,b\n${rows.join('\n')}\n`);
    const blocks = await readAll(createCsvSource({ path, values: ['a', 'b'] }));
    const all = blocks.flatMap(({ readings }) => readings);
    expect(all.length).toBe(2_000);
    for (const [index, { position }] of blocks.entries()) {
      const rest = await readAll(createCsvSource({ path, values: ['a', 'b'] }), position);
      const before = blocks.slice(0, index + 1).flatMap(({ readings }) => readings);
      expect([...before, ...rest.flatMap(({ readings }) => readings)]).toEqual(all);
    }
  });

  it('counts bad rows with their lines and keeps the readings beside them', async () => {
    const path = write(
      'b.csv',
      'time,a,b\n1700000000,1,x\nyesterday,2,3\n1700000002,NaN,4\n17,5\n1700000004,5,5,5\n',
    );
    const [block] = await readAll(createCsvSource({ path, values: ['a', 'b'] }));
    expect(block?.readings.map(({ sensor, value }) => [sensor, value])).toEqual([
      ['a', 1],
      ['b', 4],
    ]);
    expect(block?.invalid?.map(({ at, reason }) => `${at}: ${reason}`)).toEqual([
      'line 2, b: no number',
      'line 3: no time',
      'line 4, a: no number',
      'line 5: too few fields',
      'line 6: too many fields',
    ]);
  });

  it('plays at its own pace, sixty times as fast', async () => {
    const clock = new ManualClock(0);
    const path = write('c.csv', 'time,a\n1700000000,1\n1700000060,2\n1700000180,3\n');
    const source = createCsvSource({ path, values: ['a'], speed: parseSpeed('60x'), clock });
    const seen: [atMs: number, value: number][] = [];
    const reading = (async () => {
      for await (const { readings } of source.read(undefined, never)) {
        for (const { value } of readings) seen.push([clock.monotonicMs(), value]);
      }
    })();
    // The file is read in its own time: the clock goes on only while the reader waits for it.
    while (seen.length < 3) await clock.advance(clock.sleeperCount === 0 ? 0 : 1_000);
    await reading;
    expect(seen.map(([, value]) => value)).toEqual([1, 2, 3]);
    expect(seen.map(([atMs]) => atMs)).toEqual([0, 1_000, 3_000]);
  });

  it('without a column of times says what to do', async () => {
    const path = write('d.csv', 'a,b\n1,2\n');
    await expect(readAll(createCsvSource({ path, values: ['a'] }))).rejects.toThrow(UsageFault);
    const now = createCsvSource({ path, values: ['a'], stamps: 'now' });
    const [block] = await readAll(now);
    expect(block?.readings).toEqual([
      { device: undefined, sensor: 'a', tsUs: undefined, value: 1 },
    ]);
  });
});

it('NDJSON is one reading or one moment a line, and goes on from its position', async () => {
  const lines = [
    '{"sensor": "t", "value": 1.5, "time": "2026-01-01T00:00:00Z"}',
    '{"time": 1767225601, "t": 2, "h": 40, "note": "x", "device": "attic"}',
    '[1]',
    '{"sensor": "t", "value": "warm"}',
    '{"t": 3, "time": "noon"}',
  ];
  const path = write('a.ndjson', `${lines.join('\n')}\n`);
  const blocks = await readAll(createNdjsonSource({ path }));
  const readings = blocks.flatMap((block) => block.readings);
  expect(readings.map(({ device, sensor, tsUs, value }) => [device, sensor, tsUs, value])).toEqual([
    [undefined, 't', 1_767_225_600e6, 1.5],
    ['attic', 't', 1_767_225_601e6, 2],
    ['attic', 'h', 1_767_225_601e6, 40],
  ]);
  const invalid = blocks.flatMap((block) => block.invalid ?? []);
  expect(invalid.map(({ reason }) => reason)).toEqual(['no JSON object', 'no number', 'no time']);
  const rest = await readAll(createNdjsonSource({ path }), '1');
  expect(rest.flatMap((block) => block.readings).length).toBe(2);
});

it('NDJSON of a live pipe is handed over as it comes', async () => {
  const stdin = new PassThrough();
  const source = createNdjsonSource({ path: '-', stdin });
  const blocks = source.read(undefined, never)[Symbol.asyncIterator]();
  for (const value of [1, 2, 3]) {
    stdin.write(`{"sensor": "t", "value": ${value}}\n{"sensor": "t", "val`);
    expect((await blocks.next()).value?.readings).toMatchObject([{ sensor: 't', value }]);
    stdin.write('ue": "half"}\n');
    expect((await blocks.next()).value?.invalid).toMatchObject([{ reason: 'no number' }]);
  }
  stdin.end('{"sensor": "t", "value": 4}');
  expect((await blocks.next()).value?.readings).toMatchObject([{ value: 4 }]);
  expect((await blocks.next()).done).toBe(true);
});

it.each([
  ['CSV', createCsvSource, 'time,value\n1700000000,1\n1700000001,2'],
  ['NDJSON', createNdjsonSource, '{"value": 1}\n{"val'],
])('%s of an idle pipe ends when aborted, without its half line', async (_, create, text) => {
  const stdin = new PassThrough();
  const stop = new AbortController();
  const blocks: Block[] = [];
  stdin.write(text);
  for await (const block of create({ path: '-', stdin }).read(undefined, stop.signal)) {
    blocks.push(block);
    setImmediate(() => stop.abort());
  }
  expect(blocks.flatMap(({ readings }) => readings.map(({ value }) => value))).toEqual([1]);
  expect(blocks.flatMap(({ invalid = [] }) => invalid)).toEqual([]);
  expect(stdin.destroyed).toBe(true);
});

it('NDJSON with blank and bad lines goes on from every position with the very next line', async () => {
  const lines = Array.from({ length: 1_500 }, (_, row) =>
    row % 3 === 0 ? '' : row % 3 === 1 ? 'x' : `{"a": ${row}, "b": ${-row}}`,
  );
  const path = write('b.ndjson', lines.join('\n'));
  const blocks = await readAll(createNdjsonSource({ path }));
  const said = (all: readonly Block[]) =>
    all.flatMap(({ readings, invalid = [] }) => [...readings, ...invalid.map(({ at }) => at)]);
  expect(said(blocks).length).toBe(1_500);
  expect(blocks.length).toBeGreaterThan(1);
  for (const [index, { position }] of blocks.entries()) {
    const rest = await readAll(createNdjsonSource({ path }), position);
    expect(said(blocks.slice(0, index + 1)).length + said(rest).length).toBe(1_500);
  }
});

it('NDJSON gives every number of a line, however many, and goes on within it', async () => {
  const numbers = (count: number, of: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${of}${index}`, index]));
  const lines = [numbers(700, 'a'), numbers(2_500, 'b'), numbers(300, 'c')];
  const path = write('wide.ndjson', lines.map((line) => JSON.stringify(line)).join('\n'));
  const blocks = await readAll(createNdjsonSource({ path }));
  const named = (all: readonly Block[]) =>
    all.flatMap(({ readings }) => readings.map(({ sensor }) => sensor));
  expect(named(blocks)).toEqual(lines.flatMap(Object.keys));
  expect(Math.max(...blocks.map(({ readings }) => readings.length))).toBeLessThanOrEqual(1_000);
  // a line that fits into a block is one moment, and is not divided
  expect(blocks[0]?.position).toBe('1');
  for (const [index, { position }] of blocks.entries()) {
    const rest = await readAll(createNdjsonSource({ path }), position);
    expect([...named(blocks.slice(0, index + 1)), ...named(rest)]).toEqual(named(blocks));
  }
});

it('a table is not asked for more columns than a device has sensors', async () => {
  const names = Array.from({ length: 1_001 }, (_, index) => `c${index}`);
  const path = write('wide.csv', `time,${names}\n1700000000,${names.map(() => '1')}\n`);
  await expect(readAll(createCsvSource({ path, values: names }))).rejects.toThrow(
    /1001 columns are asked for/,
  );
  const [block] = await readAll(createCsvSource({ path, values: names.slice(1) }));
  expect(block?.readings.length).toBe(1_000);
});

it('a Linux machine gives its chips, load, memory, disk and network', async () => {
  const clock = new ManualClock(0);
  write('sys/class/hwmon/hwmon0/name', 'coretemp\n');
  write('sys/class/hwmon/hwmon0/temp1_input', '48500\n');
  write('sys/class/hwmon/hwmon0/temp1_label', 'Package id 0\n');
  write('sys/class/thermal/thermal_zone0/type', 'acpitz\n');
  write('sys/class/thermal/thermal_zone0/temp', '39000\n');
  write('proc/loadavg', '0.25 0.1 0.1 1/100 4242\n');
  write('proc/meminfo', 'MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 600 kB\n');
  write('proc/stat', 'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3\n');
  const net = (bytes: number) => ` lo: 9 0 0\n eth0: ${bytes} 0 0 0 0 0 0 0 ${bytes * 2} 0\n`;
  write('proc/net/dev', net(1_000));
  const source = createLinuxSource({ root: folder, clock, intervalMs: 1_000 });
  const stop = new AbortController();
  const blocks = source.read(undefined, stop.signal)[Symbol.asyncIterator]();
  await blocks.next();
  write('proc/stat', 'cpu  150 0 150 850 0 0 0 0 0 0\n');
  write('proc/net/dev', net(3_000));
  rmSync(join(folder, 'sys/class/thermal/thermal_zone0/temp'));
  const second = blocks.next();
  await clock.advance(2_000);
  const { value } = await second;
  const found = new Map(
    (value?.readings ?? []).map((one: { sensor: string; value: number }) => [
      one.sensor,
      one.value,
    ]),
  );
  found.delete('disk_used');
  expect(Object.fromEntries(found)).toEqual({
    coretemp_package_id_0: 48.5,
    load: 0.25,
    memory_used: 40,
    cpu_usage: (100 * 100) / 150,
    eth0_received: 2_000,
    eth0_sent: 4_000,
  });
  stop.abort();
});

it.each([
  [
    'a Linux machine',
    (clock: ManualClock) => createLinuxSource({ root: folder, clock, intervalMs: 1_000 }),
  ],
  ['the simulator', (clock: ManualClock) => createSimulator({ rng: createRng('p'), clock })],
])('%s gives one reading after a pause, and goes on in step', async (_, create) => {
  const clock = new ManualClock(0);
  const stop = new AbortController();
  const atMs: number[] = [];
  const reading = (async () => {
    for await (const _block of create(clock).read(undefined, stop.signal)) {
      atMs.push(clock.monotonicMs());
    }
  })();
  await clock.advance(2_000);
  await clock.leap(3_600_300);
  await clock.advance(2_000);
  stop.abort();
  await reading;
  expect(atMs).toEqual([0, 1_000, 2_000, 3_602_300, 3_603_000, 3_604_000]);
});

it('a chip that refuses with whatever error is left out, and the others are read', async () => {
  write('sys/class/hwmon/hwmon0/name', 'ath10k_hwmon\n');
  mkdirSync(join(folder, 'sys/class/hwmon/hwmon0/temp1_input'));
  write('sys/class/hwmon/hwmon1/name', 'coretemp\n');
  write('sys/class/hwmon/hwmon1/temp1_input', '48500\n');
  const source = createLinuxSource({ root: folder, clock: new ManualClock(0) });
  const blocks = source.read(undefined, never)[Symbol.asyncIterator]();
  const readings: Block['readings'] = (await blocks.next()).value?.readings ?? [];
  expect(readings.map(({ sensor }) => sensor)).toEqual(['coretemp_temp1', 'disk_used']);
  await blocks.return?.();
});

it('chips of one name are told apart by their devices, whatever their numbers are', async () => {
  const chips = ['coretemp', 'nvme', 'nvme'];
  for (const [index, name] of chips.entries()) {
    const chip = `sys/class/hwmon/hwmon${index}`;
    write(`${chip}/name`, `${name}\n`);
    write(`${chip}/temp1_input`, `${30 + index}000\n`);
    write(`${chip}/temp1_label`, 'Composite\n');
    mkdirSync(join(folder, `sys/devices/pci/${name}${3 - index}`), { recursive: true });
    symlinkSync(`../../../devices/pci/${name}${3 - index}`, join(folder, chip, 'device'));
  }
  const source = createLinuxSource({ root: folder, clock: new ManualClock(0) });
  const blocks = source.read(undefined, never)[Symbol.asyncIterator]();
  const readings: Block['readings'] = (await blocks.next()).value?.readings ?? [];
  expect(readings.slice(0, 3)).toEqual([
    { sensor: 'coretemp_composite', value: 30 },
    { sensor: 'nvme_nvme2_composite', value: 31 },
    { sensor: 'nvme_nvme1_composite', value: 32 },
  ]);
  await blocks.return?.();
});

it('takes readings pushed over HTTP on loopback, and says what was none', async () => {
  const stop = new AbortController();
  // below those that the system gives to whoever asks for any
  const port = 20_000 + createRng(folder).below(12_000);
  const blocks = createPushSource({ port }).read(undefined, stop.signal)[Symbol.asyncIterator]();
  const next = blocks.next();
  const post = (body: string, headers = {}) =>
    fetch(`http://127.0.0.1:${port}/readings`, {
      method: 'POST',
      body,
      headers: { connection: 'close', ...headers },
    });
  const reply = await post('{"sensor": "t", "value": 21.5}\nnonsense\n');
  expect([reply.status, await reply.json()]).toEqual([
    202,
    { accepted: 1, invalid: [{ at: 'line 2', reason: 'no JSON object' }] },
  ]);
  expect((await next).value?.readings).toMatchObject([{ sensor: 't', value: 21.5 }]);
  expect((await post('x')).status).toBe(400);
  expect((await post('{}', { origin: 'http://evil.example' })).status).toBe(403);
  const taken = createPushSource({ port }).read(undefined, stop.signal)[Symbol.asyncIterator]();
  await expect(taken.next()).rejects.toThrow(UsageFault);
  stop.abort();
  await blocks.return?.();
});

it.each(SYNTHETIC_TYPES)('%s is seeded, labelled, and clean at its start', (type) => {
  const draw = () => {
    const series = createSynthetic({ type, rng: createRng('seed') });
    return Array.from({ length: 5_000 }, () => series.next());
  };
  const rows = draw();
  expect(draw()).toEqual(rows);
  expect(rows.slice(0, CLEAN_ROWS).every(({ label }) => label === 'none')).toBe(true);
  const share = rows.filter(({ label }) => label !== 'none').length / (5_000 - CLEAN_ROWS);
  expect(share).toBeGreaterThan(0.02);
  expect(share).toBeLessThan(0.12);
  const dropouts = rows.filter(({ label }) => label === 'dropout');
  expect(dropouts.every(({ value }) => value === 0)).toBe(true);
});
