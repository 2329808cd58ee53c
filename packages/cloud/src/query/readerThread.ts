/** The reader's thread: a connection of its own that never waits for the writer. */
import { SqliteReader } from '../store/sqlite/sqliteReader.ts';
import { serveThread } from '../stream/threadDesk.ts';
import { ReaderClerk } from './reader.ts';

await serveThread(({ databasePath }: { readonly databasePath: string }) => {
  return new ReaderClerk(() => new SqliteReader(databasePath));
});
