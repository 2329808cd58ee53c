import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isScored, stageOf } from '../store/marks.ts';
import {
  agentBatch,
  agentParcel,
  plainParcel,
  START_US,
  WorkerTrial,
  waveAt,
} from './workerTrial.ts';

let trial: WorkerTrial;
beforeEach(() => {
  trial = new WorkerTrial();
});
afterEach(() => trial.end());

const wave = (from: number, count: number, sensor = 's1') =>
  Array.from({ length: count }, (_, index) => ({
    sensor,
    tsUs: START_US + (from + index) * 1e6,
    value: waveAt(from + index, sensor.length),
  }));

async function commit(...readings: Parameters<typeof plainParcel>[0][]) {
  return trial.worker.commit(readings.map((list) => plainParcel(list)));
}

describe('readings of plain devices', () => {
  test('applied twice are stored once (I4)', async () => {
    const [first] = await commit(wave(0, 50));
    const [second] = await commit(wave(0, 50));
    expect(first).toMatchObject({ stored: 50, duplicates: 0 });
    expect(second).toMatchObject({ stored: 0, duplicates: 50 });
    expect((await trial.past('d1', 's1')).points.length).toBe(50);
  });

  test('twice in one group are stored once', async () => {
    const [first, second] = await commit(wave(0, 50), wave(0, 50));
    expect([first?.stored, second?.duplicates]).toEqual([50, 50]);
  });

  test('are found again after they were packed into chunks', async () => {
    await commit(wave(0, 300));
    await trial.worker.compactAll();
    const [again] = await commit(wave(100, 250));
    expect(again).toMatchObject({ stored: 50, duplicates: 200 });
  });

  test('of one stamp with another value are a conflict, told by row and counted', async () => {
    await commit(wave(0, 10));
    const [outcome] = await commit([{ tsUs: START_US + 3e6, value: 77 }]);
    expect(outcome?.refusals).toMatchObject([{ row: 0, code: 'conflict' }]);
    expect(trial.worker.store.registry.find('d1')?.ledger).toMatchObject({
      stored: 10,
      conflicts: 1,
    });
  });

  test('that come late are stored, marked and not judged', async () => {
    await commit(wave(10, 10));
    const [outcome] = await commit(wave(0, 5));
    expect(outcome?.stored).toBe(5);
    expect([...(outcome?.marks ?? [])].map(stageOf)).toEqual(Array(5).fill('late'));
    expect((await trial.past('d1', 's1')).points.map(({ tsUs }) => tsUs)).toEqual(
      [...wave(0, 5), ...wave(10, 10)].map(({ tsUs }) => tsUs),
    );
  });

  test('ahead of the clock are stored, and move neither latest nor the high-water mark', async () => {
    await commit(wave(0, 5));
    const ahead = [{ tsUs: START_US + 7_200e6, value: 5 }];
    const [outcome] = await commit(ahead);
    expect(stageOf(outcome?.marks[0] ?? 0)).toBe('future');
    const series = trial.worker.store.registry.find('d1')?.bySensor.get('s1');
    expect(series?.latest?.tsUs).toBe(START_US + 4e6);
    const [again] = await commit(ahead);
    expect(again).toMatchObject({ stored: 0, duplicates: 1 });
    const [later] = await trial.worker.commit([plainParcel(ahead, START_US + 9_000e6)]);
    expect(later).toMatchObject({ stored: 0, duplicates: 1 });
  });

  test('older than what is kept raw, behind the newest, are acknowledged and counted as expired', async () => {
    await commit(wave(0, 5));
    const [outcome] = await commit([{ tsUs: START_US - 40 * 86_400e6, value: 1 }]);
    expect(outcome?.stored).toBe(0);
    expect(trial.worker.store.registry.find('d1')?.ledger.expired).toBe(1);
  });
});

describe('the sensors of one device', () => {
  test('are judged together whatever order a request lists them in; the score is the history of @joint', async () => {
    const a = wave(0, 400, 'a');
    const b = wave(0, 400, 'bb');
    const together = a.flatMap((reading, index) => [reading, ...b.slice(index, index + 1)]);
    const other = new WorkerTrial();
    await other.worker.commit([plainParcel(together)]);
    await commit([...a, ...b]);
    const [listed, mixed] = [await trial.past('d1', '@joint'), await other.past('d1', '@joint')];
    other.end();
    expect(listed.points.length).toBeGreaterThan(5);
    expect(listed.points).toEqual(mixed.points);
  });
});

describe('a restart', () => {
  const CUT = 20;
  const readings = Array.from({ length: 900 }, (_, index) => [
    { sensor: 'a', tsUs: START_US + index * 1e6, value: waveAt(index) },
    { sensor: 'b', tsUs: START_US + index * 1e6, value: waveAt(index, 7) },
  ]);

  /** @returns every score and mark, and the ledger, of a run that is disturbed before some of its commits */
  async function run(disturb: (one: WorkerTrial, commitIndex: number) => Promise<void>) {
    const one = new WorkerTrial();
    const verdicts: number[] = [];
    for (let first = 0; first < readings.length; first += CUT) {
      await disturb(one, first / CUT);
      const parcels = readings.slice(first, first + CUT).map((list) => plainParcel(list));
      for (const { steps, marks } of await one.worker.commit(parcels))
        verdicts.push(...steps, ...marks);
    }
    const ledger = one.worker.store.registry.find('d1')?.ledger;
    one.end();
    return { verdicts, ledger };
  }

  test('at any moment leaves verdicts, windows and ledger as an undisturbed run has them (I5)', async () => {
    const calm = await run(async () => undefined);
    expect(new Set(calm.verdicts).size).toBeGreaterThan(20);
    const commitIndex = fc.nat(readings.length / CUT - 1);
    await fc.assert(
      fc.asyncProperty(
        fc.array(commitIndex, { maxLength: 6 }),
        commitIndex,
        async (stops, packAt) => {
          const shaken = await run(async (one, index) => {
            if (packAt === index) await one.worker.compactAll();
            if (stops.includes(index)) one.restart();
          });
          expect(shaken).toEqual(calm);
        },
      ),
      { numRuns: 10 },
    );
  });

  test('of one device alone, because its judge did not stay in memory, changes no verdict', async () => {
    const calm = await run(async () => undefined);
    const crowded = await run(async (one, index) => {
      if (index === 0) {
        one.worker.close();
        one.worker = one.open(undefined, 0);
      }
      if (index % 7 === 3) await one.worker.compactAll();
    });
    expect(crowded).toEqual(calm);
  });

  test('with snapshots of another detector version warms up from stored readings', async () => {
    await commit(wave(0, 1_200));
    await trial.worker.compactAll();
    const database = new DatabaseSync(trial.path);
    database.exec("UPDATE snapshot SET bytes = x'00'");
    database.close();
    trial.restart();
    const [outcome] = await commit(wave(1_200, 1));
    expect(stageOf(outcome?.marks[0] ?? 0)).toBe('ready');
  });

  test('keeps latest values, high-water marks and ranges, packed or not', async () => {
    await trial.worker.commit([plainParcel(wave(0, 20)), agentParcel(agentBatch(0, [1, 2, 3]))]);
    await trial.worker.compactAll();
    await trial.worker.commit([plainParcel(wave(20, 5)), agentParcel(agentBatch(3, [4, 5]))]);
    const before = JSON.stringify(
      [...trial.worker.store.registry.devices()].map(({ ledger, seenUs }) => ({ ledger, seenUs })),
    );
    trial.restart();
    const { registry } = trial.worker.store;
    expect(
      JSON.stringify([...registry.devices()].map(({ ledger, seenUs }) => ({ ledger, seenUs }))),
    ).toBe(before);
    expect(registry.find('d1')?.bySensor.get('s1')?.latest?.tsUs).toBe(START_US + 24e6);
    const [repeat] = await trial.worker.commit([agentParcel(agentBatch(0, [1, 2, 3, 4, 5]))]);
    expect(repeat).toMatchObject({ stored: 0, duplicates: 5, isRepeat: true });
  });
});

describe('batches of agents', () => {
  test('cut anew after a kill are stored by number, each once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 12 })), { minLength: 1 }),
        async (cuts) => {
          const agent = new WorkerTrial();
          const expected = new Set<number>();
          for (const [first, count] of cuts) {
            const values = Array.from({ length: count }, (_, index) => first + index);
            await agent.worker.commit([agentParcel(agentBatch(first, values))]);
            for (const value of values) expected.add(value);
          }
          const { points } = await agent.past('a1', 's1');
          agent.end();
          expect(points.map(({ mean }) => mean)).toEqual([...expected].sort((a, b) => a - b));
        },
      ),
      { numRuns: 20 },
    );
  });

  test('that overlap where readings have no numbers of their own are refused, and change nothing', async () => {
    await trial.worker.commit([agentParcel(agentBatch(0, [1, 2]))]);
    const gone = [{ device: 'a1', reason: 'dropped' as const, count: 2 }];
    const overlapping = { ...agentBatch(1, [5], { gone }), seqCount: 3 };
    const [outcome] = await trial.worker.commit([agentParcel(overlapping)]);
    expect(outcome?.problem?.status).toBe(409);
    const clear = { ...agentBatch(2, [5], { gone }), seqCount: 3 };
    const [taken] = await trial.worker.commit([agentParcel(clear)]);
    expect(taken?.stored).toBe(1);
    expect(trial.worker.store.registry.find('a1')?.ledger.gone).toEqual({ dropped: 2 });
  });

  test('that say what is lost count only the numbers that had not come', async () => {
    await trial.worker.commit([agentParcel(agentBatch(0, [1, 2]))]);
    const gone = [{ device: 'a1', reason: 'lost' as const, count: 5 }];
    const gap = { ...agentBatch(0, [], { gone }), series: [], seqCount: 5 };
    for (const parcel of [gap, gap]) await trial.worker.commit([agentParcel(parcel)]);
    expect(trial.worker.store.registry.find('a1')?.ledger.gone).toEqual({ lost: 3 });
    expect(trial.worker.store.registry.find('a1')?.ledger.stored).toBe(2);
  });

  test('keep their scores; the cloud does not judge them', async () => {
    const [outcome] = await trial.worker.commit([agentParcel(agentBatch(0, [5, 6, 7]))]);
    expect([...(outcome?.steps ?? [])]).toEqual([0, 1, 2]);
  });

  test('of a series that the cloud judges are stored unscored, as foreign', async () => {
    await trial.worker.commit([
      plainParcel([{ device: 'a1', sensor: 's1', tsUs: START_US - 5e6, value: 1 }]),
    ]);
    const [outcome] = await trial.worker.commit([agentParcel(agentBatch(0, [5]))]);
    expect(outcome?.stored).toBe(1);
    expect(stageOf(outcome?.marks[0] ?? 0)).toBe('foreign');
    expect(isScored(outcome?.marks[0] ?? 0)).toBe(false);
  });

  test('with a thinned minute in two parts merge it', async () => {
    const minute = {
      device: 'a1',
      sensor: 's1',
      minuteUs: START_US,
      anomalies: 0,
      worstScoreSteps: 9,
    };
    const thin = (
      seqFirst: number,
      part: { count: number; min: number; max: number; mean: number },
    ) =>
      agentParcel({
        ...agentBatch(seqFirst, [], { thinned: [{ ...minute, ...part }] }),
        seqCount: part.count,
      });
    await trial.worker.commit([thin(0, { count: 2, min: 1, max: 3, mean: 2 })]);
    await trial.worker.commit([thin(2, { count: 6, min: 0, max: 9, mean: 6 })]);
    const { points } = await trial.past('a1', 's1', { points: 10 });
    expect(points).toMatchObject([{ count: 8, min: 0, max: 9, mean: 5 }]);
    expect(trial.worker.store.registry.find('a1')?.ledger.thinned).toBe(8);
  });

  test('bring their joint rows and bands whichever lane comes first, and once', async () => {
    const batch = (seqFirst: number, lane: 'live' | 'backfill', values = [20, 21, 22]) => {
      const plain = agentBatch(seqFirst, values, { lane });
      const firstUs = START_US + seqFirst * 60e6;
      const deltaUs = values.map((_, index) => (index === 0 ? 0 : 60e6));
      const bands = values.map((_, index) => ({
        minuteUs: firstUs + index * 60e6,
        ...{ expected: 21, lower: 20, upper: 22 },
      }));
      return {
        ...plain,
        series: plain.series.map((series) => ({ ...series, firstUs, deltaUs, bands })),
        joint: [{ device: 'a1', firstUs, deltaUs, scoreSteps: [7, 8, 9], explained: [] }],
      };
    };
    await trial.worker.commit([agentParcel(batch(3, 'live'))]);
    await trial.worker.commit([agentParcel(batch(0, 'backfill'))]);
    await trial.worker.commit([agentParcel(batch(0, 'backfill'))]);
    await trial.worker.commit([agentParcel(batch(3, 'live'))]);
    const stamps = Array.from({ length: 6 }, (_, minute) => START_US + minute * 60e6);
    const joint = await trial.past('a1', '@joint');
    expect(joint.points.map(({ tsUs }) => tsUs)).toEqual(stamps);
    const { points } = await trial.past('a1', 's1');
    expect(points.map(({ lower }) => lower)).toEqual(stamps.map(() => 20));
  });
});

describe('an alarm', () => {
  const told = { anomaly: true, kind: 'spike' as const, sensorFault: false, threshold: 0.5 };
  const unknown = { expected: null, lower: null, upper: null, channels: [] };
  /** a batch whose rows have an alarm where named */
  const batchOf = (
    seqFirst: number,
    alarms: readonly boolean[],
    lane: 'live' | 'backfill' = 'live',
  ) => {
    const batch = agentBatch(
      seqFirst,
      alarms.map(() => 1),
      { lane },
    );
    const explained = alarms.flatMap((alarm, row) =>
      alarm ? [{ row, alarm, ...told, ...unknown }] : [],
    );
    return agentParcel({ ...batch, series: batch.series.map((one) => ({ ...one, explained })) });
  };
  const edgesOf = async (...parcels: ReturnType<typeof batchOf>[]) => {
    const edges: string[] = [];
    for (const parcel of parcels) {
      const [outcome] = await trial.worker.commit([parcel]);
      for (const { on, tsUs } of outcome?.edges ?? [])
        edges.push(`${on ? 'on' : 'off'} ${(tsUs - START_US) / 1e6}`);
    }
    return edges;
  };

  test('begins and ends once over the borders of batches', async () => {
    expect(
      await edgesOf(
        batchOf(0, [false, true]),
        batchOf(2, [true, true]),
        batchOf(4, [false, false]),
      ),
    ).toEqual(['on 1', 'off 4']);
  });

  test('whose readings come by both lanes, the older ones later, begins once', async () => {
    const edges = await edgesOf(
      batchOf(14, [true]),
      batchOf(0, [false, false, false], 'backfill'),
      batchOf(15, [true]),
      batchOf(12, [true, true], 'backfill'),
    );
    expect(edges).toEqual(['on 14']);
  });

  test('still stands after a restart', async () => {
    await edgesOf(batchOf(0, [false, true]));
    trial.restart();
    expect(await edgesOf(batchOf(2, [true, false]))).toEqual(['off 3']);
    await edgesOf(batchOf(4, [true]));
    await trial.worker.compactAll();
    trial.restart();
    expect(await edgesOf(batchOf(5, [true, false]))).toEqual(['off 6']);
  });
});

describe('window summaries', () => {
  test('of the same content are one record; of other numbers another', async () => {
    const summary = {
      device: 'w',
      startUs: 0,
      endUs: 3e8,
      sampleCount: 10,
      anomalyCount: 1,
      avgScore: 0.1,
      maxScore: 0.9,
      minScore: 0,
    };
    const send = async (window: typeof summary) => {
      const [outcome] = await trial.worker.commit([{ ...plainParcel([]), windows: [window] }]);
      return outcome?.windowIds[0];
    };
    const first = await send(summary);
    expect(await send(summary)).toBe(first);
    expect(await send({ ...summary, anomalyCount: 2 })).not.toBe(first);
    expect(trial.worker.store.registry.find('w')?.ledger.windows).toMatchObject({
      count: 2,
      samples: 20,
      anomalies: 3,
    });
  });

  test('are made of what the cloud judges, five minutes each', async () => {
    await commit(wave(0, 601));
    expect(trial.worker.store.registry.find('d1')?.ledger.windows).toMatchObject({
      count: 2,
      samples: 600,
    });
  });
});
