/**
 * The cloud in one process, on SQLite: where everything of this mode is put together, and the only file that knows how.
 *
 *     HTTP thread: ingest, head, live, incidents, answers · writer thread: de-duplicate, judge, commit, pack · reader
 *     thread: the past
 */
import {
  type Clock,
  errorMessage,
  type Log,
  type Probe,
  type Rng,
  US_PER_DAY,
} from '@fernsight/base';
import type { FleetTotals, MaintenanceWindow } from '@fernsight/wire';
import type { Access } from './access/access.ts';
import { audited } from './access/audited.ts';
import { ClosedAccess } from './access/closedAccess.ts';
import { openMode } from './access/openMode.ts';
import type { PasswordCost } from './access/password.ts';
import { ChosenSettings } from './chosenSettings.ts';
import { closeDesks, type Desks } from './desks.ts';
import { Feedback } from './feedback/feedback.ts';
import type { Answers } from './http/answer.ts';
import { type Caller, createCaller } from './http/call.ts';
import { builtPageDir } from './http/page.ts';
import { createServer, listen } from './http/server.ts';
import type { OpenViewer } from './http/viewer.ts';
import { Incidents } from './incidents/incidents.ts';
import { maintenanceNews } from './incidents/maintenanceNews.ts';
import { standingAlarms } from './incidents/standing.ts';
import { ingestAnswers } from './ingest/answers.ts';
import { Feed } from './live/feed.ts';
import { Head } from './live/head.ts';
import { WatchRelay } from './live/watch.ts';
import { openModels, type ServerModels } from './model/serverModels.ts';
import { operationAnswers } from './operations/answers.ts';
import { Metrics } from './operations/metrics.ts';
import { storageAnswers } from './operations/storage.ts';
import { edgeAnswers } from './originals/edge.ts';
import { scalableAnswers } from './originals/scalable.ts';
import { queryAnswers } from './query/answers.ts';
import { exportAnswers } from './query/export.ts';
import { backupJobs } from './scheduler/backupJob.ts';
import { checkJob } from './scheduler/checkJob.ts';
import { Forecast } from './scheduler/forecast.ts';
import { keepOf, upkeepJobs } from './scheduler/jobs.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import type { Settings } from './settings.ts';
import type { Keep } from './store/store.ts';
import { EmbeddedStream } from './stream/stream.ts';
import { runTogether } from './together.ts';

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
  /** what a simulation lends, where there are no threads */
  readonly probe?: Probe;
  /** what a password's hash costs: less in tests. Default: right for people */
  readonly passwordCost?: PasswordCost;
}

export interface Cloud {
  readonly address: { readonly host: string; readonly port: number };
  readonly url: string;
  /** while nobody is set up: the one-time token that makes the first administrator */
  readonly setupToken: string | undefined;
  totals(): FleetTotals;
  /**
   * Serves until aborted; then stops intake, finishes what was begun, packs and closes.
   * @throws Fault where a part of the server failed and it ended by itself
   */
  run(signal: AbortSignal): Promise<void>;
}

/** Puts the server together and listens. @param desks of its data folder. @throws UsageFault where it cannot */
export async function serveCloud(
  options: CloudOptions & { readonly host: string },
  settings: Settings,
  desks: Desks,
): Promise<Cloud> {
  const { host, open, clock, log, tls } = options;
  const parts = await assemble(options, settings, desks);
  try {
    const { access, feed } = parts;
    const pageDir = options.pageDir ?? builtPageDir();
    const openViewer = joining(feed, access);
    const app = await createServer({
      answers: answersOf(parts),
      access,
      clock,
      log,
      pageDir,
      tls,
      openViewer,
      onAnswered: (route, status, ms) => parts.metrics.answered(route, status, ms),
    });
    const port = await listen(app, { host, port: options.port });
    const url = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
    log.info('the cloud listens', { url, open });
    return {
      address: { host, port },
      url,
      setupToken: access.setupToken,
      totals: () => parts.head.totals(clock.nowUs()),
      run: async (signal) => {
        const { writer, reader } = desks;
        const watched = [
          (end: AbortSignal) => writer.run(end),
          (end: AbortSignal) => reader.run(end),
        ];
        try {
          await runTogether([...loopsOf(parts), ...watched], signal, (error) =>
            log.error('a part of the server failed, and the server ends', {
              reason: errorMessage(error),
            }),
          );
        } finally {
          await app.close();
          await closeParts(parts);
          log.info('the cloud has stopped');
        }
      },
    };
  } catch (error) {
    await closeParts(parts);
    throw error;
  }
}

/** The cloud without a socket, on the calling thread: its routes are called. */
export interface InlineCloud {
  readonly call: Caller;
  readonly desks: Desks;
  totals(): FleetTotals;
  run(signal: AbortSignal): Promise<void>;
}

export type InlineOptions = Omit<CloudOptions, 'port' | 'host' | 'tls' | 'threads' | 'pageDir'>;

/** Puts the cloud together and listens nowhere. */
export async function serveInline(
  options: InlineOptions,
  settings: Settings,
  desks: Desks,
): Promise<InlineCloud> {
  const { clock, log } = options;
  const inline = { ...options, port: 0, threads: false };
  const parts = await assemble(inline, settings, desks);
  return {
    desks,
    call: createCaller({ answers: answersOf(parts), access: parts.access, clock, log }),
    totals: () => parts.head.totals(clock.nowUs()),
    run: async (signal) => {
      await Promise.all(loopsOf(parts).map((loop) => loop(signal)));
      await closeParts(parts);
    },
  };
}

interface Parts {
  readonly options: CloudOptions;
  readonly chosen: ChosenSettings;
  readonly keep: () => Keep;
  readonly feedback: Feedback;
  readonly desks: Desks;
  readonly access: Access;
  readonly head: Head;
  readonly feed: Feed;
  readonly stream: EmbeddedStream;
  readonly incidents: Incidents;
  readonly models: ServerModels;
  readonly relay: WatchRelay;
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  readonly forecast: Forecast;
  /** rows of the journal that are set aside, as of the start */
  readonly damagedRows: number;
}

async function assemble(options: CloudOptions, settings: Settings, desks: Desks): Promise<Parts> {
  const { dataDir, open, clock, rng, log } = options;
  const chosen = await ChosenSettings.open(settings, desks.writer);
  const head = new Head(patienceOf(chosen.now), clock);
  chosen.onChange((now) => {
    head.patience = patienceOf(now);
  });
  const { views, minutes, damagedRows } = await found(desks, clock);
  head.load(views, minutes);
  const onMaintenance = async (windows: readonly MaintenanceWindow[]) => {
    await desks.writer.ask('maintain', windows);
  };
  const machine = { clock, rng: rng.fork('incidents'), log };
  const incidents = new Incidents({ dataDir, ...machine, onMaintenance });
  await onMaintenance(incidents.windows());
  incidents.reconcile(standingAlarms(views), head.silentDevices());
  const relay = new WatchRelay(incidents, head);
  const metrics = new Metrics();
  const stream = new EmbeddedStream(desks.writer, clock, (parcel, outcome, waitMs) => {
    head.took(parcel, outcome);
    relay.took(outcome.edges);
    metrics.stored(parcel, outcome, waitMs);
  });
  const feed = new Feed(head, clock);
  const keep = () => keepOf(chosen.now, dataDir);
  const forecast = new Forecast();
  const feedback = new Feedback({
    dataDir,
    desks,
    clock,
    findIncident: (id) => incidents.find(id),
    acknowledge: (id, by) => incidents.acknowledge(id, by),
    parentOf: (device) => head.parentOf(device),
  });
  await feedback.reconcile();
  const { threads = true, probe } = options;
  const models = await openModels({
    dataDir,
    desks,
    inMaintenance: (device, tsUs) => incidents.inMaintenance(device, tsUs),
    labelsOf: (device, fromUs, toUs) => feedback.labelsOf(device, fromUs, toUs),
    budgetPerWeek: settings.budgetPerWeek,
    clock,
    log,
    threads,
    probe,
  });
  const jobs = [
    ...upkeepJobs({ writer: desks.writer, clock, keep, forecast, log }),
    ...backupJobs(settings, { dataDir, clock, log }),
    checkJob({ dataDir, log, threads, probe }),
    ...models.jobs,
  ];
  const scheduler = new Scheduler(jobs, { clock, log, onRun: (...run) => metrics.ran(...run) });
  const usage = () => desks.writer.ask('usage', null);
  metrics.observe({ head, feed, stream, scheduler, forecast, clock, usage, keep });
  return {
    options,
    chosen,
    keep,
    feedback,
    desks,
    metrics,
    access: open ? openMode() : new ClosedAccess(options),
    head,
    feed,
    stream,
    incidents,
    models,
    relay,
    scheduler,
    forecast,
    damagedRows,
  };
}

/** What is in the store at the start. The reader is asked last: it waits for the writer to have made the store. */
async function found({ writer, reader }: Desks, clock: Clock) {
  const [views, { damaged }] = await Promise.all([
    writer.ask('view', {}),
    writer.ask('usage', null),
  ]);
  const minutes = await reader.ask('anomalyMinutes', { sinceUs: clock.nowUs() - US_PER_DAY });
  return { views, minutes, damagedRows: damaged.journalRows };
}

function answersOf({
  options,
  chosen,
  keep,
  feedback,
  desks,
  access,
  head,
  metrics,
  stream,
  incidents,
  models,
  scheduler,
  forecast,
  damagedRows,
}: Parts): Answers {
  const { clock } = options;
  const { writer } = desks;
  const nowUs = (): number => clock.nowUs();
  const setPruneAfter = (ms: number): Promise<void> => chosen.change({ pruneAfterMs: ms });
  const answers = {
    ...access.answers,
    ...incidents.answers,
    ...models.answers,
    ...feedback.answers,
    ...chosen.answers,
    ...ingestAnswers({
      stream,
      access,
      writer,
      wantedModels: (batch, receivedUs) => models.hear(batch, receivedUs),
      suppressionNews: (agent, known) => feedback.newsFor(agent, known),
      maintenanceNews: (agent, known) => {
        const isOwn = (device: string) => device === agent || head.parentOf(device) === agent;
        return maintenanceNews(incidents.windows(), isOwn, known);
      },
    }),
    ...queryAnswers({ head, clock, ...desks, labelled: (rows) => feedback.labelled(rows) }),
    ...exportAnswers(desks),
    ...scalableAnswers({ stream, access, head, nowUs, setPruneAfter }),
    ...edgeAnswers({ stream, access, nowUs, writer }),
    ...operationAnswers({ metrics, stream, desks, damagedRows }),
    ...storageAnswers({ scheduler, forecast, writer, head, clock, keep }),
  };
  return audited(answers, access);
}

function loopsOf(parts: Parts): ((signal: AbortSignal) => Promise<void>)[] {
  const { access, feed, incidents, relay, scheduler, options } = parts;
  return [
    (signal) => feed.run(signal),
    (signal) => access.run(signal),
    (signal) => incidents.run(signal),
    (signal) => scheduler.run(signal),
    (signal) => relay.run(options.clock, options.log, signal),
  ];
}

async function closeParts({ desks, access, incidents, models, feedback }: Parts): Promise<void> {
  await models.close();
  await closeDesks(desks);
  incidents.close();
  feedback.close();
  access.close();
}

function patienceOf({ offlineAfterMs, pruneAfterMs }: Settings) {
  return { offlineAfterMs, pruneAfterMs };
}

function joining(feed: Feed, access: Access): OpenViewer {
  return ({ principal, device, lastFrame, send, end }) => {
    const viewer = { device, send, end, holds: () => access.stillHolds(principal) };
    if (!feed.join(viewer, lastFrame)) return undefined;
    return { viewer, leave: () => feed.leave(viewer) };
  };
}
