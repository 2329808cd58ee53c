/** The agent as a program: made from settings, run until its sources end, its time is up or it is stopped. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '@fernsight/base';
import {
  type Agent,
  type AgentOptions,
  type AgentView,
  createAgent,
  createHttpLink,
  startStatusServer,
} from '@fernsight/edge';
import { readCertificate } from '../certificate.ts';
import type { Invocation, Terminal } from '../invocation.ts';
import { openLog } from '../logging.ts';
import type { Settings } from '../settings/schema.ts';
import { cardsOf, cardsOfSource, checkInputs, createSources } from './sources.ts';
import { draw, openScreen } from './watch.ts';

export interface RunAgentOptions {
  /** false: hand over what waits, and take nothing new */
  readonly reads: boolean;
  /** show values and verdicts on the terminal as they come */
  readonly watch: boolean;
  /** undefined: until the sources end or it is stopped */
  readonly durationMs: number | undefined;
}

/**
 * @returns its state at the end
 * @throws UsageFault where a file, a column or the data folder cannot be had
 */
export async function runAgent(
  { edge, log: { level } }: Settings,
  { durationMs, reads, watch }: RunAgentOptions,
  invocation: Invocation,
): Promise<AgentView> {
  const { clock, stdout, stderr } = invocation;
  const signal = invocation.heedSignals();
  const device = edge.deviceId ?? hostname();
  const sensors = cardsOf(edge);
  const sources = reads ? createSources(edge, { device, sensors, invocation }) : [];
  if (reads) await checkInputs(edge);
  const screen = watch
    ? openScreen(stdout, [...sources.flatMap(cardsOfSource), ...sensors])
    : undefined;
  // Lines of the log would run into the screen, which shows the agent's state itself.
  makeFolder(edge.dataDir);
  const log = await openLog(watch ? 'error' : level, stderr);
  const tally = { judged: 0, anomalies: 0 };
  const agent = createAgent({
    ...optionsOf(edge, device),
    sources,
    sensors,
    clock,
    rng: invocation.rng,
    log,
    onVerdict(reading, verdict) {
      screen?.observe(reading, verdict);
      tally.judged++;
      if (verdict.anomaly) tally.anomalies++;
    },
  });
  const time = new AbortController();
  const end = AbortSignal.any([signal, time.signal]);
  const alongside = [
    durationMs === undefined ? undefined : clock.sleep(durationMs, end).then(() => time.abort()),
    screen === undefined ? undefined : draw(screen, agent, { clock, terminal: stdout, end }),
  ];
  try {
    await runBesideStatus(agent, edge.statusPort, { stdout, end });
    time.abort();
    await Promise.all(alongside);
    const view = agent.status();
    stdout.write(summarise(view, tally));
    return view;
  } finally {
    time.abort();
    agent.close();
  }
}

/** Runs the agent, with its state served on loopback where a port was given. */
async function runBesideStatus(
  agent: Agent,
  statusPort: number | undefined,
  { stdout, end }: { readonly stdout: Terminal; readonly end: AbortSignal },
): Promise<void> {
  if (statusPort === undefined) return agent.run(end, { untilDone: true });
  const server = await startStatusServer(statusPort, () => agent.status());
  stdout.write(`${server.url} serves /livez, /readyz and /metrics\n`);
  try {
    await agent.run(end, { untilDone: true });
  } finally {
    await server.close();
  }
}

/** What was judged in this run; the agent's own counts go back to the making of its outbox. */
interface Tally {
  judged: number;
  anomalies: number;
}

/** @returns the path of the outbox that an agent with these settings has */
export function outboxOf({ dataDir }: Settings['edge']): string {
  return join(dataDir, 'outbox.db');
}

/** What an agent's settings say of it, apart from where its readings come from. */
function optionsOf(edge: Settings['edge'], device: string): AgentOptions {
  const { cloudUrl: url, token, modelKey } = edge;
  const ca = readCertificate(edge.cloudCa);
  const link =
    edge.offline || url === undefined ? undefined : createHttpLink({ url, device, token, ca });
  return {
    device,
    outbox: outboxOf(edge),
    link,
    modelKey,
    commitIntervalMs: edge.commitInterval,
    syncIntervalMs: edge.fsyncInterval,
    sendIntervalMs: edge.syncInterval,
    outboxBytesMax: edge.outboxMax,
    atBound: edge.atBound,
    budgetPerWeek: edge.budgetPerWeek,
    utcOffsetMinutes: edge.utcOffset,
  };
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
