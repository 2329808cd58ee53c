import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createRng } from '@fernsight/base';
import { afterAll, describe, expect, it } from 'vitest';
import { runFernsight, spawnFernsight } from '../spawnFernsight.ts';

const folder = mkdtempSync(join(tmpdir(), 'score-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Rows of two sensors, a minute apart; a spike of the first at row 900. */
function plantRows(count: number): string[] {
  const rng = createRng(5);
  return Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();
    const first = 20 + rng.normal() + (index === 900 ? 40 : 0);
    return `${time},${first.toFixed(3)},${(50 + 3 * rng.normal()).toFixed(3)}`;
  });
}

const HEADER = 'time,temperature,humidity';

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function score(file: string, ...flags: string[]) {
  const out = join(folder, 'out.csv');
  const end = await runFernsight(['score', file, '--out', out, ...flags]);
  const rows = end.code === 0 ? readFileSync(out, 'utf8').trimEnd().split('\n') : [];
  rmSync(out, { force: true });
  return { ...end, header: rows[0], rows: rows.slice(1).map((row) => row.split(',')) };
}

describe('fernsight score', () => {
  const plain = [HEADER, ...plantRows(1000)].join('\n');

  it('writes one line a row and finds the spike, plain or gzip, to the same bit', async () => {
    const flags = ['--values', 'temperature,humidity', '--train-rows', '100'];
    const { code, header, rows, stderr } = await score(write('a.csv', plain), ...flags);
    expect(code, stderr).toBe(0);
    expect(header).toBe('row,timestamp,score,threshold,anomaly,kind');
    expect(rows.length).toBe(1000);
    expect(rows[0]).toEqual(['0', '2026-01-01T00:00:00.000Z', '', '', '0', 'train']);
    expect(rows[900]?.[4]).toBe('1');
    expect(rows[900]?.[5]).toMatch(/^(spike|joint)$/);
    expect(
      rows
        .slice(100)
        .every((row) => Number.isInteger(Math.round(Number(row[2]) * 65_535 * 1e6) / 1e6)),
    ).toBe(true);
    const packed = await score(write('a.csv.gz', gzipSync(plain)), ...flags);
    expect(packed.rows).toEqual(rows);
  });

  it('never looks ahead: the first rows are judged alike whatever follows', async () => {
    const whole = await score(write('b.csv', plain), '--value', 'temperature');
    const lines = plain.split('\n').slice(0, 601);
    const cut = await score(write('c.csv', lines.join('\n')), '--value', 'temperature');
    expect(cut.rows.length).toBe(600);
    expect(whole.rows.slice(0, 600)).toEqual(cut.rows);
  });

  it('keeps the line of a bad row, counts it, and goes on', async () => {
    const lines = plain.split('\n');
    const stamp = (index: number) => lines[index]?.split(',')[0] ?? '';
    lines[10] = `${stamp(10)},abc,50`;
    lines[20] = `${stamp(20)},NaN,50`;
    lines[30] = `${stamp(30)}`;
    lines[40] = 'yesterday,20,50';
    lines[50] = `${stamp(49).replace('2026', '2025')},20,50`;
    lines[60] = `${stamp(60)},"20,50`;
    lines[70] = `${stamp(70)},20,5,50`;
    lines[80] = `${stamp(80).replace('2026', '2099')},20,50`;
    const { code, rows, stderr } = await score(
      write('d.csv', lines.join('\n')),
      '--value',
      'temperature',
    );
    expect(code).toBe(0);
    expect(rows.length).toBe(1000);
    for (const [line, kind] of [
      [10, 'invalid'],
      [20, 'invalid'],
      [30, 'invalid'],
      [40, 'invalid'],
      [50, 'late'],
      [60, 'invalid'],
      [70, 'invalid'],
      [80, 'future'],
    ] as const) {
      expect(rows[line - 1]?.slice(2), `line ${line}`).toEqual(['', '', '0', kind]);
    }
    expect(stderr).toContain(
      '6 invalid (the first at line 11: "abc" in "temperature" is not a number)',
    );
    expect(stderr).toContain('1 late');
    expect(stderr).toContain('1 future');
    expect(rows[999]?.[2]).not.toBe('');
  });

  it('reads from a pipe and writes to one', async () => {
    const { code, stdout } = await runFernsight(
      ['score', '-', '--value', 'temperature', '--out', '-'],
      { input: plain },
    );
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').length).toBe(1001);
  });

  it('ends at the first signal though its pipe is idle, and says that it was stopped', async () => {
    const [row = ''] = plantRows(1);
    const flags = ['--value', 'temperature', '--out', '-'];
    const spawned = spawnFernsight(['score', '-', ...flags], {
      input: `${HEADER}\n${row}\n`,
      holdsInput: true,
    });
    await spawned.seen(/^0,2026/m);
    spawned.child.kill('SIGINT');
    expect(await spawned.ended).toMatchObject({ code: 1, stderr: 'fernsight: stopped\n' });
  });

  it('ends when its reader goes away, though its pipe goes on', async () => {
    const flags = ['--value', 'temperature', '--out', '-'];
    const [first = '', second = '', third = ''] = plantRows(3);
    const spawned = spawnFernsight(['score', '-', ...flags], {
      input: `${HEADER}\n${first}\n`,
      holdsInput: true,
    });
    await spawned.seen(/^0,2026/m);
    spawned.child.stdout?.destroy();
    spawned.child.stdin?.write(`${second}\n${third}\n`);
    const { code, stderr } = await spawned.ended;
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^temperature: \d rows, /)]);
  });

  it('does not wait for a pipe of which it has no use', async () => {
    const { ended } = spawnFernsight(['score', '-', '--value', 'none', '--out', '-'], {
      input: `${HEADER}\n${plantRows(1)}\n`,
      holdsInput: true,
    });
    expect(await ended).toMatchObject({ code: 2, stderr: expect.stringContaining('no column') });
  });

  it('refuses what it cannot use with one line, exit code 2, and nothing half-written', async () => {
    const good = write('good.csv', plain);
    const cases: [string[], string][] = [
      [[join(folder, 'absent.csv')], 'cannot read'],
      [[write('empty.csv', '')], 'is empty'],
      [[write('header.csv', 'time,value\n')], 'has a header and no rows'],
      [
        [good, '--value', 'temprature'],
        'has no column "temprature": its columns are time, temperature, humidity',
      ],
      [[good], 'which column holds the values?'],
      [[good, '--values', 'humidity,humidity'], '"humidity" is asked for twice'],
      [[good, '--value', 'humidity', '--train-rows', '1000'], 'no more than 1000 rows'],
      [[good, '--value', 'humidity', '--detector', 'pipelin'], 'did you mean "pipeline"?'],
      [
        [good, '--value', 'humidity', '--detector', 'forest', '--budget-per-week', '1'],
        '--budget-per-week needs --detector pipeline',
      ],
      [[good, '--vlaue', 'humidity'], 'Did you mean --value?'],
      [
        [write('cut.gz', gzipSync(plain).subarray(0, -20)), '--value', 'humidity'],
        'unexpected end of file',
      ],
    ];
    for (const [args, message] of cases) {
      const out = join(folder, 'outputs', 'verdicts.csv');
      mkdirSync(join(folder, 'outputs'), { recursive: true });
      const { code, stdout, stderr } = await runFernsight(['score', ...args, '--out', out]);
      expect(stderr).toContain(message);
      expect(stderr.trimEnd().split('\n').length, stderr).toBe(1);
      expect(stderr).toMatch(/^fernsight: /);
      expect([code, stdout]).toEqual([2, '']);
      expect(readdirSync(join(folder, 'outputs'))).toEqual([]);
    }
    const unwritable = await runFernsight([
      'score',
      good,
      '--value',
      'humidity',
      '--out',
      join(folder, 'no', 'x'),
    ]);
    expect(unwritable.stderr).toContain('cannot write');
    expect(unwritable.code).toBe(2);
  });
});
