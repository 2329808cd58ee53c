import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentBatch, agentParcel, START_US, WorkerTrial } from './workerTrial.ts';

const SECOND_US = 1e6;
let trial: WorkerTrial;

beforeEach(() => {
  trial = new WorkerTrial();
});
afterEach(() => trial.end());

/** Readings [first, end), a second apart; each closes the row of the one before it. */
function batch(first: number, end: number) {
  const values = Array.from({ length: end - first }, (_, index) => 20 + index);
  const joint = {
    device: 'a1',
    firstUs: START_US + (first - 1) * SECOND_US,
    deltaUs: values.map((_, index) => (index === 0 ? 0 : SECOND_US)),
    scoreSteps: values.map((_, index) => first + index),
    explained: [],
  };
  return agentParcel(agentBatch(first, values, { joint: [joint] }));
}

test('joint rows of a batch that overlaps what was applied are stored once each, though the live lane has overtaken them', async () => {
  await trial.worker.commit([batch(1, 3)]);
  await trial.worker.commit([batch(20, 22)]);
  // its answer was lost: it comes again, together with what waited behind it
  await trial.worker.commit([batch(1, 9)]);
  const { points } = await trial.past('a1', '@joint');
  const seconds = points.map(({ tsUs }) => (tsUs - START_US) / SECOND_US);
  expect(seconds).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 19, 20]);
});

test('a batch with as many joint rows as readings is stored whole', async () => {
  const seconds = Array.from({ length: 40 }, (_, index) => index);
  await trial.worker.commit([batch(0, 40)]);
  const readings = await trial.past('a1', 's1');
  expect(readings.points).toMatchObject(
    seconds.map((second) => ({ mean: 20 + second, worst: second })),
  );
  const joint = await trial.past('a1', '@joint');
  expect(joint.points).toMatchObject(
    seconds.map((second) => ({ tsUs: START_US + (second - 1) * SECOND_US, worst: second })),
  );
});
