/** The routes that machines ask: is it up, does it take readings, and how is it (Prometheus). No device id is a label. */
import type { Clock } from '@fernsight/base';
import { Gauge, Registry } from 'prom-client';
import type { Answers } from '../http/answer.ts';
import type { Feed } from '../live/feed.ts';
import type { Head } from '../live/head.ts';
import type { EmbeddedStream } from '../stream/stream.ts';

export interface OperationOptions {
  readonly head: Head;
  readonly feed: Feed;
  readonly stream: EmbeddedStream;
  readonly clock: Clock;
}

export function operationAnswers(options: OperationOptions): Answers {
  const registry = createMetrics(options);
  return {
    livez: () => ({ status: 200, body: { status: 'ok' } }),
    readyz: () => ({ status: 200, body: { status: 'ok' } }),
    metrics: async () => ({
      status: 200,
      body: await registry.metrics(),
      headers: { 'content-type': registry.contentType },
    }),
  };
}

function createMetrics({ head, feed, stream, clock }: OperationOptions): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, read: () => number): void => {
    const collect = function (this: Gauge): void {
      this.set(read());
    };
    registry.registerMetric(new Gauge({ name: `fernsight_${name}`, help, registers: [], collect }));
  };
  const totals = () => head.totals(clock.nowUs());
  gauge('devices', 'devices in the fleet view', () => totals().deviceCount);
  gauge('devices_online', 'devices heard lately', () => totals().onlineCount);
  gauge('series', 'series with readings', () => totals().seriesCount);
  gauge(
    'readings_stored_total',
    'readings stored since the store was made',
    () => totals().readingCount,
  );
  gauge(
    'readings_per_second',
    'readings stored a second, over five seconds',
    () => totals().readingsPerSecond,
  );
  gauge('anomalies_last_hour', 'anomalies by their stamps', () => totals().anomaliesHour);
  gauge('alarms_last_hour', 'alarms by their stamps', () => totals().alarmsHour);
  gauge('stream_parcels', 'requests accepted and not yet durable', () => stream.depth().parcels);
  gauge('stream_readings', 'readings accepted and not yet durable', () => stream.depth().readings);
  gauge(
    'stream_refused_total',
    'requests refused because the stream was full',
    () => stream.depth().refused,
  );
  gauge('viewers', 'connections to the live feed', () => feed.viewerCount);
  gauge('process_resident_memory_bytes', 'resident memory', () => process.memoryUsage.rss());
  return registry;
}
