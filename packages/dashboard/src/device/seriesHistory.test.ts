/** Against a server whose answers the test lets through one by one: each a reading a second of the stretch asked for. */
import type { HistoryReply, LatestPoint } from '@fernsight/wire';
import { createClient } from '@fernsight/wire/client';
import { beforeEach, expect, it } from 'vitest';
import { FakeStorage } from '../live/machineFake.ts';
import { Shelf } from '../live/shelf.ts';
import { Turns } from '../live/turns.ts';
import type { Holes } from './holes.ts';
import { SeriesHistory, type Stretch } from './seriesHistory.ts';

const SECOND = 1_000_000;

/** seconds of which the server has a reading */
let stored: number[];
let answers: (() => void)[];
let unreadable: Holes;
let series: SeriesHistory;

beforeEach(() => {
  stored = [1, 2, 3, 6, 7];
  answers = [];
  unreadable = [];
  const client = createClient({ baseUrl: 'http://127.0.0.1', fetch: ask });
  const parts = { client, shelf: new Shelf(new FakeStorage()), turns: new Turns(4) };
  series = new SeriesHistory(parts, 'd', 's');
});

/** What is stored when it is asked is in the answer, whenever that comes. */
const ask: typeof fetch = (input) =>
  new Promise((resolve) => {
    const { searchParams } = new URL(String(input));
    const [from = 0, to = 0] = ['fromUs', 'toUs'].map((name) => Number(searchParams.get(name)));
    const seconds = stored.filter((second) => second * SECOND >= from && second * SECOND <= to);
    answers.push(() => resolve(Response.json(reply(seconds))));
  });

function reply(seconds: readonly number[]): HistoryReply {
  const column = <T>(value: T) => seconds.map(() => value);
  const tsUs = seconds.map((second) => second * SECOND);
  const values = { min: column(1), mean: column(1), max: column(1), count: column(1) };
  const judged = { score: column(0), anomalies: column(0), lower: column(0), upper: column(2) };
  return { device: 'd', sensor: 's', resolutionUs: 0, unreadable, tsUs, ...values, ...judged };
}

function live(second: number): LatestPoint {
  const verdict = { score: 0, anomaly: false, alarm: false, kind: 'none', stage: 'ready' } as const;
  const band = { expected: 1, lower: 0, upper: 2 };
  return { sensor: 's', tsUs: second * SECOND, value: 1, ...verdict, ...band };
}

function stretch(from: number, to: number, isLive: boolean): Stretch {
  return { fromUs: from * SECOND, toUs: to * SECOND, points: 300, isLive };
}

/** Lets the answer through that was asked for last. */
async function answered(work: Promise<void>): Promise<void> {
  await Promise.resolve();
  answers.pop()?.();
  await work;
}

it('draws a reading that comes late in its place, at once', async () => {
  await answered(series.load(stretch(0, 8, true), false));
  series.append([live(8), live(5), live(4)]);
  expect(series.columns.value.time).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

it('draws a reading once that comes twice', async () => {
  await answered(series.load(stretch(0, 8, true), false));
  series.append([live(7), live(5)]);
  series.append([live(5)]);
  expect(series.columns.value.time).toEqual([1, 2, 3, 5, 6, 7]);
});

it('has nothing from outside of a stretch that stands', async () => {
  series.append([live(9)]);
  await answered(series.load(stretch(2, 6, false), false));
  series.append([live(1), live(4), live(10)]);
  expect(series.columns.value.time).toEqual([2, 3, 4, 6]);
});

it('keeps what came while the answer was on its way', async () => {
  const loading = series.load(stretch(0, 8, true), false);
  await Promise.resolve();
  series.append([live(5), live(8)]);
  await answered(loading);
  expect(series.columns.value.time).toEqual([1, 2, 3, 5, 6, 7, 8]);
  stored = [1, 2, 3, 5, 6, 7, 8];
  await answered(series.load(stretch(0, 8, true), false));
  expect(series.columns.value.time).toEqual([1, 2, 3, 5, 6, 7, 8]);
});

it('knows where the server cannot read, until it can', async () => {
  unreadable = [{ fromUs: 4 * SECOND, toUs: 5 * SECOND }];
  await answered(series.load(stretch(0, 8, true), false));
  expect(series.holes.value).toEqual(unreadable);
  unreadable = [];
  await answered(series.load(stretch(0, 8, true), false));
  expect(series.holes.value).toEqual([]);
});
