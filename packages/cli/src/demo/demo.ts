/**
 * The demo: a cloud and a plant in one process, on loopback, with nothing simulated but the plant itself. Every reading
 * takes the path it would take in the field: source, judgement, outbox file, HTTP, store.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, makeFolder, US_PER_HOUR, UsageFault } from '@fernsight/base';
import { type Cloud, startCloud } from '@fernsight/cloud';
import { type Client, createClient } from '@fernsight/wire/client';

import type { Invocation } from '../invocation.ts';
import { openLog } from '../logging.ts';
import { ProgressLine } from '../progressLine.ts';
import {
  type Account,
  countStored,
  listAlarms,
  type Matched,
  matchAlarms,
  type Tally,
} from './account.ts';
import { Fleet } from './fleet.ts';

export interface DemoOptions {
  readonly port: number;
  /** kept at the end; undefined: a temporary folder that is removed */
  readonly dataDir: string | undefined;
  /** undefined: until Ctrl-C */
  readonly durationMs: number | undefined;
  /** undefined: another plant each time */
  readonly seed: number | undefined;
}

const PROGRESS_MS = 1_000;
/** How often the alarms are asked for meanwhile, and how far back, so that a demo of days stays cheap. */
const MATCH_MS = 3_000;
const MATCH_US = 2 * US_PER_HOUR;
/** What is on its way when the demo ends has so long to arrive. */
const FAREWELL_MS = 15_000;

/** @throws UsageFault where the port or the folder cannot be had */
export async function runDemo(options: DemoOptions, invocation: Invocation): Promise<void> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'fernsight-demo-'));
  if (existsSync(join(dataDir, 'fernsight.db'))) {
    throw new UsageFault(`${dataDir} holds the store of a server`, {
      op: 'demo.start',
      hint: 'give the demo a folder of its own with --data-dir',
    });
  }
  makeFolder(dataDir);
  try {
    await runIn(dataDir, options, invocation);
  } finally {
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  }
}

async function runIn(dataDir: string, options: DemoOptions, invocation: Invocation): Promise<void> {
  const { clock, stdout, stderr } = invocation;
  const signal = invocation.heedSignals();
  const rng = options.seed === undefined ? invocation.rng : createRng(options.seed);
  const log = await openLog('warn', stderr);
  const cloud = await startCloud({
    dataDir: join(dataDir, 'cloud'),
    host: '127.0.0.1',
    port: options.port,
    open: true,
    clock,
    rng: rng.fork('cloud'),
    log,
  });
  const cloudEnd = new AbortController();
  const serving = cloud.run(cloudEnd.signal);
  try {
    stdout.write(`\n  Fernsight watches a small plant: ${cloud.url}\n\n`);
    const fleet = new Fleet({ url: cloud.url, dataDir, clock, rng: rng.fork('fleet'), log });
    await watch(fleet, cloud, { options, invocation, signal });
    stdout.write(summarise(await settle(fleet, cloud, clock.nowUs())));
    if (options.dataDir !== undefined) stdout.write(`The data stays in ${dataDir}.\n`);
  } finally {
    cloudEnd.abort();
    await serving;
  }
}

interface Stage {
  readonly options: DemoOptions;
  readonly invocation: Invocation;
  readonly signal: AbortSignal;
}

/** Lets the fleet run for its time, telling how far it is; then lets it hand over what it has. */
async function watch(
  fleet: Fleet,
  cloud: Cloud,
  { options, invocation, signal }: Stage,
): Promise<void> {
  const { clock, stdout } = invocation;
  const ending = new AbortController();
  const limit = new AbortController();
  const running = fleet.run(ending.signal, limit.signal);
  const client = createClient({ baseUrl: cloud.url });
  const line = new ProgressLine(stdout, clock);
  const startMs = clock.monotonicMs();
  const elapsedMs = () => clock.monotonicMs() - startMs;
  const leftMs = () => (options.durationMs ?? Number.POSITIVE_INFINITY) - elapsedMs();
  let matched = await matchSince(fleet, client, clock.nowUs());
  for (let dueMs = MATCH_MS; !signal.aborted && leftMs() > 0; ) {
    line.show(progress({ fleet, cloud, matched, elapsedMs: elapsedMs() }));
    await Promise.race([running, clock.sleep(Math.min(PROGRESS_MS, leftMs()), signal)]);
    if (elapsedMs() < dueMs) continue;
    dueMs += MATCH_MS;
    matched = await matchSince(fleet, client, clock.nowUs());
  }
  line.end();
  ending.abort();
  await Promise.race([running, clock.sleep(FAREWELL_MS, limit.signal)]);
  limit.abort();
  await running;
}

async function matchSince(fleet: Fleet, client: Client, nowUs: number): Promise<Matched> {
  const fromUs = nowUs - MATCH_US;
  const incidents = fleet.incidents.filter(({ firstUs }) => firstUs >= fromUs);
  return matchAlarms(incidents, await listAlarms(client, fromUs), nowUs);
}

interface Progress {
  readonly fleet: Fleet;
  readonly cloud: Cloud;
  readonly matched: Matched;
  readonly elapsedMs: number;
}

function progress({ fleet, cloud, matched, elapsedMs }: Progress): string {
  const { deviceCount, readingCount } = cloud.totals();
  const parts = [
    `${Math.round(elapsedMs / 1_000)} s`,
    `${deviceCount} devices`,
    `readings ${grouped(fleet.takenCount)} sent, ${grouped(readingCount)} stored`,
    `anomalies ${describe(matched)}`,
  ];
  return `  ${parts.join(' · ')}`;
}

function describe({ injected, found, false: strays }: Matched): string {
  return `${injected} injected, ${found} found, ${strays} false`;
}

function describeKinds({ kinds: { spike, drift, dropout } }: Matched): string {
  const of = (name: string, { found, injected }: Tally) => `${name} ${found} of ${injected}`;
  return [of('spikes', spike), of('dropouts', dropout), of('drifts', drift)].join(', ');
}

async function settle(fleet: Fleet, cloud: Cloud, nowUs: number): Promise<Account> {
  const client = createClient({ baseUrl: cloud.url });
  const sent = fleet.takenCount;
  const stored = await countStored(client, fleet.devices);
  const waiting = fleet.waitingCount;
  const matched = matchAlarms(fleet.incidents, await listAlarms(client, 0), nowUs);
  return { sent, stored, waiting, lost: sent - stored - waiting, ...matched };
}

function summarise(account: Account): string {
  const { sent, stored, waiting, lost } = account;
  const undelivered = waiting === 0 ? '' : `, ${grouped(waiting)} not yet delivered`;
  return [
    '',
    `  readings   ${grouped(sent)} sent, ${grouped(stored)} stored, ${grouped(lost)} lost${undelivered}`,
    `  anomalies  ${describe(account)}`,
    `             ${describeKinds(account)}`,
    '             (found: an alarm began at its sensor while it lasted or within 30 s; false: one elsewhere)',
    '',
    '',
  ].join('\n');
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
