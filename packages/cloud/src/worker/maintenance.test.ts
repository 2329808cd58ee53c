/** What is taken in maintenance is judged and not learnt, and a replay learns from the same readings. */
import { createVerdict, SCORE_STEPS, SeriesJudge } from '@fernsight/detect';
import type { BatchReply, MaintenanceReply } from '@fernsight/wire';
import { createClient } from '@fernsight/wire/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from '../cloudTrial.ts';
import { isAlarm, isUnlearnt } from '../store/marks.ts';
import { agentBatch, plainParcel, START_US, WorkerTrial, waveAt } from './workerTrial.ts';

const ROWS = 1_200;
const CHUNK = 40;
/** rows [from, to) of a window, which comes back every EVERY rows */
const [FROM, TO, EVERY] = [500, 580, 300];
const stampOf = (row: number): number => START_US + row * 1e6;
const isCovered = (row: number): boolean => row >= FROM && (row - FROM) % EVERY < TO - FROM;
/** The process stands on its head while people work on it. */
const takenAt = (row: number): number => (isCovered(row) ? 90 - waveAt(row) : waveAt(row));

let trial: WorkerTrial;

beforeEach(() => {
  trial = new WorkerTrial();
});

afterEach(() => trial.end());

function maintain(device: string | null = null): void {
  const span = { startUs: stampOf(FROM), endUs: stampOf(TO), everyUs: EVERY * 1e6 };
  trial.worker.maintain([{ id: 1, device, ...span, reason: '', addedBy: '' }]);
}

type Deeds = Readonly<Record<number, () => void | Promise<void>>>;

/** @param deeds what is done before a row @returns scores in steps, and marks */
async function judged(deeds: Deeds): Promise<{ steps: number[]; marks: number[] }> {
  const all = { steps: [] as number[], marks: [] as number[] };
  for (let first = 0; first < ROWS; first += CHUNK) {
    await deeds[first]?.();
    const readings = Array.from({ length: CHUNK }, (_, index) => {
      const row = first + index;
      return { tsUs: stampOf(row), value: takenAt(row) };
    });
    const [outcome] = await trial.worker.commit([plainParcel(readings)]);
    all.steps.push(...(outcome?.steps ?? []));
    all.marks.push(...(outcome?.marks ?? []));
  }
  return all;
}

/** The same by one judge that is shown what was taken in maintenance and learns nothing of it. */
function reference(): number[] {
  const judge = new SeriesJudge({});
  const verdict = createVerdict();
  return Array.from({ length: ROWS }, (_, row) => {
    if (isCovered(row)) judge.glance(stampOf(row), takenAt(row), verdict);
    else judge.judge(stampOf(row), takenAt(row), verdict);
    return Math.round(verdict.score * SCORE_STEPS);
  });
}

it('is judged, and not learnt, each time the window comes', async () => {
  const { steps, marks } = await judged({ 0: maintain });
  expect(steps).toEqual(reference());
  const rows = marks.map((_, row) => row);
  expect(rows.filter((row) => isUnlearnt(marks[row] ?? 0))).toEqual(rows.filter(isCovered));
  const alarms = marks.map(isAlarm);
  const changes = rows.filter((row) => row > 0 && alarms[row] !== alarms[row - 1]);
  expect(changes.filter(isCovered)).toEqual([]);
  expect(changes.length).toBeGreaterThan(1);
  trial.end();
  trial = new WorkerTrial();
  expect((await judged({})).steps).not.toEqual(reference());
});

it('is passed over by a replay, although the windows are others by then', async () => {
  const restart = () => {
    trial.restart();
    maintain();
  };
  const { steps } = await judged({
    0: maintain,
    520: restart,
    600: () => trial.worker.compactAll(),
    // killed right behind the second time, with the windows gone until the replay is over
    880: async () => {
      trial.restart();
      await trial.worker.commit([plainParcel([])]);
      maintain();
    },
  });
  expect(steps).toEqual(reference());
});

it('is of the devices of the window alone', async () => {
  const { steps } = await judged({ 0: () => maintain('another') });
  trial.end();
  trial = new WorkerTrial();
  expect(steps).toEqual((await judged({})).steps);
});

it('is known over HTTP from the answer to the window on, and after a restart of the server', async () => {
  const rows = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => from + index);
  const push = async ({ post }: CloudTrial, [from, to]: readonly [number, number]) => {
    const tsUs = rows(from, to).map((row) => NOW_US - (ROWS - row) * 1e6);
    const value = rows(from, to).map((row) => (from < FROM ? waveAt(row) : 90 - waveAt(row)));
    const columns = ['worked', 'left'].map((device) => ({ device, sensor: 's', tsUs, value }));
    expect((await post('/api/v1/readings', { columns })).status).toBe(202);
  };
  const first = await openCloud({ dir: trial.dir });
  await push(first, [0, FROM]);
  const span = { startUs: NOW_US - (ROWS - FROM) * 1e6, endUs: NOW_US, everyUs: null };
  const window = { device: 'worked', ...span, reason: 'oil' };
  expect((await first.post('/api/v1/maintenance', window)).status).toBe(201);
  await push(first, [FROM, TO]);
  await first.end();
  const second = await openCloud({ dir: trial.dir });
  await push(second, [TO, ROWS]);
  const { devices } = await createClient({ baseUrl: second.cloud.url }).call('fleet', {
    query: {},
  });
  const expected = new Map(
    devices.map(({ device, sensors }) => [device, sensors[0]?.expected ?? 0]),
  );
  await second.end();
  expect(expected.get('worked')).toBeLessThan(25);
  expect(expected.get('left')).toBeGreaterThan(30);
});

it('is told to an agent with its reply, for itself and its children, when it holds other windows', async () => {
  const cloud = await openCloud({ dir: trial.dir });
  let seqFirst = 0;
  const say = async (maintenance?: string) => {
    const { series, status, ...batch } = agentBatch(seqFirst++, [1]);
    const announce = [
      { device: 'a1', sensors: [] },
      { device: 'child', parent: 'a1', sensors: [] },
    ];
    const told = { ...status, ...(maintenance === undefined ? {} : { maintenance }) };
    const [run] = series;
    const stages = [{ row: 0, stage: 'ready', unlearnt: maintenance !== undefined }];
    const body = { ...batch, announce, series: [{ ...run, stages }], status: told };
    const heard = await cloud.post('/api/v1/agents/a1/batches', body);
    expect(heard.status).toBe(200);
    return (heard.body as BatchReply).maintenance;
  };
  expect(await say()).toBeUndefined();
  const span = { startUs: NOW_US, endUs: NOW_US + 60e6, everyUs: null };
  const weekly = { ...span, everyUs: 7 * 86_400e6 };
  for (const window of [
    { device: 'child', ...span },
    { device: 'another', ...span },
    { device: null, ...weekly },
  ]) {
    const added = await cloud.post('/api/v1/maintenance', { ...window, reason: 'oil' });
    expect(added.status).toBe(201);
  }
  const told = await say();
  const windows = [
    { device: 'child', ...span },
    { device: null, ...weekly },
  ];
  expect(told?.windows).toEqual(windows);
  expect(await say('of another server')).toEqual(told);
  expect(await say(told?.version)).toBeUndefined();
  const { body } = await cloud.get('/api/v1/maintenance');
  for (const { id } of (body as MaintenanceReply).windows)
    await fetch(`${cloud.cloud.url}/api/v1/maintenance/${id}`, { method: 'DELETE' });
  expect((await say(told?.version))?.windows).toEqual([]);
  await cloud.end();
});
