/**
 * The cloud in one process, on SQLite: where everything of this mode is put together, and the only file that knows how.
 *
 *     HTTP thread: ingest, head, live, queries' answers · writer thread: de-duplicate, judge, commit, pack · reader
 *     thread: the past
 */
import { type Clock, type Log, type Rng, UsageFault } from '@fernsight/base';
import type { FleetTotals } from '@fernsight/wire';
import type { FastifyInstance } from 'fastify';
import type { Access } from './access/access.ts';
import { ClosedAccess } from './access/closedAccess.ts';
import { openMode } from './access/openMode.ts';
import { builtPageDir } from './http/page.ts';
import { createServer, listen } from './http/server.ts';
import type { OpenViewer } from './http/viewer.ts';
import { ingestAnswers } from './ingest/answers.ts';
import { Feed } from './live/feed.ts';
import { Head } from './live/head.ts';
import { operationAnswers } from './operations/answers.ts';
import { edgeAnswers } from './originals/edge.ts';
import { scalableAnswers } from './originals/scalable.ts';
import { queryAnswers } from './query/answers.ts';
import { type ReaderCalls, ReaderClerk } from './query/reader.ts';
import { completeSettings, type Settings } from './settings.ts';
import { databasePathIn, openFolder } from './store/sqlite/folder.ts';
import { SqliteReader } from './store/sqlite/sqliteReader.ts';
import { SqliteWriter } from './store/sqlite/sqliteWriter.ts';
import type { Desk } from './stream/desk.ts';
import { InlineDesk } from './stream/inlineDesk.ts';
import { EmbeddedStream } from './stream/stream.ts';
import { ThreadDesk, threadFile } from './stream/threadDesk.ts';
import { type WriterCalls, WriterClerk } from './stream/writer.ts';
import { Worker } from './worker/worker.ts';

export interface CloudOptions {
  readonly dataDir: string;
  /** default 127.0.0.1 */
  readonly host?: string;
  /** 0: any that is free */
  readonly port: number;
  /** without credentials; on a loopback address only */
  readonly open: boolean;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  /** where the page's files are; default: where the package was built to */
  readonly pageDir?: string;
  readonly settings?: Partial<Settings>;
  /** file contents, PEM */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** false runs everything on the calling thread, on `clock`: for simulation and tests. Default true */
  readonly threads?: boolean;
}

export interface Cloud {
  readonly address: { readonly host: string; readonly port: number };
  readonly url: string;
  /** while nobody is set up: the one-time token that makes the first administrator */
  readonly setupToken: string | undefined;
  totals(): FleetTotals;
  /** Serves until aborted; then stops intake, finishes what was begun, packs and closes. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const DAY_US = 86_400e6;
const PRUNE_SETTING = 'pruneAfterMs';

/** Opens the data folder and listens. @throws UsageFault where it cannot */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { host = '127.0.0.1', open, clock, log } = options;
  if (open && !LOOPBACK.has(host)) {
    throw new UsageFault(`open mode serves this machine alone, not ${host}`, {
      op: 'cloud.start',
      hint: 'leave out --open, or --listen',
    });
  }
  const settings = completeSettings(options.settings);
  const desks = await openDesks(options, settings);
  const head = await loadHead(desks, settings, clock);
  const stream = new EmbeddedStream(desks.writer, (parcel, outcome) => head.took(parcel, outcome));
  const access = open ? openMode() : new ClosedAccess({ dataDir: options.dataDir, clock, log });
  const feed = new Feed(head, clock);
  const nowUs = (): number => clock.nowUs();
  const setPruneAfter = async (ms: number): Promise<void> => {
    await desks.writer.ask('setting', { name: PRUNE_SETTING, value: String(ms) });
    head.patience = { ...head.patience, pruneAfterMs: ms };
  };
  const answers = {
    ...access.answers,
    ...ingestAnswers({ stream, access, wantedModels: () => [] }),
    ...queryAnswers({ head, clock, ...desks }),
    ...scalableAnswers({ stream, access, head, nowUs, setPruneAfter }),
    ...edgeAnswers({ stream, access, nowUs, writer: desks.writer }),
    ...operationAnswers({ head, feed, stream, clock }),
  };
  const pageDir = options.pageDir ?? builtPageDir();
  const app = await createServer({
    answers,
    access,
    clock,
    log,
    pageDir,
    tls: options.tls,
    openViewer: joining(feed, access),
  });
  let port: number;
  try {
    port = await listen(app, { host, port: options.port });
  } catch (error) {
    access.close();
    await closeDesks(desks);
    throw error;
  }
  const scheme = options.tls === undefined ? 'http' : 'https';
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  log.info('the cloud listens', { url, open });
  return {
    address: { host, port },
    url,
    setupToken: access.setupToken,
    totals: () => head.totals(clock.nowUs()),
    run: (signal) => serve({ app, desks, feed, access, signal, log }),
  };
}

interface Desks {
  readonly writer: Desk<WriterCalls>;
  readonly reader: Desk<ReaderCalls>;
}

interface Serving {
  readonly app: FastifyInstance;
  readonly desks: Desks;
  readonly feed: Feed;
  readonly access: Access;
  readonly signal: AbortSignal;
  readonly log: Log;
}

async function serve({ app, desks, feed, access, signal, log }: Serving): Promise<void> {
  await Promise.all([feed.run(signal), access.run(signal)]);
  await app.close();
  await closeDesks(desks);
  access.close();
  log.info('the cloud has stopped');
}

async function closeDesks({ writer, reader }: Desks): Promise<void> {
  await reader.close();
  await writer.close();
}

async function openDesks(options: CloudOptions, settings: Settings): Promise<Desks> {
  const { dataDir, log } = options;
  const judging = {
    budgetPerWeek: settings.budgetPerWeek,
    rawRetentionUs: settings.rawRetentionDays * DAY_US,
  };
  const databasePath = databasePathIn(dataDir);
  if (options.threads === false) return openInline(options, judging);
  const writer = await ThreadDesk.start<WriterCalls>({
    file: threadFile(new URL('./stream/writerThread.ts', import.meta.url)),
    data: { dataDir, ...judging },
    log,
  });
  const reader = await ThreadDesk.start<ReaderCalls>({
    file: threadFile(new URL('./query/readerThread.ts', import.meta.url)),
    data: { databasePath },
    log,
  });
  return { writer, reader };
}

function openInline(
  { dataDir, clock, log }: CloudOptions,
  judging: { readonly budgetPerWeek: number | undefined; readonly rawRetentionUs: number },
): Desks {
  const folder = openFolder(dataDir);
  const openStore = (): SqliteWriter => new SqliteWriter(folder.databasePath);
  const worker = new Worker({ ...judging, openStore, clock, log });
  const clerk = new WriterClerk(worker, { clock, release: folder.release });
  return {
    writer: new InlineDesk<WriterCalls>(clerk),
    reader: new InlineDesk<ReaderCalls>(new ReaderClerk(new SqliteReader(folder.databasePath))),
  };
}

async function loadHead(
  { writer, reader }: Desks,
  settings: Settings,
  clock: Clock,
): Promise<Head> {
  const stored = await writer.ask('setting', { name: PRUNE_SETTING });
  const pruneAfterMs = stored === null ? settings.pruneAfterMs : Number(stored);
  const head = new Head({ offlineAfterMs: settings.offlineAfterMs, pruneAfterMs });
  const minutes = await reader.ask('anomalyMinutes', { sinceUs: clock.nowUs() - DAY_US });
  head.load(await writer.ask('view', {}), minutes);
  return head;
}

function joining(feed: Feed, access: Access): OpenViewer {
  return ({ principal, device, lastFrame, send, end }) => {
    const viewer = { device, send, end, holds: () => access.stillHolds(principal) };
    if (!feed.join(viewer, lastFrame)) return undefined;
    return { viewer, leave: () => feed.leave(viewer) };
  };
}
