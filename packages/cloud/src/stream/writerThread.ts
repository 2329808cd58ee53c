/** The writer's thread: owns the store's writing side and the judges. */
import { systemClock } from '@fernsight/base';
import { StoredModels } from '../model/storedModels.ts';
import { openFolder } from '../store/sqlite/folder.ts';
import { SqliteWriter } from '../store/sqlite/sqliteWriter.ts';
import { Worker } from '../worker/worker.ts';
import { serveThread } from './threadDesk.ts';
import { WriterClerk } from './writer.ts';

export interface WriterData {
  readonly dataDir: string;
  readonly budgetPerWeek: number | undefined;
  readonly rawRetentionUs: number;
}

await serveThread(({ dataDir, ...options }: WriterData, log) => {
  const folder = openFolder(dataDir);
  const openStore = (state: { readonly isUnsynced: boolean }): SqliteWriter =>
    new SqliteWriter(folder.databasePath, { ...state, sync: 'pool', log });
  const models = new StoredModels(dataDir);
  const worker = new Worker({ ...options, models, openStore, clock: systemClock, log });
  return new WriterClerk(worker, { clock: systemClock, log, release: folder.release, models });
});
