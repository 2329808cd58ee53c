import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { systemClock } from '@fernsight/base';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeOutput } from './outputFile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'output-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Above the highest process number that Linux gives. */
const NOBODY = 4_194_305;

it('takes away what a killed run left beside its place, and nothing else', async () => {
  const left = (name: string, ageS: number) => {
    const path = join(folder, name);
    writeFileSync(path, 'half');
    const atS = systemClock.nowUs() / 1e6 - ageS;
    utimesSync(path, atS, atS);
  };
  left(`rows.csv.${NOBODY}.part`, 120);
  const kept = [
    `rows.csv.${process.ppid}.part`,
    `rows.csv.${NOBODY}.parts`,
    `other.csv.${NOBODY}.part`,
    'rows.csv.mine.part',
    'rows.csv.part',
  ];
  for (const name of kept) left(name, 120);
  left(`rows.csv.${NOBODY + 1}.part`, 0);
  await writeOutput(join(folder, 'rows.csv'), ['whole'], new PassThrough());
  expect(readFileSync(join(folder, 'rows.csv'), 'utf8')).toBe('whole');
  expect(readdirSync(folder).sort()).toEqual(
    ['rows.csv', `rows.csv.${NOBODY + 1}.part`, ...kept].sort(),
  );
});
