import { createVerdict, SCORE_STEPS, SeriesJudge, universalForest } from '@fernsight/detect';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { plainParcel, START_US, WorkerTrial, waveAt } from './workerTrial.ts';

const ROWS = 1_600;
const CHUNK = 40;
const stampOf = (row: number): number => START_US + row * 1e6;
let trial: WorkerTrial;

beforeEach(() => {
  trial = new WorkerTrial();
  trial.forests.set('forest', universalForest());
});

afterEach(() => trial.end());

type Deeds = Readonly<Record<number, (trial: WorkerTrial) => void | Promise<void>>>;

/** @returns the scores of all readings, in steps. @param deeds what is done before a row */
async function judged(deeds: Deeds): Promise<number[]> {
  const steps: number[] = [];
  for (let first = 0; first < ROWS; first += CHUNK) {
    await deeds[first]?.(trial);
    const readings = Array.from({ length: CHUNK }, (_, index) => {
      const row = first + index;
      return { tsUs: stampOf(row), value: waveAt(row) };
    });
    const [outcome] = await trial.worker.commit([plainParcel(readings)]);
    steps.push(...(outcome?.steps ?? []));
  }
  return steps;
}

/** The same by one judge; the forest comes and goes between two readings. */
function reference(changes: Readonly<Record<number, boolean>>): number[] {
  const judge = new SeriesJudge({});
  const verdict = createVerdict();
  return Array.from({ length: ROWS }, (_, row) => {
    const change = changes[row];
    if (change !== undefined) judge.swapForest(change ? universalForest() : undefined);
    judge.judge(stampOf(row), waveAt(row), verdict);
    return Math.round(verdict.score * SCORE_STEPS);
  });
}

const choose = ({ chosen }: WorkerTrial) => void chosen.set('s1', 'forest');
const pack = ({ worker }: WorkerTrial) => worker.compactAll();
const kill = (one: WorkerTrial) => one.restart();

it('the chosen model judges from the reading at which the device was packed, and until it is taken back', async () => {
  const scores = await judged({
    400: choose,
    600: pack,
    1000: ({ chosen }) => chosen.clear(),
    1200: pack,
  });
  expect(scores).toEqual(reference({ 600: true, 1200: false }));
  expect(scores).not.toEqual(reference({}));
});

it('a kill before, between and after choosing and packing changes no verdict', async () => {
  const scores = await judged({
    360: kill,
    400: (one) => [choose, kill].forEach((deed) => void deed(one)),
    480: kill,
    600: async (one) => {
      await pack(one);
      kill(one);
    },
    640: kill,
    1000: pack,
    1040: kill,
    1200: ({ chosen }) => chosen.clear(),
    1240: kill,
    1280: pack,
    1320: kill,
  });
  expect(scores).toEqual(reference({ 600: true, 1280: false }));
});

it('tells which model judges how many series of a type; what nothing judged since the start is left out', async () => {
  const use = () => trial.worker.modelUse();
  const readings = ['d1', 'd2'].flatMap((device) =>
    ['s1', 's2'].map((sensor) => ({ device, sensor, tsUs: START_US, value: 1 })),
  );
  await trial.worker.commit([plainParcel(readings)]);
  await pack(trial);
  choose(trial);
  await trial.worker.commit([plainParcel([{ tsUs: START_US + 1e6, value: 1 }])]);
  await pack(trial);
  const shipped = { hash: null, seriesCount: 2 };
  expect(use()).toEqual([
    {
      sensorType: 's1',
      seriesCount: 2,
      judged: [
        { hash: 'forest', seriesCount: 1 },
        { hash: null, seriesCount: 1 },
      ],
    },
    { sensorType: 's2', seriesCount: 2, judged: [shipped] },
  ]);
  trial.restart();
  await trial.worker.commit([plainParcel([{ tsUs: START_US + 2e6, value: 1 }])]);
  const judged = use().map((one) => one.judged);
  expect(judged).toEqual([[{ hash: 'forest', seriesCount: 1 }], [{ hash: null, seriesCount: 1 }]]);
});
