/** Against a server whose answers the test lets through one by one: rows 1 to `newest`, every second, newest first. */
import type { Anomaly } from '@fernsight/wire';
import { createClient } from '@fernsight/wire/client';
import { beforeEach, expect, it } from 'vitest';
import { AnomalyList } from './anomalyList.ts';

const STEP = 10;
const SECOND = 1_000_000;

interface Asked {
  readonly query: URLSearchParams;
  readonly answer: () => void;
}

let newest: number;
let asked: Asked[];
let wakeups: (() => void)[];
let list: AnomalyList;

beforeEach(() => {
  newest = 25;
  asked = [];
  wakeups = [];
  const client = createClient({ baseUrl: 'http://127.0.0.1', fetch: ask });
  list = new AnomalyList(client, STEP);
});

const ask: typeof fetch = (input, init) =>
  new Promise((resolve, reject) => {
    const { searchParams: query } = new URL(String(input));
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    asked.push({ query, answer: () => resolve(Response.json(page(query))) });
    wakeups.shift()?.();
  });

function page(query: URLSearchParams) {
  const from = Number(query.get('cursor') ?? newest);
  const last = Math.max(1, Number(query.get('fromUs') ?? 0) / SECOND);
  const seconds = Array.from({ length: from - last + 1 }, (_, row) => from - row);
  const anomalies = seconds.slice(0, STEP).map((second) => anomaly(second, query.get('device')));
  const next = seconds[STEP];
  return next === undefined ? { anomalies } : { anomalies, next: String(next) };
}

function anomaly(second: number, device: string | null): Partial<Anomaly> {
  return { device: device ?? 'd', sensor: 's', tsUs: second * SECOND };
}

/** Lets the next request through. @returns what it asked */
async function answer(): Promise<URLSearchParams> {
  if (asked.length === 0) await new Promise<void>((wake) => wakeups.push(wake));
  const next = asked.shift();
  next?.answer();
  return next?.query ?? new URLSearchParams();
}

async function settle(work: Promise<void>): Promise<void> {
  await answer();
  await work;
}

const shown = () => list.rows.peek().map(({ tsUs }) => tsUs / SECOND);
const down = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, row) => from - row);

it('adds what is new at the top, and older rows on request', async () => {
  await settle(list.open({}));
  expect(shown()).toEqual(down(25, 16));
  await settle(list.more());
  newest = 28;
  await settle(list.refresh());
  expect(shown()).toEqual(down(28, 6));
  await settle(list.more());
  expect(shown()).toEqual(down(28, 1));
  expect(list.hasMore.peek()).toBe(false);
});

it('has no gap where more than a page is new', async () => {
  await settle(list.open({}));
  newest = 60;
  await settle(list.refresh());
  expect(shown()).toEqual(down(60, 51));
  await settle(list.more());
  expect(shown()).toEqual(down(60, 41));
});

it('keeps the rows of a filter from those of another when something comes meanwhile', async () => {
  await settle(list.open({ device: 'old' }));
  const opened = list.open({ device: 'new' });
  const refreshed = list.refresh();
  await settle(opened);
  newest = 26;
  expect(new Set(list.rows.peek().map(({ device }) => device))).toEqual(new Set(['new']));
  await settle(refreshed);
  expect(new Set(list.rows.peek().map(({ device }) => device))).toEqual(new Set(['new']));
  expect(shown()).toEqual(down(26, 16));
});

it('drops what was asked of a filter that holds no more', async () => {
  await settle(list.open({ device: 'old' }));
  const gone = [list.more(), list.refresh()];
  const opened = list.open({ device: 'new' });
  await Promise.all(gone);
  while ((await answer()).get('device') !== 'new');
  await opened;
  expect(new Set(list.rows.peek().map(({ device }) => device))).toEqual(new Set(['new']));
  expect(asked).toEqual([]);
});

it('fetches older rows to the end though something comes meanwhile', async () => {
  await settle(list.open({}));
  const more = list.more();
  const refreshed = Promise.all([list.refresh(), list.refresh(), list.refresh()]);
  await settle(more);
  expect(shown()).toEqual(down(25, 6));
  newest = 27;
  await answer();
  await refreshed;
  expect(shown()).toEqual(down(27, 6));
  expect(asked).toEqual([]);
});

it('moves with its range, and keeps the older rows that are still in it', async () => {
  await settle(list.open({ fromUs: SECOND }));
  await settle(list.more());
  newest = 27;
  await settle(list.refresh({ fromUs: 9 * SECOND }));
  expect(shown()).toEqual(down(27, 9));
});

it('forgets what the server lists no more', async () => {
  newest = 3;
  await settle(list.open({}));
  newest = 2;
  await settle(list.refresh());
  expect(shown()).toEqual([2, 1]);
});
