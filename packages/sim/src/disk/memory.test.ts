import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clearDead, makeRoot } from './memory.ts';

it('clears what a process that is gone left behind, and nothing else', () => {
  const parent = mkdtempSync(join(tmpdir(), 'fernsight-roots-'));
  const { pid } = spawnSync(process.execPath, ['--version']);
  const own = makeRoot(parent);
  for (const name of [`fernsight-sim-${pid}-gone`, 'fernsight-cloud-1-other'])
    mkdirSync(join(parent, name));
  clearDead(parent);
  expect(existsSync(own)).toBe(true);
  expect(readdirSync(parent).sort()).toEqual([
    'fernsight-cloud-1-other',
    own.slice(parent.length + 1),
  ]);
  rmSync(parent, { recursive: true });
});
