import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@fernsight/base';
import { decodeModel } from '@fernsight/detect';
import { afterAll, describe, expect, it } from 'vitest';
import { runHere } from '../runHere.ts';
import { runFernsight } from '../spawnFernsight.ts';

const folder = mkdtempSync(join(tmpdir(), 'train-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function generate(name: string, ...flags: string[]): Promise<string> {
  const out = join(folder, name);
  const { code, stderr } = await runFernsight(['generate', '--out', out, ...flags]);
  expect([code, stderr]).toEqual([0, '']);
  return out;
}

describe('fernsight generate', () => {
  it('writes the same labelled rows for the same seed, to a file or a pipe', async () => {
    const flags = ['--type', 'pressure', '--rows', '1500', '--seed', '5'];
    const text = readFileSync(await generate('a.csv', ...flags), 'utf8');
    const piped = await runFernsight(['generate', ...flags]);
    expect(piped.stdout).toBe(text);
    const [header, first, ...rows] = text.trimEnd().split('\n');
    expect(header).toBe('timestamp,value,is_anomaly,kind');
    expect(first).toMatch(/^2024-01-01T00:00:00.000000Z,\d+\.?\d*,0,$/);
    expect(rows.length).toBe(1_499);
    const marked = rows.filter((row) => /,1,(spike|drift|dropout)$/.test(row));
    expect(marked.length).toBeGreaterThan(10);
    expect(readFileSync(await generate('b.csv', ...flags.slice(0, 4)), 'utf8')).not.toBe(text);
  });

  it('refuses a type that it does not know, with the nearest', async () => {
    const { code, stderr } = await runFernsight(['generate', '--type', 'presure']);
    expect([code, stderr.trimEnd().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain('did you mean "pressure"?');
  });
});

describe('fernsight train', () => {
  it('writes the same model for the same data, and a page of what it finds', async () => {
    const data = await generate('train.csv', '--seed', '42');
    const test = await generate('test.csv', '--seed', '43');
    const out = join(folder, 'temperature.fern');
    const args = ['train', '--data', data, '--test', test, '--sensor', 'temperature', '--out', out];
    const { code, stderr } = await runFernsight(args);
    expect(code, stderr).toBe(0);
    const model = decodeModel(readFileSync(out));
    expect([model.sensorType, model.readingCount]).toEqual(['temperature', 5_000]);
    expect(readFileSync(`${out}.html`, 'utf8')).toContain('<dt>F1</dt>');
    const bytes = readFileSync(out);
    await runFernsight(args);
    expect(readFileSync(out).equals(bytes)).toBe(true);
  });

  it('counts the rows that are no readings, and says where the first stands', async () => {
    const data = await generate('gaps.csv', '--rows', '1500');
    appendFileSync(data, '2030-01-01T00:00:00Z,warm,0,\n2020-01-01T00:00:00Z,20,0,\n');
    const out = join(folder, 'gaps.fern');
    const args = ['train', '--data', data, '--sensor', 'temperature', '--out', out];
    const { code, stdout } = await runFernsight(args);
    expect(code).toBe(0);
    expect(stdout).toContain(`rows left out: 2, first ${data}:1502: `);
    expect(stdout).toContain('warm');
    expect(readFileSync(`${out}.html`, 'utf8')).toContain('<th scope="row">rows left out</th>');
  });

  it('takes times counted from 0, and writes nothing but the model to standard output', async () => {
    const data = join(folder, 'elapsed.csv');
    const rng = createRng(3);
    const rows = Array.from({ length: 1201 }, (_, row) => `${(row - 1) * 60},${20 + rng.normal()}`);
    writeFileSync(data, `seconds,value\n${rows.join('\n')}\n`);
    const before = readdirSync(folder);
    const end = await runHere([
      'train',
      '--data',
      data,
      '--time',
      'seconds',
      '--sensor',
      'x',
      '--out',
      '-',
    ]);
    expect([end.code, end.stdout.slice(0, 4)], end.stderr).toEqual([0, 'FSSM']);
    expect(end.stdout).not.toContain('bytes, from');
    expect(end.stderr).toMatch(/^-: \d+ bytes, from 1200 readings/m);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('says how much it needs, and writes nothing', async () => {
    const data = await generate('short.csv', '--rows', '100');
    const before = readdirSync(folder);
    const out = join(folder, 'none.fern');
    const { code, stderr } = await runFernsight([
      'train',
      '--data',
      data,
      '--sensor',
      'x',
      '--out',
      out,
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^fernsight: 100 readings give 0 rows .*\n$/);
    expect(readdirSync(folder)).toEqual(before);
  });
});
