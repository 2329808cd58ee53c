/** `fernsight backup` beside a server that runs, and `fernsight restore`: the copy answers what the server answered. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@fernsight/wire/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from '../runHere.ts';
import { serveHere } from '../serveHere.ts';

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'fernsight-backup-command-'));
});
afterAll(() => rmSync(place, { recursive: true }));

it('copies a server that runs, and puts the copy where no store is', async () => {
  const [data, copy, other] = ['data', 'copy', 'other'].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ];
  const exported = async (url: string) => {
    const { code, stdout } = await runHere(['export', 'd', '--out', '-', '--url', url]);
    expect(code).toBe(0);
    return stdout;
  };
  const before = await serveHere(data, async (url) => {
    const rows = [1, 2, 3].map((value) => ({ device: 'd', sensor: 's', value, time: value }));
    await createClient({ baseUrl: url }).call('pushReadings', { body: { rows } });
    const backup = ['backup', '--data-dir', data, '--to', copy];
    const saved = await runHere(backup);
    expect([saved.code, saved.stdout]).toEqual([0, `${data} is saved in ${copy}\n`]);
    const again = await runHere(backup);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is there already')]);
    const inUse = await runHere(['restore', '--from', copy, '--data-dir', data]);
    expect([inUse.code, inUse.stderr]).toEqual([2, expect.stringContaining('is in use by')]);
    return exported(url);
  });
  expect(before.trim().split('\n')).toHaveLength(4);
  const restored = await runHere(['restore', '--from', copy, '--data-dir', other]);
  expect([restored.code, restored.stdout]).toEqual([0, `${copy} is restored into ${other}\n`]);
  expect(await serveHere(other, exported)).toBe(before);
});

it('restores no folder that is no backup, and none over a store', async () => {
  const empty = mkdtempSync(join(place, 'empty-'));
  writeFileSync(join(empty, 'notes'), '');
  const none = await runHere(['restore', '--from', empty, '--data-dir', join(place, 'new')]);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('holds no store')]);
  const over = ['restore', '--from', join(place, 'copy'), '--data-dir', join(place, 'other')];
  const { code, stderr } = await runHere(over);
  expect([code, stderr]).toEqual([2, expect.stringContaining('already')]);
});
