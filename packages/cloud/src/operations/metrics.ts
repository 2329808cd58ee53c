/**
 * Metrics in Prometheus' own units and names. Labels are bounded lists (route, status class, reason, job): never a device,
 * never a sensor. Counters count since the start of the process.
 */
import { type Clock, US_PER_DAY, US_PER_SECOND } from '@fernsight/base';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Parcel } from '../ingest/parcel.ts';
import type { Feed } from '../live/feed.ts';
import type { Head } from '../live/head.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { DAMAGED, EVICTED, type Keep, type Usage } from '../store/store.ts';
import type { EmbeddedStream } from '../stream/stream.ts';
import type { Outcome } from '../worker/outcome.ts';

/** Some milliseconds are normal; the figures to hold are 10, 50 and 100 ms. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export interface Observed {
  readonly head: Head;
  readonly feed: Feed;
  readonly stream: EmbeddedStream;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly forecast: Forecast;
  readonly usage: () => Promise<Usage>;
  readonly keep: () => Keep;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #stored = this.#counter('readings_stored_total', 'readings that became durable', [
    'source',
  ]);
  readonly #duplicates = this.#counter(
    'readings_duplicate_total',
    'readings that were there already',
  );
  readonly #refused = this.#counter('readings_refused_total', 'readings that were not taken', [
    'reason',
  ]);
  readonly #anomalies = this.#counter('anomalies_total', 'verdicts that were anomalies');
  readonly #alarms = this.#counter('alarms_total', 'alarms that began');
  readonly #runs = this.#counter('job_runs_total', 'runs of a job that have ended', [
    'job',
    'result',
  ]);
  readonly #lastSuccess = new Gauge({
    name: 'fernsight_job_last_success_seconds',
    help: 'when the last run that succeeded ended',
    labelNames: ['job'],
    registers: [this.registry],
  });
  readonly #waits = this.#histogram('commit_wait_seconds', 'from a parcel to its durability');
  readonly #requests = this.#histogram('http_request_seconds', 'requests by route', [
    'route',
    'status',
  ]);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** @param waitMs how long the parcel waited to be durable */
  stored(parcel: Parcel, outcome: Outcome, waitMs: number): void {
    this.#stored.inc({ source: parcel.kind }, outcome.stored);
    this.#duplicates.inc(outcome.duplicates);
    if (outcome.expired > 0) this.#refused.inc({ reason: 'expired' }, outcome.expired);
    for (const { code } of outcome.refusals) this.#refused.inc({ reason: code });
    if (parcel.kind === 'plain') {
      for (const { count } of parcel.rejected) this.#refused.inc({ reason: 'invalid' }, count);
    }
    this.#anomalies.inc(outcome.tallies.reduce((sum, { told }) => sum + told, 0));
    this.#alarms.inc(outcome.edges.filter(({ on }) => on).length);
    this.#waits.observe(waitMs / 1000);
  }

  /** @param route its name in the table, or `page` */
  answered(route: string, status: number, ms: number): void {
    this.#requests.observe({ route, status: `${Math.floor(status / 100)}xx` }, ms / 1000);
  }

  /** A job's run has ended. */
  ran(job: string, failed: boolean, endUs: number): void {
    this.#runs.inc({ job, result: failed ? 'failure' : 'success' });
    if (!failed) this.#lastSuccess.set({ job }, endUs / US_PER_SECOND);
  }

  /** Adds what is read when somebody asks. */
  observe({ head, feed, stream, scheduler, forecast, clock, usage, keep }: Observed): void {
    const totals = () => head.totals(clock.nowUs());
    this.#gauge('devices', 'devices in the fleet view', () => totals().deviceCount);
    this.#gauge('devices_online', 'devices heard lately', () => totals().onlineCount);
    this.#gauge('series', 'series with readings', () => totals().seriesCount);
    this.#gauge(
      'readings',
      'readings stored since the store was made',
      () => totals().readingCount,
    );
    this.#gauge('stream_parcels', 'requests not yet durable', () => stream.depth().parcels);
    this.#gauge('stream_readings', 'readings not yet durable', () => stream.depth().readings);
    this.#gauge('stream_refused', 'requests refused at the bound', () => stream.depth().refused);
    this.#gauge('viewers', 'connections to the live feed', () => feed.viewerCount);
    this.#gauge('store_bytes', 'bytes in use', async () => (await usage()).bytes);
    this.#gauge('store_bytes_max', 'bytes that may be used', () => keep().bytesMax);
    this.#gauge(
      'store_full_in_seconds',
      'until the bound of bytes is reached at the present rate; NaN: not before retention makes room, or not known yet',
      async () => {
        const days = forecast.fullInDays(await usage(), keep(), clock.nowUs());
        return days === null ? Number.NaN : (days * US_PER_DAY) / US_PER_SECOND;
      },
    );
    this.#counts('store_evicted', 'what went for want of room since the store was opened', {
      names: EVICTED,
      read: async () => (await usage()).evicted,
    });
    this.#counts(
      'store_damaged',
      'rows of the journal that are set aside, and series a chunk of which could not be read since the store was opened',
      { names: DAMAGED, read: async () => (await usage()).damaged },
    );
    const jobs = (
      name: string,
      help: string,
      read: (job: ReturnType<Scheduler['list']>[number]) => number,
    ): void => {
      const collect = function (this: Gauge): void {
        for (const job of scheduler.list()) this.set({ job: job.name }, read(job));
      };
      const gauge = new Gauge({
        name: `fernsight_${name}`,
        help,
        labelNames: ['job'],
        registers: [],
        collect,
      });
      this.registry.registerMetric(gauge);
    };
    jobs('job_failed', 'the last run failed', ({ failed }) => (failed ? 1 : 0));
    jobs(
      'job_last_end_seconds',
      'when the last run ended',
      ({ lastEndUs = 0 }) => lastEndUs / US_PER_SECOND,
    );
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name: `fernsight_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, labelNames: string[] = []): Histogram {
    return new Histogram({
      name: `fernsight_${name}`,
      help,
      labelNames,
      buckets: SECONDS,
      registers: [this.registry],
    });
  }

  /** A gauge of several counts, by the label `what`. */
  #counts<Name extends string>(
    name: string,
    help: string,
    {
      names,
      read,
    }: {
      readonly names: readonly Name[];
      readonly read: () => Promise<Readonly<Record<Name, number>>>;
    },
  ): void {
    const collect = async function (this: Gauge): Promise<void> {
      const counts = await read();
      for (const what of names) this.set({ what }, counts[what]);
    };
    const gauge = new Gauge({
      name: `fernsight_${name}`,
      help,
      labelNames: ['what'],
      registers: [],
      collect,
    });
    this.registry.registerMetric(gauge);
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const collect = async function (this: Gauge): Promise<void> {
      this.set(await read());
    };
    this.registry.registerMetric(
      new Gauge({ name: `fernsight_${name}`, help, registers: [], collect }),
    );
  }
}
