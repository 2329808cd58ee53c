/** The desks of one process: the writer and the reader, each on a thread (deskThreads.ts), or both on the calling one. */
import type { Clock, Log, Probe } from '@fernsight/base';
import { StoredModels } from './model/storedModels.ts';
import { type ReaderCalls, ReaderClerk } from './query/reader.ts';
import { openFolder } from './store/sqlite/folder.ts';
import { SqliteReader } from './store/sqlite/sqliteReader.ts';
import { SqliteWriter } from './store/sqlite/sqliteWriter.ts';
import type { Desk } from './stream/desk.ts';
import { InlineDesk } from './stream/inlineDesk.ts';
import { type WriterCalls, WriterClerk } from './stream/writer.ts';
import type { WriterData } from './stream/writerThread.ts';
import { Worker } from './worker/worker.ts';

export interface Desks {
  readonly writer: Desk<WriterCalls>;
  readonly reader: Desk<ReaderCalls>;
}

interface InlineMachine {
  readonly clock: Clock;
  readonly log: Log;
  readonly probe?: Probe | undefined;
}

/** For simulation and tests: everything on the calling thread, on its clock. @throws UsageFault */
export function openInline(
  { dataDir, ...judging }: WriterData,
  { clock, log, probe }: InlineMachine,
): Desks {
  const folder = openFolder(dataDir);
  const openStore = (state: { readonly isUnsynced: boolean }): SqliteWriter =>
    new SqliteWriter(folder.databasePath, { ...state, probe, log });
  const models = new StoredModels(dataDir);
  const worker = new Worker({ ...judging, models, openStore, clock, log, probe });
  const clerk = new WriterClerk(worker, { clock, log, release: folder.release, models });
  const reader = new ReaderClerk(() => new SqliteReader(folder.databasePath));
  const pause = probe === undefined ? undefined : () => probe.pause();
  return {
    writer: new InlineDesk<WriterCalls>(clerk, pause),
    reader: new InlineDesk<ReaderCalls>(reader, pause),
  };
}

export async function closeDesks({ writer, reader }: Desks): Promise<void> {
  await reader.close();
  await writer.close();
}
