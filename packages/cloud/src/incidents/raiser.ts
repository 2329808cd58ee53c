/** A worker for the test of incidentRows.ts: opens incidents at the same moment as all the others. */
import { workerData } from 'node:worker_threads';
import { openDatabase, transact } from '../store/sqlite/database.ts';
import { IncidentRows } from './incidentRows.ts';
import { silenceOf } from './signal.ts';

const { path, gate, devices, connections } = workerData;
// 0: how many are ready; 1: opens when the test says so
const signs = new Int32Array(gate);
Atomics.add(signs, 0, 1);
Atomics.notify(signs, 0);
Atomics.wait(signs, 1, 0);

const databases = Array.from({ length: connections }, () =>
  openDatabase(path, 'write', new URL('.', import.meta.url)),
);
const rows = databases.map((database) => ({ database, rows: new IncidentRows(database) }));

for (const { database, rows: incidents } of rows) {
  for (let index = 0; index < devices; index++) {
    const device = `device-${index}`;
    transact(database, () => {
      incidents.raise(silenceOf(device), 1);
      incidents.raise({ device, cause: 'anomaly', sensor: 't', sentence: 'x' }, 1);
    });
  }
}
for (const database of databases) database.close();
