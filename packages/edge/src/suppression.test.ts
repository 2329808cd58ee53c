import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock } from '@fernsight/base';
import { regionAround } from '@fernsight/detect';
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
  #news: BatchReply['suppression'];

  async exchange(batch: Batch): Promise<BatchReply> {
    if (this.isAway) throw new LinkError('unreachable', 'the cloud is away');
    const known = batch.status.suppression;
    this.known.push(known);
    this.#news ??= newsOf(batch);
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
  const { lower, upper, ...region } = regionAround([shown], { id: 9, recurrence: 'always' });
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
  const link = new Opinion();
  const agent = open('first', link);
  expect(push(agent, [0, QUIET], 12)).toMatchObject({ anomaly: true, suppressedBy: 0 });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  let hasNext = false;
  while (!link.known.includes(4)) {
    await clock.advance(1_000);
    await diskIdle();
    if (link.known.length === 0 || hasNext) continue;
    push(agent, [QUIET, QUIET + 1]);
    hasNext = true;
  }
  link.isAway = true;
  await agent.flush({ sync: false });
  cpSync(join(folder, 'first'), join(folder, 'crashed'), { recursive: true });

  const quiet = push(agent, [QUIET + 1, QUIET + 60], 12);
  expect(quiet).toMatchObject({ anomaly: false, alarm: false, suppressedBy: 9 });
  expect(push(agent, [QUIET + 60, QUIET + 120], -14)).toMatchObject({ anomaly: true });

  const again = open('crashed', link);
  expect(push(again, [QUIET + 1, QUIET + 60], 12)).toEqual(quiet);
  again.close();
  stop.abort();
  let ended = false;
  const end = running.finally(() => {
    ended = true;
  });
  while (!ended) {
    await clock.advance(100);
    await diskIdle();
  }
  await end;
  agent.close();
});
