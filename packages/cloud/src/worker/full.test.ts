/** A server that has all the series it may have. */
import { must } from '@fernsight/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SERVER_SERIES_MAX } from '../limits.ts';
import { Head } from '../live/head.ts';
import { agentBatch, agentParcel, plainParcel, START_US, WorkerTrial } from './workerTrial.ts';

const DAY_US = 86_400e6;

let trial: WorkerTrial;
beforeEach(() => {
  trial = new WorkerTrial();
});
afterEach(() => trial.end());

const readingOf = (device: string, sensor = 's1', tsUs = START_US) =>
  plainParcel([{ device, sensor, tsUs, value: 1 }]);
const registry = () => trial.worker.store.registry;
const deviceNames = () => Array.from(registry().devices(), ({ name }) => name);

/** One device that nobody hears, with all of them. */
function fill(): void {
  const device = registry().addDevice('full');
  device.seenUs = START_US;
  while (registry().seriesCount < SERVER_SERIES_MAX)
    registry().addSeries(device, { sensor: `s${device.series.length}`, judge: 'agent' });
}

test('refuses what is new before it makes a device of it, until a silent one is deleted', async () => {
  fill();
  const window = {
    ...{ device: 'w', startUs: START_US, endUs: START_US + 1, sampleCount: 1, anomalyCount: 0 },
    ...{ avgScore: 0, maxScore: 0, minScore: 0 },
  };
  const reading = readingOf('d1');
  const [plain, windows, agent] = await trial.worker.commit([
    reading,
    { ...plainParcel([]), windows: [window] },
    agentParcel(agentBatch(0, [1, 2])),
  ]);
  expect(plain).toMatchObject({ stored: 0, refusals: [{ code: 'limit' }] });
  expect([windows?.problem?.status, windows?.windowIds]).toEqual([503, []]);
  expect([agent?.problem?.status, agent?.stored]).toEqual([503, 0]);
  expect(deviceNames()).toEqual(['full']);
  const head = new Head({ offlineAfterMs: 60_000, pruneAfterMs: 3_600_000 }, trial.clock);
  head.took(reading, must(plain, 'what became of it'));
  expect(head.byName()).toEqual([]);
  expect(trial.worker.bury(START_US + DAY_US)).toBe(1);
  expect(registry().seriesCount).toBe(0);
  expect(await trial.worker.commit([readingOf('d1')])).toMatchObject([{ stored: 1 }]);
  // it may come back only while there is room for all that it had
  expect(await trial.worker.commit([readingOf('full')])).toMatchObject([
    { stored: 0, refusals: [{ code: 'limit' }] },
  ]);
});

test('counts the series that are there, after a restart too', async () => {
  const both = [readingOf('d1'), readingOf('d1', 's2'), readingOf('d2')];
  await trial.worker.commit(both);
  await trial.worker.compactAll();
  expect(registry().seriesCount).toBe(3);
  const { store } = trial.worker;
  const gone = registry().find('d1');
  if (gone !== undefined) store.bury(gone);
  expect(registry().seriesCount).toBe(1);
  trial.restart();
  expect(registry().seriesCount).toBe(1);
  await trial.worker.commit([readingOf('d1', 's3', START_US + 1e6)]);
  expect(registry().seriesCount).toBe(4);
  trial.restart();
  expect(registry().seriesCount).toBe(4);
});
