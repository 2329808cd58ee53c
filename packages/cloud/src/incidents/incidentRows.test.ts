import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, inject, it } from 'vitest';
import { openDatabase } from '../store/sqlite/database.ts';
import { IncidentRows } from './incidentRows.ts';
import { QUIET_US } from './limits.ts';

const migrations = new URL('.', import.meta.url);

it('a hundred workers that see the same causes at one moment open one incident of each', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'incidents-'));
  const path = join(folder, 'incidents.db');
  // one server makes the file (its folder is locked); SQLite lets nobody wait while a file changes to a log
  openDatabase(path, 'write', migrations).close();
  const connections = 10;
  const threads = (inject('torture') ? 500 : 100) / connections;
  const devices = 6;
  const gate = new SharedArrayBuffer(8);
  const workers = Array.from(
    { length: threads },
    () =>
      new Worker(new URL('./raiser.ts', import.meta.url), {
        workerData: { path, gate, devices, connections },
      }),
  );
  const ended = Promise.all(workers.map((worker) => once(worker, 'exit')));
  const signs = new Int32Array(gate);
  for (let ready = 0; ready < threads; ready = Atomics.load(signs, 0)) {
    const { async: isPending, value } = Atomics.waitAsync(signs, 0, ready);
    if (isPending) await value;
  }
  Atomics.store(signs, 1, 1);
  Atomics.notify(signs, 1);
  const codes = (await ended).map(([code]) => code);
  expect(codes).toEqual(Array(threads).fill(0));

  const database = openDatabase(path, 'write', migrations);
  const incidents = new IncidentRows(database).page({});
  expect(incidents).toHaveLength(devices * 2);
  expect(new Set(incidents.map(({ device, cause }) => `${device} ${cause}`)).size).toBe(
    devices * 2,
  );
  database.close();
  rmSync(folder, { recursive: true });
});

it('whatever comes and goes: at most one is open, it fires while a signal stands, and closes when quiet', () => {
  const step = fc.record({
    sensor: fc.constantFrom('a', 'b'),
    on: fc.boolean(),
    waitUs: fc.constantFrom(0, QUIET_US.anomaly / 2, QUIET_US.anomaly),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const database = openDatabase(':memory:', 'write', migrations);
      const rows = new IncidentRows(database);
      const standing = new Set<string>();
      let nowUs = 1;
      let quietUs: number | undefined;
      let opened = 0;
      for (const { sensor, on, waitUs } of steps) {
        if (on) {
          if (standing.size === 0 && (quietUs === undefined || quietUs === -1)) opened++;
          rows.raise({ device: 'pump', cause: 'anomaly', sensor, sentence: `at ${sensor}` }, nowUs);
          standing.add(sensor);
          quietUs = undefined;
        } else {
          rows.clear({ device: 'pump', sensor }, nowUs);
          if (standing.delete(sensor) && standing.size === 0) quietUs = nowUs;
        }
        nowUs += waitUs;
        rows.closeQuiet(nowUs);
        if (quietUs !== undefined && nowUs - quietUs >= QUIET_US.anomaly) quietUs = -1;
        const incidents = rows.page({});
        const open = incidents.filter(({ state }) => state !== 'closed');
        const isOpen = standing.size > 0 || (quietUs !== undefined && quietUs !== -1);
        expect(incidents).toHaveLength(opened);
        expect(open.map(({ state }) => state)).toEqual(
          isOpen ? [standing.size > 0 ? 'firing' : 'quiet'] : [],
        );
        expect(open.flatMap(({ sensors }) => sensors).sort()).toEqual([...standing].sort());
        for (const { sensors, sentence } of open) {
          if (sensors.length > 0) expect(sentence).toBe(`at ${sensors[0]}`);
        }
      }
      database.close();
    }),
    { numRuns: 100 },
  );
});
