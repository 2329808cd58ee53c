/** The desks of a server, each on a thread. Light on purpose: the threads are started before the server itself is loaded. */
import type { Log } from '@fernsight/base';
import type { Desks } from './desks.ts';
import type { ReaderCalls } from './query/reader.ts';
import { databasePathIn } from './store/sqlite/folder.ts';
import { ThreadDesk, threadFile } from './stream/threadDesk.ts';
import type { WriterCalls } from './stream/writer.ts';
import type { WriterData } from './stream/writerThread.ts';

/** Both threads load at once; the reader opens its connection when it is first asked. @throws UsageFault where the folder cannot be used */
export async function openThreads(options: WriterData, log: Log): Promise<Desks> {
  const reading = ThreadDesk.start<ReaderCalls>({
    file: threadFile(new URL('./query/readerThread.ts', import.meta.url)),
    data: { databasePath: databasePathIn(options.dataDir) },
    log,
  });
  try {
    const writer = await ThreadDesk.start<WriterCalls>({
      file: threadFile(new URL('./stream/writerThread.ts', import.meta.url)),
      data: options,
      log,
    });
    return { writer, reader: await reading };
  } catch (error) {
    await (await reading).close();
    throw error;
  }
}
