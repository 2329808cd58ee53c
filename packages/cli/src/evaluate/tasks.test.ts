import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UsageFault } from '@fernsight/base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEvaluation } from './evaluation.ts';
import { printEvaluation } from './printer.ts';
import { scorePublished } from './published.ts';
import { readTable, toRows } from './table.ts';
import { entityTasks, nabTasks, skabTasks, syntheticTasks } from './tasks.ts';

let data = '';

async function put(path: string, lines: readonly string[]): Promise<string> {
  const file = join(data, path);
  await mkdir(dirname(file), { recursive: true });
  const text = `${lines.join('\n')}\n`;
  await writeFile(file, path.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}

/** One row a second from midnight, each made of its number. */
function timed(count: number, cells: (i: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => {
    const [h, m, s] = [i / 3600, (i / 60) % 60, i % 60].map((x) =>
      String(Math.floor(x)).padStart(2, '0'),
    );
    return `2024-03-01 ${h}:${m}:${s},${cells(i)}`;
  });
}

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'fernsight-evaluate-'));
  const sensor = timed(600, (i) =>
    i % 100 === 99 ? `${90 + i / 100},1,spike` : `${20 + Math.sin(i / 9)},0,`,
  );
  for (const seed of [42, 43, 100]) {
    await put(`synthetic/temperature-${seed}.csv.gz`, [
      'timestamp,value,is_anomaly,kind',
      ...sensor,
    ]);
  }
  await put('synthetic/temperature-101.csv.gz', ['timestamp,value,is_anomaly,kind', ...sensor]);
  await put('nab/real/one.csv.gz', ['timestamp,value', ...timed(1000, (i) => String(i % 50))]);
  await put('nab/combined_windows.json', [
    '{"real/one.csv": [["2024-03-01 00:05:00.000000", "2024-03-01 00:06:00.000000"]]}',
  ]);
  for (const group of ['other', 'valve1', 'valve2']) {
    await put(`skab/${group}/1.csv.gz`, [
      'datetime,Pressure,Flow,anomaly,changepoint',
      ...timed(500, (i) => `${i % 7},${i % 5},${i > 450 ? '1.0' : '0.0'},0.0`),
    ]);
  }
  const metrics = Array.from({ length: 300 }, (_, i) => `${i % 7},${(i * i) % 11}`);
  await put('smd/machine-1_train.csv.gz', ['c0,c1', ...metrics]);
  await put('smd/machine-1_test.csv.gz', [
    'c0,c1,label',
    ...metrics.map((row, i) => `${row},${i > 200 && i < 220 ? 1 : 0}`),
  ]);
});

afterAll(async () => {
  await rm(data, { recursive: true });
});

describe('tasks from a folder', () => {
  it('train on an even seed and judge the next odd one', async () => {
    const tasks = await syntheticTasks(data);
    expect(tasks).toMatchObject([
      { group: 'temperature', test: { name: 'temperature-43', count: 600, width: 1 } },
      { group: 'temperature', test: { name: 'temperature-101' } },
    ]);
  });

  it('label the rows of a NAB window, borders included', async () => {
    const [task] = await nabTasks(data);
    const labelled = [...(task?.test.labels.keys() ?? [])].filter((i) => task?.test.labels[i]);
    expect([labelled[0], labelled.at(-1), labelled.length]).toEqual([300, 360, 61]);
    expect(task?.train).toBeUndefined();
  });

  it('train on the first 400 rows of a SKAB recording, labels and change points left out', async () => {
    const tasks = await skabTasks(data);
    expect(tasks.map((task) => task.group)).toEqual(['other', 'valve1', 'valve2']);
    expect(tasks[0]?.train?.count).toBe(400);
    expect(tasks[0]?.test).toMatchObject({ count: 100, width: 2 });
    expect(tasks[0]?.test.labels.reduce((sum, label) => sum + label, 0)).toBe(49);
  });

  it('stamp the test file of an entity after its train file', async () => {
    const [task] = await entityTasks(join(data, 'smd'), { group: 'SMD', intervalMinutes: 1 });
    expect(task?.train?.tsUs.at(-1)).toBe(299 * 60e6);
    expect(task?.test.tsUs[0]).toBe(300 * 60e6);
    expect(task?.test.width).toBe(2);
  });
});

describe('a table', () => {
  it('names file, line and column of a cell that is no number', async () => {
    const path = await put('bad/cell.csv.gz', ['value', '1', 'x']);
    const read = readTable(path).then((table) =>
      toRows(table, '', { values: ['value'], time: { intervalUs: 1 } }),
    );
    await expect(read).rejects.toThrow(/cell\.csv\.gz:3, column value: x is no number/);
  });

  it('reads an empty cell as missing', async () => {
    const table = await readTable(await put('bad/gap.csv.gz', ['a,b', '1,', ',2']));
    const rows = toRows(table, '', { values: ['a', 'b'], time: { intervalUs: 1 } });
    expect([...rows.values]).toEqual([1, Number.NaN, Number.NaN, 2]);
  });

  it('moves equal stamps on by a microsecond, in their order', async () => {
    const stamps = ['00:00:01', '00:00:01', '00:00:01', '00:00:02'];
    const lines = stamps.map((stamp) => `2024-03-01 ${stamp},5`);
    const table = await readTable(await put('bad/twice.csv.gz', ['timestamp,value', ...lines]));
    const { tsUs } = toRows(table, '', { values: ['value'], time: 'timestamp' });
    const first = tsUs[0] ?? 0;
    expect([...tsUs].map((ts) => ts - first)).toEqual([0, 1, 2, 1_000_000]);
  });

  it('is refused when it is cut, and says what to do when the folder is none', async () => {
    const path = await put('bad/cut.csv.gz', ['a,b', '1,2', '3']);
    await expect(readTable(path)).rejects.toThrow(/cut\.csv\.gz:3/);
    await expect(skabTasks(join(data, 'nowhere'))).rejects.toThrow(UsageFault);
  });
});

describe('an evaluation of a folder', () => {
  it('gives the same report twice', async () => {
    const options = { set: 'skab', dataDir: data, detector: 'forest' } as const;
    expect(await runEvaluation(options)).toEqual(await runEvaluation(options));
  });

  it.each([
    ['synthetic', 'forest'],
    ['nab', 'forest'],
    ['skab', 'raw forest'],
    ['smd', 'raw forest'],
  ] as const)(
    'puts the four controls beside the detector in each table of %s',
    async (set, forest) => {
      const { sections } = await runEvaluation({ set, dataDir: data, detector: 'zscore' });
      expect(sections.length).toBeGreaterThan(0);
      for (const { results } of sections) {
        const names = results.map(({ detector }) => detector);
        expect(names).toEqual(['zscore', 'silent', 'always on', 'clock', forest]);
      }
    },
  );

  it('prints an aligned table with controls, goals and configurations tried', async () => {
    const report = await runEvaluation({ set: 'smd', dataDir: data, detector: 'forest' });
    const text = printEvaluation(report, { parts: true });
    for (const name of ['forest', 'silent', 'always on', 'clock', 'raw forest', '(reach)']) {
      expect(text).toMatch(new RegExp(`^${name.replace(/[()]/g, '\\$&')} `, 'm'));
    }
    expect(text).toContain('  machine-1');
    expect(text).toMatch(/configurations tried: \d+/);
    const [, header = '', first = ''] = text.split('\n');
    expect(first.length).toBe(header.length);
  });

  it('scores what NAB published beside the detector', async () => {
    const tasks = await nabTasks(data);
    const lines = timed(1000, (i) => `${i % 50},${i === 300 ? 1 : 0}`);
    await put('results/perfect/real/perfect_one.csv', ['timestamp,value,anomaly_score', ...lines]);
    const result = await scorePublished(join(data, 'results/perfect'), tasks);
    expect(result.values.standard).toBeCloseTo(100, 10);
    await expect(scorePublished(join(data, 'results/other'), tasks)).rejects.toThrow(/cannot read/);
  });

  it('names the detectors there are when it is asked for another', async () => {
    const run = runEvaluation({ set: 'skab', dataDir: data, detector: 'oracle' });
    await expect(run).rejects.toMatchObject({ hint: expect.stringContaining('pipeline') });
  });
});
