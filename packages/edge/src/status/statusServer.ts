/**
 * How the agent is, over HTTP on loopback: `/livez` (the process runs), `/readyz` (readings are being kept), and
 * `/metrics` in Prometheus' text format 0.0.4.
 */
import type { ServerResponse } from 'node:http';
import { errorMessage, UsageFault } from '@fernsight/base';
import type { AgentView } from '../agentView.ts';
import { createServer } from '../nodeHttp.ts';

export interface StatusServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param port 0 for any that is free
 * @throws UsageFault where the port is taken
 */
export async function startStatusServer(
  port: number,
  view: () => AgentView,
): Promise<StatusServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/livez') end(response, 200, 'ok\n');
    else if (path === '/readyz') ready(response, view());
    else if (path === '/metrics') end(response, 200, metricsOf(view()));
    else end(response, 404, 'GET /livez, /readyz or /metrics\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new UsageFault(`cannot listen on port ${port}: ${errorMessage(cause)}`, {
          op: 'status.listen',
          hint: 'choose another port',
          cause,
        }),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function ready(response: ServerResponse, { fault }: AgentView): void {
  if (fault === undefined) end(response, 200, 'ok\n');
  else end(response, 503, `the outbox takes no commits: ${fault}\n`);
}

function end(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4' }).end(body);
}

type Metric = readonly [name: string, type: 'counter' | 'gauge', help: string, value: number];

function metricsOf(view: AgentView): string {
  const { uplink } = view;
  const metrics: Metric[] = [
    ['readings_taken_total', 'counter', 'readings taken from the sources', view.taken],
    ['readings_invalid_total', 'counter', 'inputs that were no readings', view.invalid],
    ['readings_delivered_total', 'counter', 'acknowledged by the cloud', view.delivered],
    ['readings_thinned_total', 'counter', 'turned into minutes at the bound', view.thinned],
    ['readings_dropped_total', 'counter', 'given up for want of room', view.dropped],
    ['readings_rejected_total', 'counter', 'refused by the cloud', view.rejected],
    ['readings_lost_total', 'counter', 'in rows that could not be read', view.lost],
    [
      'interruptions_total',
      'counter',
      'ends that were not in order',
      view.interruptions?.count ?? 0,
    ],
    [
      'readings_interrupted_max_total',
      'counter',
      'may be missing after such ends, at most',
      view.interruptions?.readingsMax ?? 0,
    ],
    ['summaries_dropped_total', 'counter', 'window summaries given up', view.summariesDropped],
    ['outbox_readings', 'gauge', 'readings that wait for the cloud', view.waiting],
    ['outbox_bytes', 'gauge', 'bytes of the outbox in use', view.outboxBytes],
    ['outbox_writable', 'gauge', '1 while commits succeed', view.fault === undefined ? 1 : 0],
    ['sensors_silent', 'gauge', 'sensors overdue by their interval', view.silent.length],
    ['sources_failed', 'gauge', 'sources that wait for a restart', failedCount(view)],
    ['uplink_online', 'gauge', '1 while the cloud takes batches', uplink?.online === true ? 1 : 0],
    ['uplink_batches_total', 'counter', 'batches acknowledged', uplink?.sentCount ?? 0],
    ['uplink_failures_total', 'counter', 'exchanges that failed', uplink?.failedCount ?? 0],
  ];
  return metrics
    .map(([name, type, help, value]) => {
      const full = `fernsight_agent_${name}`;
      return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${full} ${value}\n`;
    })
    .join('');
}

function failedCount({ sources }: AgentView): number {
  return sources.filter(({ state }) => state === 'failed').length;
}
