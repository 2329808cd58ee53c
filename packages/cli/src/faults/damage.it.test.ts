/** A store in which bytes are damaged: what the program says of it, and what it still gives out. */
import { mkdtempSync, rmSync } from 'node:fs';
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

/** Changes a byte of the rows that fit. */
function spoil(dir: string, table: string, where: string): void {
  const database = new DatabaseSync(join(dir, 'fernsight.db'));
  const spoilt = `substr(bytes, 1, 4) || x'ff' || substr(bytes, 6)`;
  const set = `UPDATE ${table} SET bytes = CAST(${spoilt} AS BLOB) WHERE ${where}`;
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
