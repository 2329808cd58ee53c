/** What an agent takes in maintenance is judged and not learnt: windows come with a reply, and hold offline and after a crash. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock } from '@fernsight/base';
import { createVerdict, SeriesJudge } from '@fernsight/detect';
import type { Batch, BatchReply } from '@fernsight/wire/agent';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Agent, createAgent } from './agent.ts';
import { diskIdle } from './clock/diskIdle.ts';
import { type Link, LinkError } from './uplink/link.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;
const SECOND_US = 1_000_000;
const ROWS = 1_200;
/** rows of a window, which comes back every EVERY rows */
const [FROM, TO, EVERY] = [500, 580, 300];
const stampOf = (row: number): number => START_US + row * SECOND_US;
const isCovered = (row: number): boolean => row >= FROM && (row - FROM) % EVERY < TO - FROM;
const chance = createRng('maintenance');
/** The process stands on its head while people work on it. */
const values = Array.from({ length: ROWS }, (_, row) => {
  return (isCovered(row) ? 70 : 20) + chance.normal();
});
const WINDOW = { startUs: stampOf(FROM), endUs: stampOf(TO), everyUs: EVERY * SECOND_US };

let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maintenance-'));
  clock = new ManualClock(stampOf(ROWS + 10));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A cloud that tells its windows to who does not hold them, and notes from which readings nothing was learnt. */
class Planner implements Link {
  isAway = false;
  windows: NonNullable<BatchReply['maintenance']>['windows'] = [{ device: 'edge-1', ...WINDOW }];
  readonly held: (string | undefined)[] = [];
  readonly unlearnt: number[] = [];

  async exchange(batch: Batch): Promise<BatchReply> {
    if (this.isAway) throw new LinkError('unreachable', 'the cloud is away');
    for (const { firstUs, deltaUs, stages } of batch.series) {
      let tsUs = firstUs;
      for (const [row, step] of deltaUs.entries()) {
        tsUs += step;
        const { unlearnt = false } = stages.findLast((one) => one.row <= row) ?? {};
        if (unlearnt) this.unlearnt.push((tsUs - START_US) / SECOND_US);
      }
    }
    this.held.push(batch.status.maintenance);
    const version = `of ${this.windows.length}`;
    const maintenance = { version, windows: this.windows };
    const reply = { status: 'stored', stored: batch.seqCount, duplicates: 0, serverUs: 0 } as const;
    return {
      ...reply,
      models: [],
      ...(batch.status.maintenance === version ? {} : { maintenance }),
    };
  }
}

function open(name: string, link: Link): Agent {
  mkdirSync(join(folder, name), { recursive: true });
  const outbox = join(folder, name, 'outbox.db');
  return createAgent({ device: 'edge-1', outbox, clock, rng: createRng(name), link });
}

/** @returns score and alarm of each row in [from, to) */
function push(agent: Agent, [from, to]: readonly [number, number]): [number, boolean][] {
  return values.slice(from, to).map((value, index) => {
    const verdict = agent.push({ sensor: 'heat', tsUs: stampOf(from + index), value });
    return [verdict?.score ?? -1, verdict?.alarm ?? false];
  });
}

/** The same by one judge that is shown what was taken in maintenance and learns nothing of it. */
function reference(): [number, boolean][] {
  const judge = new SeriesJudge({});
  const verdict = createVerdict();
  return values.map((value, row) => {
    if (isCovered(row)) judge.glance(stampOf(row), value, verdict);
    else judge.judge(stampOf(row), value, verdict);
    return [verdict.score, verdict.alarm];
  });
}

async function until(agent: Agent, isReached: () => boolean): Promise<void> {
  const stop = new AbortController();
  let ended = false;
  const running = agent.run(stop.signal).finally(() => {
    ended = true;
  });
  while (!isReached()) {
    await clock.advance(1_000);
    await diskIdle();
  }
  stop.abort();
  while (!ended) {
    await clock.advance(100);
    await diskIdle();
  }
  await running;
}

it('is judged and not learnt, each time the window comes, offline, and over a kill in the window', async () => {
  const expected = reference();
  const link = new Planner();
  const agent = open('first', link);
  expect(push(agent, [0, 400])).toEqual(expected.slice(0, 400));
  await until(agent, () => link.held.includes('of 1'));
  link.isAway = true;
  expect(push(agent, [400, 540])).toEqual(expected.slice(400, 540));
  await agent.flush({ sync: false });
  cpSync(join(folder, 'first'), join(folder, 'killed'), { recursive: true });
  expect(push(agent, [540, ROWS])).toEqual(expected.slice(540));
  expect(expected.slice(FROM, TO).some(([, alarm]) => alarm)).toBe(false);

  const again = open('killed', link);
  expect(push(again, [540, 700])).toEqual(expected.slice(540, 700));
  // the windows are taken back while what was not learnt is still to be replayed
  link.isAway = false;
  link.windows = [];
  link.held.length = 0;
  await until(again, () => link.held.includes('of 0'));
  const unlearnt = Array.from({ length: 700 }, (_, row) => row).filter(isCovered);
  expect(link.unlearnt).toEqual(unlearnt);
  cpSync(join(folder, 'killed'), join(folder, 'later'), { recursive: true });
  again.close();
  const later = open('later', link);
  expect(push(later, [700, 800])).toEqual(expected.slice(700, 800));
  later.close();
  agent.close();
});

it('is of the devices of the window alone', async () => {
  const link = new Planner();
  link.windows = [{ device: 'another', ...WINDOW }];
  const agent = open('first', link);
  push(agent, [0, 400]);
  await until(agent, () => link.held.includes('of 1'));
  expect(push(agent, [400, 700])).not.toEqual(reference().slice(400, 700));
  agent.close();
});
