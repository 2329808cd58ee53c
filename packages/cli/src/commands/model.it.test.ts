import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, silentLog, systemClock, US_PER_SECOND } from '@fernsight/base';
import { startCloud } from '@fernsight/cloud';
import { createClient } from '@fernsight/wire/client';
import { expect, it } from 'vitest';
import { runHere } from '../runHere.ts';

const READINGS = 2_000;

it('fernsight models trains, lists, compares, activates, tells the rollout, uploads and rolls back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'models-cli-'));
  const machine = { clock: systemClock, rng: createRng(1), log: silentLog };
  const cloud = await startCloud({ dataDir: folder, port: 0, open: true, ...machine });
  const ending = new AbortController();
  const running = cloud.run(ending.signal);
  const client = createClient({ baseUrl: cloud.url });
  const models = (...args: string[]) => runHere(['models', ...args, '--url', cloud.url]);

  const chance = createRng('readings');
  const nowUs = systemClock.nowUs();
  const rows = Array.from({ length: READINGS }, (_, index) => index);
  const tsUs = rows.map((row) => nowUs - (READINGS - row) * US_PER_SECOND);
  const value = rows.map((row) => 20 + Math.sin(row / 100) + 0.1 * chance.normal());
  const column = { device: 'a', sensor: 't', type: 'temperature', tsUs, value };
  await client.call('pushReadings', { body: { columns: [column] } });

  const nothing = await models('train', 'pressure');
  expect(nothing).toMatchObject({ code: 2, stdout: '' });
  expect(nothing.stderr).toMatch(/nothing came of the training: 0 readings/);
  const trained = await models('train', 'temperature');
  expect(trained.stdout).toMatch(/^[0-9a-f]{64} {2}1 of 1 series, \d+ readings, \d+ left out\n$/);
  const hash = trained.stdout.slice(0, 64);
  expect((await models('list')).stdout).toMatch(/^ {2}[0-9a-f]{12} {2}temperature /);
  const table = (await models('compare', hash.slice(0, 8), '--days', '1')).stdout;
  expect(table).toMatch(/^temperature, 1 series, \S+ to \S+\n/);
  expect(table).toMatch(new RegExp(`^ +${hash.slice(0, 12)} +shipped\n`, 'm'));
  const judgedCount = /^readings judged +(\d+) +(\d+)$/m.exec(table);
  expect(judgedCount?.slice(1)).toEqual([String(READINGS - 256), String(READINGS - 256)]);
  expect(table).toMatch(/^marked by both \d+, by the first alone \d+, by the second alone \d+$/m);
  expect((await models('compare', hash, hash)).stderr).toMatch(/is named twice/);
  expect((await models('activate', hash.slice(0, 8))).stdout).toContain(hash);
  expect((await models('list')).stdout).toMatch(/^\* /);
  expect((await models('compare', hash)).stderr).toMatch(/is the one that is chosen/);
  const rollout = (await models('rollout', 'temperature')).stdout;
  expect(rollout).toMatch(new RegExp(`^temperature {2}${hash.slice(0, 12)} is chosen$`, 'm'));
  expect(rollout).toMatch(/^temperature {2}server {2}runs shipped {2}1 series wait {2}as of /m);
  expect((await models('drift')).stderr).toMatch(/nothing was measured yet/);
  const drift = await models('drift', '--measure');
  expect(drift.stderr).toMatch(/^0 series measured, .*, 1 with too few readings$/m);
  expect((await models('schedule')).stdout).toBe('nothing is trained by itself\n');
  const weekly = await models('schedule', 'temperature', '--times', '0 3 * * 0', '--activate');
  expect(weekly.stdout).toMatch(/^temperature {2}0 3 \* \* 0 {2}chosen where not worse {2}next /);
  expect((await models('schedule')).stdout).toBe(weekly.stdout);
  expect((await models('schedule', 'temperature', '--activate')).stderr).toMatch(/not said when/);
  for (const flags of [['--off'], ['--times', '0 3 * * 0']]) {
    const untyped = await models('schedule', ...flags);
    expect(untyped).toMatchObject({ code: 2, stdout: '' });
    expect(untyped.stderr).toMatch(/not said of which sensor type/);
  }
  expect((await models('schedule', 'flow', '--times', 'x')).stderr).toMatch(/is no time-table/);
  expect((await models('schedule', 'temperature', '--off')).stdout).toMatch(/by hand only/);
  expect((await models('schedule')).stdout).toBe('nothing is trained by itself\n');
  const unknown = await models('activate', 'feed5eed');
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  const { bytes } = await client.call('fetchModel', { params: { hash } });
  const path = join(folder, 'model.bin');
  writeFileSync(path, Buffer.from(bytes, 'base64'));
  expect((await models('upload', path)).stdout).toContain(hash.slice(0, 12));
  writeFileSync(path, 'no model');
  expect((await models('upload', path)).stderr).toMatch(/the server says 422/);
  expect((await models('rollback', 'temperature')).stdout).toBe('temperature: shipped\n');

  ending.abort();
  await running;
  rmSync(folder, { recursive: true });
});

const NAMES = [
  'list',
  'train',
  'upload',
  'compare',
  'activate',
  'rollback',
  'rollout',
  'rotate-key',
];

it.each(NAMES)('fernsight models %s has a help with an example', async (name) => {
  const { code, stdout } = await runHere(['models', name, '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`Examples?:\n {2}fernsight models ${name}`));
});
