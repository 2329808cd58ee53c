import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, JOINT_SENSOR, ManualClock } from '@fernsight/base';
import { jointRegionAround, regionAround } from '@fernsight/detect';
import type { Batch, BatchReply } from '@fernsight/wire/agent';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Agent, createAgent } from './agent.ts';
import { diskIdle } from './clock/diskIdle.ts';
import { type Link, LinkError } from './uplink/link.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;
const MINUTE_US = 60_000_000;
const QUIET = 1_500;
const chance = createRng('suppression');
const values = Array.from({ length: QUIET + 300 }, () => 20 + chance.normal());
let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'suppression-'));
  clock = new ManualClock(START_US + (QUIET + 300) * MINUTE_US);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A cloud whose people call the first anomaly that comes harmless; then it is away. */
class Opinion implements Link {
  readonly known: (number | undefined)[] = [];
  isAway = false;
  isTold = false;
  readonly #newsOf: (batch: Batch) => BatchReply['suppression'];
  #news: BatchReply['suppression'];

  constructor(newsOf: (batch: Batch) => BatchReply['suppression']) {
    this.#newsOf = newsOf;
  }

  async exchange(batch: Batch): Promise<BatchReply> {
    if (this.isAway) throw new LinkError('unreachable', 'the cloud is away');
    const known = batch.status.suppression;
    this.known.push(known);
    const news = this.#newsOf(batch);
    this.#news ??= news;
    this.isTold = this.#news !== undefined;
    const suppression = known === this.#news?.version ? undefined : this.#news;
    const reply = { status: 'stored', stored: batch.seqCount, duplicates: 0, serverUs: 0 } as const;
    return { ...reply, models: [], ...(suppression === undefined ? {} : { suppression }) };
  }
}

function newsOf({ series }: Batch): BatchReply['suppression'] {
  const run = series[0];
  const spike = run?.explained.find(({ row }) => row === QUIET - 1);
  if (run === undefined || spike === undefined) return undefined;
  expect(spike.onsetUs).toBe(stampOf(QUIET - 1));
  const shown = { tsUs: spike.onsetUs ?? 0, evidence: spike.evidence ?? [] };
  const { among, lower, upper, ...region } = regionAround([shown], { id: 9, recurrence: 'always' });
  const regions = [{ ...region, lower: [...lower], upper: [...upper] }];
  return { version: 4, series: [{ device: 'edge-1', sensor: 'heat', regions }] };
}

const stampOf = (index: number): number => START_US + index * MINUTE_US;

function open(name: string, link: Link): Agent {
  mkdirSync(join(folder, name), { recursive: true });
  const outbox = join(folder, name, 'outbox.db');
  return createAgent({ device: 'edge-1', outbox, clock, rng: createRng(name), link });
}

function push(agent: Agent, [from, to]: readonly [number, number], bump = 0) {
  for (let index = from; index < to - 1; index++) {
    agent.push({ sensor: 'heat', tsUs: stampOf(index), value: values[index] ?? 0 });
  }
  const value = (values[to - 1] ?? 0) + bump;
  const verdict = agent.push({ sensor: 'heat', tsUs: stampOf(to - 1), value });
  const { anomaly, alarm, suppressedBy, score } = verdict ?? {};
  return { anomaly, alarm, suppressedBy, score };
}

it('a region comes with a reply, holds offline, and after a crash from where it began to hold', async () => {
  const link = new Opinion(newsOf);
  const agent = open('first', link);
  expect(push(agent, [0, QUIET], 12)).toMatchObject({ anomaly: true, suppressedBy: 0 });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  await heard(link, () => push(agent, [QUIET, QUIET + 1]));
  link.isAway = true;
  await agent.flush({ sync: false });
  cpSync(join(folder, 'first'), join(folder, 'crashed'), { recursive: true });

  const quiet = push(agent, [QUIET + 1, QUIET + 60], 12);
  expect(quiet).toMatchObject({ anomaly: false, alarm: false, suppressedBy: 9 });
  expect(push(agent, [QUIET + 60, QUIET + 120], -14)).toMatchObject({ anomaly: true });

  const again = open('crashed', link);
  expect(push(again, [QUIET + 1, QUIET + 60], 12)).toEqual(quiet);
  again.close();
  await end(agent, running, stop);
});

const SENSORS = ['flow', 'heat', 'load'];
const EVENT = [1.8, -1.8, 0];
const own = SENSORS.map((sensor) => {
  const rng = createRng(sensor);
  return values.map(() => rng.normal());
});

/** Pushes rows of three sensors that follow each other. */
function pushRows(agent: Agent, [from, to]: readonly [number, number], off = [0, 0, 0]): void {
  for (let row = from; row < to; row++) {
    for (const [at, sensor] of SENSORS.entries()) {
      const value = 2 * (values[row] ?? 0) + (own[at]?.[row] ?? 0) + (off[at] ?? 0);
      agent.push({ sensor, tsUs: stampOf(row), value });
    }
  }
}

type JointRow = Batch['joint'][number]['explained'][number] & { readonly tsUs: number };

/** @returns what a batch tells of the rows of a device */
function rowsOf({ joint }: Batch): JointRow[] {
  return joint.flatMap(({ firstUs, deltaUs, explained }) => {
    let tsUs = firstUs;
    const stamps = deltaUs.map((step) => (tsUs += step));
    return explained.map((row) => ({ ...row, tsUs: stamps[row.row] ?? 0 }));
  });
}

/** A cloud whose people call the first event over all sensors harmless, once its batch is there. */
function jointOpinion(seen: JointRow[]): Opinion {
  return new Opinion((batch) => {
    seen.push(...rowsOf(batch));
    const told = seen.find(({ alarm }) => alarm);
    if (told === undefined || seen.length < 40) return undefined;
    const event = seen.filter(({ shown }) => shown?.onsetUs === told.shown?.onsetUs);
    const shown = event.flatMap((row) => (row.shown ? [{ tsUs: row.tsUs, ...row.shown }] : []));
    const region = jointRegionAround(shown, { id: 9, recurrence: 'always' });
    const { among = [], lower, upper } = region;
    const bounds = { among: [...among], lower: [...lower], upper: [...upper] };
    const series = { device: 'edge-1', sensor: JOINT_SENSOR, regions: [{ ...region, ...bounds }] };
    return { version: 4, series: [series] };
  });
}

it('a region over all sensors comes with a reply and holds offline, and after a crash too', async () => {
  const seen: JointRow[] = [];
  const link = jointOpinion(seen);
  const agent = open('first', link);
  pushRows(agent, [0, 1_400]);
  pushRows(agent, [1_400, 1_440], EVENT);
  pushRows(agent, [1_440, 1_600]);
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  await heard(link, () => pushRows(agent, [1_600, 1_601]));
  link.isAway = true;
  await agent.flush({ sync: false });
  cpSync(join(folder, 'first'), join(folder, 'crashed'), { recursive: true });

  const after = async (one: Agent, rows: JointRow[]): Promise<JointRow[]> => {
    pushRows(one, [1_601, 1_641], EVENT);
    pushRows(one, [1_641, 1_700]);
    pushRows(one, [1_700, 1_740], [0, 1.8, -1.8]);
    pushRows(one, [1_740, 1_741]);
    link.isAway = false;
    while (!rows.some(({ tsUs, alarm }) => alarm && tsUs > stampOf(1_700))) {
      await clock.advance(1_000);
      await diskIdle();
    }
    return rows.filter(({ tsUs }) => tsUs >= stampOf(1_601) && tsUs < stampOf(1_720));
  };
  const rows = await after(agent, seen);
  const event = rows.filter(({ tsUs }) => tsUs < stampOf(1_700));
  expect(event.filter(({ alarm, anomaly }) => alarm || anomaly)).toEqual([]);
  expect(event.filter(({ shown }) => shown?.suppressedBy === 9).length).toBeGreaterThan(5);
  await end(agent, running, stop);

  const seenAgain: JointRow[] = [];
  const again = open('crashed', jointOpinion(seenAgain));
  const stopAgain = new AbortController();
  const runningAgain = again.run(stopAgain.signal);
  const plain = ({ row: _, ...rest }: JointRow) => rest;
  expect((await after(again, seenAgain)).map(plain)).toEqual(rows.map(plain));
  await end(again, runningAgain, stopAgain);
});

/** Lets the agent run until its cloud knows that it holds the regions. @param more what is pushed once it was told them */
async function heard(link: Opinion, more: () => void): Promise<void> {
  let hasMore = false;
  while (!link.known.includes(4)) {
    await clock.advance(1_000);
    await diskIdle();
    if (!link.isTold || hasMore) continue;
    more();
    hasMore = true;
  }
}

async function end(agent: Agent, running: Promise<void>, stop: AbortController): Promise<void> {
  stop.abort();
  let ended = false;
  const ending = running.finally(() => {
    ended = true;
  });
  while (!ended) {
    await clock.advance(100);
    await diskIdle();
  }
  await ending;
  agent.close();
}
