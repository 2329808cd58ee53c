/**
 * Each set's folder as tasks: which file trains, which is judged, and what its labels are.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageFault } from '@fernsight/base';
import {
  type LabelledRows,
  SKAB_TRAIN_ROWS,
  sliceRows,
  type Task,
} from '@fernsight/detect/evaluation';
import { column, type Layout, readTable, type Table, toRows } from './table.ts';

const MINUTE_US = 60_000_000;

/** The original generator's series: SENSOR-SEED, trained on an even seed, judged on the next odd one. */
export async function syntheticTasks(dataDir: string): Promise<Task[]> {
  const folder = join(dataDir, 'synthetic');
  const names = (await files(folder)).map((file) => /^(.+)-(\d+)\.csv\.gz$/.exec(file));
  const tasks: Task[] = [];
  for (const match of names) {
    const [, sensor = '', digits = ''] = match ?? [];
    const seed = Number(digits);
    if (match === null || seed % 2 === 1) continue;
    const train = await readSynthetic(folder, `${sensor}-${seed}`);
    const test = await readSynthetic(folder, `${sensor}-${seed + 1}`);
    tasks.push({ group: sensor, train, test });
  }
  return tasks.sort((a, b) => compare(a.test.name, b.test.name));
}

async function readSynthetic(folder: string, name: string): Promise<LabelledRows> {
  const layout = { values: ['value'], label: 'is_anomaly', kind: 'kind', time: 'timestamp' };
  return toRows(await readTable(join(folder, `${name}.csv.gz`)), name, layout);
}

/** NAB: no training rows; a row inside a labelled window has label 1. */
export async function nabTasks(dataDir: string): Promise<Task[]> {
  const folder = join(dataDir, 'nab');
  const windows = parseWindows(await readFile(join(folder, 'combined_windows.json'), 'utf8'));
  const tasks: Task[] = [];
  for (const [file, limits] of windows) {
    const table = await readTable(join(folder, `${file}.gz`));
    const rows = toRows(table, file.replace('.csv', ''), { values: ['value'], time: 'timestamp' });
    for (const [first, last] of limits) {
      rows.labels.fill(1, rowAt(table, first), rowAt(table, last) + 1);
    }
    tasks.push({ group: file.split('/')[0] ?? '', train: undefined, test: rows });
  }
  return tasks;
}

function parseWindows(text: string): [string, string[][]][] {
  return Object.entries(JSON.parse(text) as Record<string, string[][]>);
}

function rowAt(table: Table, stamp = ''): number {
  const index = column(table, 'timestamp');
  const text = stamp.replace(/\.0+$/, '');
  const row = table.rows.findIndex((cells) => cells[index] === text);
  if (row >= 0) return row;
  throw new UsageFault(`${table.path} has no row at ${stamp}, the border of a labelled window`, {
    op: 'evaluate.read',
    hint: 'Series and combined_windows.json are of different versions of NAB.',
  });
}

/** SKAB: the first 400 rows of a recording train, the rest is judged. */
export async function skabTasks(dataDir: string): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const group of ['other', 'valve1', 'valve2']) {
    for (const file of await files(join(dataDir, 'skab', group))) {
      const table = await readTable(join(dataDir, 'skab', group, file));
      const values = table.header.filter(
        (name) => !['datetime', 'anomaly', 'changepoint'].includes(name),
      );
      const name = `${group}/${file.replace('.csv.gz', '')}`;
      const rows = toRows(table, name, { values, label: 'anomaly', time: 'datetime' });
      tasks.push({
        group,
        train: sliceRows(rows, 0, SKAB_TRAIN_ROWS),
        test: sliceRows(rows, SKAB_TRAIN_ROWS, rows.count),
      });
    }
  }
  return tasks;
}

/** The entities of a set in one folder. */
export interface Entities {
  /** their name in tables */
  readonly group: string;
  readonly intervalMinutes: number;
  /** how their files' names begin, where a folder holds several sets */
  readonly prefix?: string;
}

/** Sets with a train and a test file an entity, stamped at a fixed interval, one after the other. */
export async function entityTasks(folder: string, entities: Entities): Promise<Task[]> {
  const { group, intervalMinutes, prefix = '' } = entities;
  const time = { intervalUs: intervalMinutes * MINUTE_US };
  const tasks: Task[] = [];
  for (const file of await files(folder)) {
    const name = file.replace(/_test\.csv\.gz$/, '');
    if (name === file || !file.startsWith(prefix)) continue;
    const train = await readTable(join(folder, `${name}_train.csv.gz`));
    const layout: Layout = { values: train.header, time };
    const test = await readTable(join(folder, file));
    const judged = toRows(test, name, { ...layout, label: 'label' });
    const trained = toRows(train, name, layout);
    const testTsUs = judged.tsUs.map((tsUs) => tsUs + trained.count * time.intervalUs);
    tasks.push({ group, train: trained, test: { ...judged, tsUs: testTsUs } });
  }
  return tasks;
}

async function files(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((file) => file.endsWith('.csv.gz')).sort(compare);
  } catch (cause) {
    throw new UsageFault(`no folder ${folder}`, {
      op: 'evaluate.read',
      hint: 'Give the folder that holds the sets with --data.',
      cause,
    });
  }
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
