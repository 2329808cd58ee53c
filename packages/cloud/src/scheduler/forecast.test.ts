import { US_PER_DAY, US_PER_HOUR } from '@fernsight/base';
import type { StorageReply } from '@fernsight/wire';
import { expect, test } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from '../cloudTrial.ts';
import { Forecast } from './forecast.ts';

const KEEP = { rawDays: 30, minuteDays: 365, hourDays: 1825, bytesMax: 1_000 };

/** @returns a forecast that saw the store grow from 100 bytes at so many a day, for a day */
const grown = (perDay: number): Forecast => {
  const forecast = new Forecast();
  for (let hour = 0; hour <= 24; hour++)
    forecast.add(hour * US_PER_HOUR, 100 + (perDay * hour) / 24);
  return forecast;
};

test('tells when the bound is reached at the present rate', () => {
  expect(grown(100).fullInDays({ bytes: 200, oldestUs: 0 }, KEEP, US_PER_DAY)).toBeCloseTo(8);
  expect(grown(100).fullInDays({ bytes: 995, oldestUs: 0 }, KEEP, US_PER_DAY)).toBe(0);
});

test('tells nothing where retention makes room first, nothing grows, or it was not watched for an hour', () => {
  const usage = { bytes: 200, oldestUs: 0 };
  expect(grown(10).fullInDays(usage, KEEP, US_PER_DAY)).toBeNull();
  expect(grown(0).fullInDays(usage, KEEP, US_PER_DAY)).toBeNull();
  expect(grown(-10).fullInDays(usage, KEEP, US_PER_DAY)).toBeNull();
  const young = new Forecast();
  for (const minute of [0, 10, 20, 59]) young.add(minute * 60e6, 100 + minute);
  expect([young.bytesPerDay(), young.fullInDays(usage, KEEP, 3_600e6)]).toEqual([undefined, null]);
});

test('growth that goes on although the oldest readings go already is told', () => {
  const usage = { bytes: 200, oldestUs: US_PER_DAY - 29.9 * US_PER_DAY };
  expect(grown(10).fullInDays(usage, KEEP, US_PER_DAY)).toBeCloseTo(80);
});

test('a clock that was set back begins anew', () => {
  const forecast = grown(100);
  forecast.add(-US_PER_DAY, 500);
  expect(forecast.bytesPerDay()).toBeUndefined();
});

/** Readings of an hour, one a second, in which little can be packed. */
const hourOf = (nowUs: number) => {
  const rows = Array.from({ length: 3_600 }, (_, second) => second);
  const value = rows.map((second) => ((nowUs / 1e6 + second) * 7_919) % 9_973);
  const tsUs = rows.map((second) => nowUs - (3_600 - second) * 1e6);
  return { columns: [{ device: 'd1', sensor: 's1', tsUs, value }] };
};

const storageOf = async (trial: CloudTrial): Promise<StorageReply> =>
  (await trial.get('/api/v1/storage')).body as StorageReply;

test('the server foretells when a store that grows is full: in its API and its metrics', async () => {
  const bytesMax = 2 * 1024 * 1024;
  const trial = await openCloud({ settings: { storeBytesMax: bytesMax } });
  const seen: StorageReply[] = [];
  for (let hour = 0; hour < 12; hour++) {
    await trial.post('/api/v1/readings', hourOf(NOW_US + hour * US_PER_HOUR));
    await trial.clock.advance(3_600_000);
    seen.push(await storageOf(trial));
  }
  const [first, , , early] = seen;
  const last = seen[seen.length - 1];
  expect(first?.fullInDays).toBeNull();
  const perDay = (((last?.bytes ?? 0) - (early?.bytes ?? 0)) / 8) * 24;
  const days = (bytesMax - (last?.bytes ?? 0)) / perDay;
  const { bytesPerDay = 0, fullInDays } = last ?? {};
  expect([bytesPerDay / perDay, (fullInDays ?? 0) / days]).toEqual([
    expect.closeTo(1, 1),
    expect.closeTo(1, 1),
  ]);
  expect(days).toBeGreaterThan(0.5);
  const metrics = String((await trial.get('/metrics')).body);
  const told = /^fernsight_store_full_in_seconds (\S+)$/m.exec(metrics)?.[1];
  expect(Number(told)).toBeCloseTo((fullInDays ?? 0) * 86_400, 3);
  await trial.end();
});

test('of a store that does not grow the server foretells nothing', async () => {
  const trial = await openCloud({ settings: { storeBytesMax: 4 * 1024 * 1024 } });
  await trial.post('/api/v1/readings', hourOf(NOW_US));
  await trial.clock.advance(3 * 3_600_000);
  expect(await storageOf(trial)).toMatchObject({ fullInDays: null, bytesPerDay: 0 });
  const metrics = String((await trial.get('/metrics')).body);
  expect(metrics).toMatch(/^fernsight_store_full_in_seconds nan$/im);
  await trial.end();
});
