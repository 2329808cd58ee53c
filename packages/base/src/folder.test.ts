import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UsageFault } from './fault.ts';
import { makeFolder } from './folder.ts';

let place = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'fernsight-folder-'));
});
afterEach(() => rmSync(place, { recursive: true }));

it('makes a folder and those above it for their owner alone, and is content with one that is there', () => {
  const path = join(place, 'a/b/c');
  makeFolder(path);
  makeFolder(path);
  for (const made of ['a', 'a/b', 'a/b/c']) {
    expect(statSync(join(place, made)).mode & 0o777).toBe(0o700);
  }
});

it('refuses a file in the way, and says which', () => {
  writeFileSync(join(place, 'a'), '');
  expect(() => makeFolder(join(place, 'a'))).toThrow(/is a file/);
  expect(() => makeFolder(join(place, 'a/b'))).toThrow(UsageFault);
});

it('gives up at once where the system makes no folders', () => {
  expect(() => makeFolder('/proc/fernsight/data')).toThrow(UsageFault);
});
