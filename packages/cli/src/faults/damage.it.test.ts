/** A store in which bytes are damaged: what the program says of it, and what it still gives out. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createClient } from '@fernsight/wire/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runHere } from '../runHere.ts';
import { serveHere } from '../serveHere.ts';

const ROWS = 3;

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'fernsight-damage-'));
});
afterEach(() => rmSync(place, { recursive: true }));

/** A store as it was in the midst of its work: a row of its journal for each reading. */
async function unpacked(): Promise<string> {
  const [data, copy] = [join(place, 'data'), join(place, 'copy')];
  await serveHere(data, async (url) => {
    const client = createClient({ baseUrl: url });
    for (let row = 1; row <= ROWS; row++) {
      const rows = [{ device: 'd', sensor: 's', value: row, time: row }];
      await client.call('pushReadings', { body: { rows } });
    }
    expect((await runHere(['backup', '--data-dir', data, '--to', copy])).code).toBe(0);
  });
  return copy;
}

/** Cuts a row short. */
function spoil(dir: string, table: string, where: string): void {
  const database = new DatabaseSync(join(dir, 'fernsight.db'));
  const set = `UPDATE ${table} SET bytes = substr(bytes, 1, 6) WHERE ${where}`;
  expect(database.prepare(set).run().changes).toBe(1);
  database.close();
}

it('a server with a damaged row in its journal starts, gives out the others, and doctor tells', async () => {
  const dir = await unpacked();
  spoil(dir, 'journal', 'id = 2');
  await serveHere(dir, async (url) => {
    const { stdout: csv } = await runHere(['export', 'd', '--out', '-', '--url', url]);
    expect(csv.split('\n').map((line) => line.split(',')[3])).toEqual([
      'value',
      '1',
      '3',
      undefined,
    ]);
    const doctor = ['doctor', '--data-dir', place, '--port', '0', '--cloud-url', url];
    const { code, stdout } = await runHere(doctor);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^warn {2}the cloud .* takes readings; rows of its journal .*: 1; check/m,
      ),
    ]);
    const client = createClient({ baseUrl: url });
    expect(await client.call('readyz', {})).toEqual({ status: 'ok', damagedRows: 1 });
    expect((await client.call('storage', {})).damaged).toEqual({ journalRows: 1, series: 0 });
    const metrics = String(await client.call('metrics', {}));
    expect(metrics).toMatch(/^fernsight_store_damaged\{what="journalRows"\} 1$/m);
  });
});

it('an export over a damaged chunk is all the rest, and its exit code and a sentence say what is missing', async () => {
  const dir = join(place, 'data');
  const [first, hole, last] = [0, 1, 2].map((day) => day * 86_400 + 3_600) as [
    number,
    number,
    number,
  ];
  await serveHere(dir, async (url) => {
    const rows = [first, hole, last].map((time) => ({ device: 'd', sensor: 'é', value: 1, time }));
    await createClient({ baseUrl: url }).call('pushReadings', { body: { rows } });
  });
  spoil(dir, 'chunk', `level = 0 AND firstUs = ${hole * 1e6}`);
  await serveHere(dir, async (url) => {
    const span = { device: 'd', sensor: 'é', fromUs: 0, toUs: 1e12 };
    const stretch = { fromUs: hole * 1e6, toUs: hole * 1e6 };
    const past = await createClient({ baseUrl: url }).call('history', { query: span });
    expect([past.tsUs, past.unreadable]).toEqual([[first * 1e6, last * 1e6], [stretch]]);
    for (const format of ['csv', 'parquet']) {
      const out = join(place, `out.${format}`);
      const { code, stderr } = await runHere(['export', 'd', '--out', out, '--url', url]);
      const named = 'é from 1970-01-02T01:00:00.000000Z to 1970-01-02T01:00:00.000000Z';
      expect([code, stderr]).toEqual([
        1,
        `fernsight: not whole: a part is damaged in the server's store: ${named}: all the rest is in ${out}; what is missing may be in a backup\n`,
      ]);
    }
    const lines = readFileSync(join(place, 'out.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const times = lines.map((line) => Date.parse(line.split(',')[2] ?? '') / 1e3);
    expect(times).toEqual([first, last]);
    expect(readFileSync(join(place, 'out.parquet')).subarray(-4).toString()).toBe('PAR1');
    const address = `${url}/api/v1/export?device=d&fromUs=0&toUs=${1e12}`;
    const refused = await fetch(address);
    expect([refused.status, await refused.json()]).toEqual([
      409,
      expect.objectContaining({
        detail: expect.stringMatching(/^a part of it is damaged .*: é from 1970-01-02/),
        hint: expect.stringMatching(/partial=true/),
      }),
    ]);
    const whole = await fetch(`${address.replace(/toUs=.*/, `toUs=${(hole - 1) * 1e6}`)}`);
    expect([whole.status, whole.headers.get('fernsight-unreadable')]).toEqual([200, null]);
    await whole.text();
  });
});
