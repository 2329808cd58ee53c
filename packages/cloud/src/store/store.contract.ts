/**
 * What every store must do, whatever it is made of: one suite, run on each adapter. A store is opened by the trial that is
 * handed in; readings go in through the worker, as they do in the server.
 */
import { must } from '@fernsight/base';
import type { Anomaly } from '@fernsight/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  agentBatch,
  agentParcel,
  plainParcel,
  START_US,
  type WorkerTrial,
  waveAt,
} from '../worker/workerTrial.ts';
import { askAnomalies } from './anomalyTrial.ts';
import { EVICTED, type Keep } from './store.ts';

const DAY_US = 86_400e6;
const KEEP: Keep = { rawDays: 30, minuteDays: 365, hourDays: 1825, bytesMax: 1e12 };

export function describeStore(name: string, createTrial: () => WorkerTrial): void {
  describe(`the store on ${name}`, () => {
    let trial: WorkerTrial;
    beforeEach(() => {
      trial = createTrial();
    });
    afterEach(() => trial.end());

    const fill = async (count: number, stepUs: number, fromUs = START_US) => {
      for (let first = 0; first < count; first += 2_000) {
        const readings = Array.from({ length: Math.min(2_000, count - first) }, (_, index) => ({
          tsUs: fromUs + (first + index) * stepUs,
          value: waveAt(first + index),
        }));
        await trial.worker.commit([plainParcel(readings, fromUs + count * stepUs)]);
        await trial.worker.compact(fromUs);
      }
    };
    const foldAll = (nowUs: number): number => {
      let sum = 0;
      for (let count = 1; count > 0; sum += count) count = trial.worker.store.fold(nowUs);
      return sum;
    };
    const retainAll = (keep: Keep, nowUs: number) => {
      while (trial.worker.store.retain(keep, nowUs) > 0);
    };

    test.each([
      ['once a second', 1e6, 30_000],
      ['once a minute', 60e6, 4_000],
      ['once in ten minutes', 600e6, 700],
    ])(
      'a series read %s looks the same before and after it is folded',
      async (_, stepUs, count) => {
        await fill(count, stepUs);
        const spans = [10, 100, 5_000].map((points) => ({
          fromUs: START_US,
          toUs: START_US + count * stepUs,
          points,
        }));
        const before = [];
        for (const span of spans) before.push(await trial.past('d1', 's1', span));
        await trial.worker.compactAll();
        foldAll(START_US + 30 * DAY_US);
        for (const [index, span] of spans.entries()) {
          const after = await trial.past('d1', 's1', span);
          expect(after.resolutionUs).toBe(before[index]?.resolutionUs);
          expect(after.points.map(shape)).toEqual(before[index]?.points.map(near));
        }
      },
    );

    test('anomalies are the same before and after they are packed, however they are asked for', async () => {
      const send = async (device: string, fromUs: number) => {
        const readings = Array.from({ length: 2_400 }, (_, index) => ({
          device,
          tsUs: fromUs + index * 1e6,
          value: waveAt(index) + (index > 600 && index % 60 < 12 ? 40 : 0),
        }));
        await trial.worker.commit([plainParcel(readings, START_US + DAY_US)]);
        trial.worker.store.settle();
      };
      // older than what is kept, which counts from the receipt
      await send('d0', START_US - 4_000 * DAY_US);
      await send('d1', START_US);
      await send('d2', START_US + 300e6);
      foldAll(START_US + 30 * DAY_US);
      await send('d3', START_US + 600e6);
      const ask = () => trial.read(askAnomalies);
      const before = await ask();
      expect(before.all.length).toBeGreaterThan(200);
      expect(before.pages).toEqual(before.all);
      for (const some of [before.alarms, before.spikes, before.ofDevice, before.ofStretch])
        expect([some.length > 1, some.length < before.all.length]).toEqual([true, true]);
      expect(before.event?.shown.length).toBeGreaterThan(3);
      foldAll(START_US + 30 * DAY_US);
      const after = await ask();
      expect(after).toEqual(before);
      trial.restart();
      retainAll(KEEP, START_US + 30 * DAY_US);
      await send('d4', START_US + 900e6);
      const more = await ask();
      expect(more.pages).toEqual(more.all);
      expect(more.pages.filter(({ device }) => device !== 'd4')).toEqual(after.all);
      const isNew = ({ device }: Anomaly) => device === 'd4';
      const packed = foldAll(START_US + 30 * DAY_US);
      const unpacked = more.alarms.filter(isNew).length;
      expect(packed).toBeGreaterThanOrEqual(more.all.filter(isNew).length - unpacked);
      retainAll(KEEP, START_US + 30 * DAY_US);
      const { store } = trial.worker;
      store.bury(must(store.registry.find('d2'), 'a device'));
      const devices = (await ask()).all.map(({ device }) => device);
      expect(new Set(devices)).toEqual(new Set(['d0', 'd1', 'd3', 'd4']));
      retainAll(KEEP, START_US + 2_000 * DAY_US);
      expect((await ask()).all).toEqual([]);
    });

    test('readings stamped ahead of the clock are seen where single readings are, packed or not', async () => {
      const aheadUs = START_US + 400 * DAY_US;
      const readings = Array.from({ length: 300 }, (_, row) => ({
        tsUs: aheadUs + row * 1e6,
        value: row,
      }));
      await trial.worker.commit([plainParcel(readings, START_US)]);
      const span = { fromUs: aheadUs, toUs: aheadUs + 300e6, points: 100 };
      const count = async () =>
        (await trial.past('d1', 's1', span)).points.reduce((sum, point) => sum + point.count, 0);
      expect(await count()).toBe(300);
      await trial.worker.compactAll();
      expect(await count()).toBe(300);
    });

    test('the first readings of what is left, again and again, are all readings once and in order', async () => {
      await fill(3_000, 60e6);
      await trial.worker.compactAll();
      const late = Array.from({ length: 400 }, (_, row) => ({
        tsUs: START_US + 30e6 + row * 300e6,
        value: -row,
      }));
      await trial.worker.commit([plainParcel(late, START_US + 3_000 * 60e6)]);
      await trial.worker.compactAll();
      await fill(100, 60e6, START_US + 3_000 * 60e6);
      const span = {
        device: 'd1',
        sensor: 's1',
        fromUs: START_US + 60e6,
        toUs: START_US + 3_050 * 60e6,
        tail: trial.worker.tailOf('d1', 's1'),
      };
      const rowsMax = 70;
      const stamps: number[] = [];
      await trial.read(async (reader) => {
        for (let fromUs: number | undefined = span.fromUs; fromUs !== undefined; ) {
          const part = await reader.firstRows({ ...span, fromUs, rowsMax });
          if (part === 'moved') throw new Error('the tail moved although nobody packed');
          expect(part.rows.tsUs.length).toBeLessThanOrEqual(rowsMax);
          stamps.push(...part.rows.tsUs);
          fromUs = part.nextUs;
        }
      });
      const { points } = await trial.past('d1', 's1', { fromUs: span.fromUs, toUs: span.toUs });
      expect(stamps).toEqual(points.map(({ tsUs }) => tsUs));
      expect(stamps.length).toBe(3_050 + 399);
    });

    test('late readings join the hours that were folded', async () => {
      await fill(3_000, 60e6);
      await trial.worker.compactAll();
      foldAll(START_US + 30 * DAY_US);
      const late = [{ tsUs: START_US + 30e6, value: -500 }];
      await trial.worker.commit([plainParcel(late, START_US + 3_000 * 60e6)]);
      await trial.worker.compactAll();
      foldAll(START_US + 60 * DAY_US);
      const { resolutionUs, points } = await trial.past('d1', 's1', {
        fromUs: START_US,
        toUs: START_US + 10 * DAY_US,
        points: 24,
      });
      expect(resolutionUs).toBeGreaterThan(3_600e6);
      expect(points[0]?.min).toBe(-500);
      expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(3_001);
    });

    test('what is too old goes, minutes after readings, hours after minutes', async () => {
      await fill(10_000, 1e6);
      await trial.worker.compactAll();
      const later = START_US + 100 * DAY_US;
      foldAll(later);
      retainAll(KEEP, later);
      const all = { fromUs: START_US, toUs: START_US + DAY_US };
      const minutes = await trial.past('d1', 's1', all);
      expect(minutes.resolutionUs).toBeGreaterThanOrEqual(60e6);
      expect(minutes.points.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
      retainAll(KEEP, START_US + 600 * DAY_US);
      const hours = await trial.past('d1', 's1', { ...all, points: 3 });
      expect(hours.points.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
      retainAll(KEEP, START_US + 4_000 * DAY_US);
      expect((await trial.past('d1', 's1', { ...all, points: 3 })).points).toEqual([]);
    });

    const countIn = ({ points }: { points: readonly { readonly count: number }[] }): number =>
      points.reduce((sum, { count }) => sum + count, 0);

    test('of a span whose first hours are minutes only, none is left out', async () => {
      await fill(18_000, 1e6);
      await trial.worker.compactAll();
      await fill(3_600, 1e6, START_US + 18_000e6);
      await trial.worker.compactAll();
      const span = { fromUs: START_US, toUs: START_US + 21_600e6 };
      expect(countIn(await trial.past('d1', 's1', { ...span, points: 1_000 }))).toBe(21_600);
      retainAll(KEEP, START_US + 20_000e6 + 30 * DAY_US);
      const past = await trial.past('d1', 's1', { ...span, points: 1_000 });
      expect([past.resolutionUs, countIn(past)]).toEqual([60e6, 21_600]);
      expect(countIn(await trial.past('d1', 's1', { ...span, points: 60 }))).toBe(21_600);
      const left = { ...span, fromUs: START_US + 18_000e6 };
      expect((await trial.past('d1', 's1', left)).resolutionUs).toBe(0);
    });

    test.each([
      ['once a second', 1e6, 600],
      ['once in two hours', 7_200e6, 12],
    ])(
      'a span that begins in a pause of a series read %s has its single readings, though rollups begin before it',
      async (_, stepUs, count) => {
        const againUs = START_US + DAY_US / 2;
        await fill(count, stepUs, againUs - count * stepUs);
        await fill(count, stepUs, againUs + 7_500e6);
        await trial.worker.compactAll();
        const spans = [againUs + 1_800e6, againUs - stepUs / 2].map((fromUs) => ({
          fromUs,
          toUs: START_US + 3 * DAY_US,
        }));
        for (const isFolded of [false, true]) {
          if (isFolded) foldAll(START_US + 30 * DAY_US);
          for (const span of spans) {
            const past = await trial.past('d1', 's1', span);
            expect([past.resolutionUs, countIn(past)]).toEqual([0, count]);
          }
        }
      },
    );

    test('no point ends before a span begins, at whatever width', async () => {
      await fill(4 * 3_600, 1e6);
      await trial.worker.compactAll();
      const fromUs = START_US + 7_200e6;
      const span = { fromUs, toUs: START_US + 4 * 3_600e6 - 1 };
      for (const isFolded of [false, true]) {
        if (isFolded) foldAll(START_US + 30 * DAY_US);
        for (const points of [1_000, 100, 12, 2, 1]) {
          const past = await trial.past('d1', 's1', { ...span, points });
          expect([past.points[0]?.tsUs, countIn(past)]).toEqual([fromUs, 7_200]);
        }
      }
    });

    test('at its bound of bytes the oldest readings go first', async () => {
      await fill(20_000, 1e6);
      await trial.worker.compactAll();
      const { bytes } = trial.worker.store.usage();
      const bytesMax = bytes - 20_000;
      retainAll({ ...KEEP, bytesMax }, START_US + DAY_US);
      expect(trial.worker.store.usage().bytes).toBeLessThanOrEqual(bytesMax);
      const toUs = START_US + DAY_US;
      const past = (fromUs: number) => trial.past('d1', 's1', { fromUs, toUs });
      const last = await past(START_US + 19_000e6);
      expect([last.resolutionUs, last.points.length]).toEqual([0, 1_000]);
      const whole = await past(START_US);
      expect([whole.resolutionUs, countIn(whole)]).toEqual([60e6, 20_000]);
    });

    /** A series read once a second, one read once in ten minutes, stored before it; both with anomalies. */
    const fillBoth = async () => {
      const sparse = Array.from({ length: 700 }, (_, index) => ({
        device: 'sparse',
        tsUs: START_US - (700 - index) * 600e6,
        value: waveAt(index),
      }));
      await trial.worker.commit([plainParcel(sparse, START_US)]);
      await fill(20_000, 1e6);
      await trial.worker.compactAll();
    };
    const pastOf = (device: string) =>
      trial.past(device, 's1', { fromUs: START_US - 10 * DAY_US, toUs: START_US + DAY_US });

    test('at its bound of bytes a sparse series stays while others have single readings', async () => {
      await fillBoth();
      for (const isFolded of [false, true]) {
        if (isFolded) foldAll(START_US + 30 * DAY_US);
        const bytesMax = trial.worker.store.usage().bytes - 20_000;
        retainAll({ ...KEEP, bytesMax }, START_US + DAY_US);
        expect(countIn(await pastOf('sparse'))).toBe(700);
      }
    });

    test('the bound of bytes holds whatever there is: minutes go next, then hours, then anomalies, each counted', async () => {
      await fillBoth();
      foldAll(START_US + 30 * DAY_US);
      const { store } = trial.worker;
      const anomalies = async () =>
        (await trial.read((reader) => reader.anomalies({ limit: 1_000 }))).anomalies.length;
      const all = await anomalies();
      const order: string[] = [];
      for (let bytesMax = store.usage().bytes; bytesMax > 0; bytesMax -= 4_096) {
        const before = store.usage().evicted;
        retainAll({ ...KEEP, bytesMax }, START_US + DAY_US);
        const { bytes, evicted } = store.usage();
        const grown = EVICTED.filter((what) => evicted[what] > before[what]);
        if (grown.length > 0) expect(bytes).toBeLessThanOrEqual(bytesMax);
        if (evicted.minutes === 0) expect(countIn(await pastOf('sparse'))).toBe(700);
        if (evicted.hours === 0) expect(countIn(await pastOf('d1'))).toBe(20_000);
        if (evicted.anomalies === 0) expect(await anomalies()).toBe(all);
        for (const what of grown) if (!order.includes(what)) order.push(what);
      }
      expect(order).toEqual(['readings', 'minutes', 'hours', 'anomalies']);
      const { evicted } = store.usage();
      expect([evicted.readings, evicted.minutes]).toEqual([20_700, Math.ceil(20_000 / 60)]);
      expect(evicted.anomalies).toBeGreaterThanOrEqual(all);
      expect(await anomalies()).toBe(0);
    });

    test('a silent device is buried: its history is gone, what it sent before is still told apart', async () => {
      const sent = agentParcel(agentBatch(0, [1, 2, 3]));
      await trial.worker.commit([sent]);
      await fill(700, 1e6);
      const { worker } = trial;
      const seenUs = worker.store.registry.find('d1')?.seenUs ?? 0;
      expect(worker.bury(seenUs)).toBe(0);
      while (worker.bury(START_US + DAY_US) > 0);
      expect((await trial.past('d1', 's1')).points).toEqual([]);
      trial.restart();
      expect((await trial.past('a1', 's1')).points).toEqual([]);
      expect(trial.worker.bury(START_US + DAY_US)).toBe(0);
      const old = plainParcel([{ tsUs: START_US + 5e6, value: 1 }], START_US + 90 * DAY_US);
      const fresh = plainParcel(
        [{ tsUs: START_US + 2 * DAY_US, value: 1 }],
        START_US + 90 * DAY_US,
      );
      const [again, late, first] = await trial.worker.commit([sent, old, fresh]);
      expect([again?.isRepeat, again?.stored]).toEqual([true, 0]);
      expect([late?.stored, first?.stored]).toEqual([0, 1]);
    });

    test('a device that sent windows only is buried too: once, and again when it was heard since', async () => {
      const span = { device: 'w', startUs: 0, endUs: 3e8, sampleCount: 10, anomalyCount: 1 };
      const windows = [{ ...span, avgScore: 0.1, maxScore: 0.9, minScore: 0 }];
      const numbers = [];
      for (const receivedUs of [START_US, START_US + 1]) {
        const [sent] = await trial.worker.commit([{ ...plainParcel([], receivedUs), windows }]);
        numbers.push(...(sent?.windowIds ?? []));
        expect(trial.worker.bury(START_US)).toBe(0);
        expect(trial.worker.bury(START_US + DAY_US)).toBe(1);
        expect(trial.worker.bury(START_US + DAY_US)).toBe(0);
      }
      trial.restart();
      expect(trial.worker.bury(START_US + DAY_US)).toBe(0);
      expect(new Set(numbers).size).toBe(2);
    });

    test('a commit that fails leaves nothing of its group, and the next one is taken', async () => {
      await fill(100, 1e6);
      const window = { device: 'w', startUs: 0, endUs: 1, sampleCount: 1, anomalyCount: 0 };
      const scores = { avgScore: Number.NaN, maxScore: 0, minScore: 0 };
      const broken = {
        ...agentParcel(agentBatch(0, [1, 2])),
        windows: [{ ...window, ...scores }],
      };
      const good = plainParcel([{ tsUs: START_US + 500e6, value: 1 }]);
      await expect(trial.worker.commit([good, broken])).rejects.toThrow();
      expect(trial.worker.store.registry.find('a1')).toBeUndefined();
      const [again] = await trial.worker.commit([good]);
      expect(again).toMatchObject({ stored: 1, duplicates: 0 });
      expect((await trial.past('d1', 's1')).points.length).toBe(101);
    });
  });
}

/** Means are sums in another order: equal to twelve digits. */
function shape({
  mean,
  lower: _lower,
  upper: _upper,
  ...point
}: {
  mean: number;
  lower: number;
  upper: number;
}) {
  return { ...point, mean };
}

/** A folded mean is kept to a 65,535th of the way from min to max. */
function near(point: Parameters<typeof shape>[0]) {
  return { ...shape(point), mean: expect.closeTo(point.mean, 3) };
}
