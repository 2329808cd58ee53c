/** The agent as a program: made from settings, run until its sources end, its time is up or it is stopped. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Log, makeFolder } from '@fernsight/base';
import { type Agent, type AgentView, createAgent, createHttpLink } from '@fernsight/edge';

import type { Invocation } from '../invocation.ts';
import { openLog } from '../logging.ts';
import type { Settings } from '../settings/schema.ts';
import { cardsOf, createSources } from './sources.ts';

export interface RunAgentOptions {
  /** false: hand over what waits, and take nothing new */
  readonly reads: boolean;
  /** undefined: until the sources end or it is stopped */
  readonly durationMs: number | undefined;
}

/** @throws UsageFault where a file, a column or the data folder cannot be had */
export async function runAgent(
  { edge, log: { level } }: Settings,
  { durationMs, reads }: RunAgentOptions,
  invocation: Invocation,
): Promise<void> {
  const { clock, signal, stdout, stderr } = invocation;
  makeFolder(edge.dataDir);
  const log = openLog(level, stderr);
  const tally = { judged: 0, anomalies: 0 };
  const agent = openAgent(edge, { invocation, log, reads, tally });
  const timer = new AbortController();
  const end = AbortSignal.any([signal, timer.signal]);
  const timeUp =
    durationMs === undefined ? undefined : clock.sleep(durationMs, end).then(() => timer.abort());
  try {
    await agent.run(end, { untilDone: true });
    stdout.write(summarise(agent.status(), tally));
  } finally {
    timer.abort();
    await timeUp;
    agent.close();
  }
}

/** What was judged in this run; the agent's own counts go back to the making of its outbox. */
interface Tally {
  judged: number;
  anomalies: number;
}

interface Surroundings {
  readonly invocation: Invocation;
  readonly log: Log;
  readonly reads: boolean;
  readonly tally: Tally;
}

/** @returns the path of the outbox that an agent with these settings has */
export function outboxOf({ dataDir }: Settings['edge']): string {
  return join(dataDir, 'outbox.db');
}

function openAgent(edge: Settings['edge'], { invocation, log, reads, tally }: Surroundings): Agent {
  const { clock, rng } = invocation;
  const device = edge.deviceId ?? hostname();
  const sensors = cardsOf(edge);
  const { cloudUrl: url, token } = edge;
  const link =
    edge.offline || url === undefined ? undefined : createHttpLink({ url, device, token, clock });
  return createAgent({
    device,
    outbox: outboxOf(edge),
    sources: reads ? createSources(edge, { device, sensors, invocation }) : [],
    sensors,
    link,
    clock,
    rng,
    log,
    commitIntervalMs: edge.commitInterval,
    syncIntervalMs: edge.fsyncInterval,
    sendIntervalMs: edge.syncInterval,
    outboxBytesMax: edge.outboxMax,
    atBound: edge.atBound,
    budgetPerWeek: edge.budgetPerWeek,
    utcOffsetMinutes: edge.utcOffset,
    onVerdict(_, verdict) {
      tally.judged++;
      if (verdict.anomaly) tally.anomalies++;
    },
  });
}

function summarise(view: AgentView, { judged, anomalies }: Tally): string {
  const gone = view.dropped + view.rejected + view.lost;
  const parts = [
    `${judged} readings judged`,
    `${anomalies} anomalies`,
    `${view.invalid} invalid`,
    `${view.delivered} delivered`,
    `${view.waiting} waiting`,
    ...(view.thinned > 0 ? [`${view.thinned} thinned`] : []),
    ...(gone > 0 ? [`${gone} gone`] : []),
  ];
  return `${view.device}: ${parts.join(', ')}\n`;
}
