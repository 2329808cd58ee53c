import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@fernsight/base';
import type {
  AnomaliesReply,
  BatchReply,
  FreshFeedback,
  IncidentsReply,
  SuppressionsReply,
  TrainingRun,
  TrainingsReply,
} from '@fernsight/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from '../cloudTrial.ts';
import { agentBatch, START_US } from '../worker/workerTrial.ts';

const MINUTE_US = 60_000_000;
const QUIET = 2_000;
const chance = createRng('feedback');
const values = Array.from({ length: QUIET + 400 }, () => 20 + chance.normal());

let trial: CloudTrial;
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fernsight-feedback-'));
});
afterEach(async () => {
  await trial.end();
  rmSync(dir, { recursive: true });
});

const stampOf = (index: number): number => NOW_US - (QUIET + 500 - index) * MINUTE_US;

/** Pushes the readings [from, to), the last one moved by `bump`. @returns its stamp */
async function push(from: number, to: number, bump = 0): Promise<number> {
  const tsUs = Array.from({ length: to - from }, (_, row) => stampOf(from + row));
  const value = values.slice(from, to);
  value[value.length - 1] = (value.at(-1) ?? 0) + bump;
  const columns = [{ device: 'pump', sensor: 'heat', type: 'temperature', tsUs, value }];
  const heard = await trial.post('/api/v1/readings', { columns });
  expect(heard).toMatchObject({ status: 202, body: { accepted: to - from } });
  return stampOf(to - 1);
}

const anomalies = async (query = ''): Promise<AnomaliesReply['anomalies']> => {
  const { body } = await trial.get(`/api/v1/anomalies?device=pump${query}`);
  return (body as AnomaliesReply).anomalies;
};
/** @returns how many readings of a span a training took, and how many it left out; they are too few for a model */
async function trained(fromUs: number, toUs: number): Promise<TrainingRun | undefined> {
  const path = '/api/v1/sensor-types/temperature/train';
  const { body } = await trial.post(path, { fromUs, toUs });
  for (;;) {
    const { trainings } = (await trial.get('/api/v1/trainings')).body as TrainingsReply;
    const run = trainings.find(({ id }) => id === (body as TrainingRun).id);
    if (run?.state !== 'running') return run;
  }
}
const suppressions = async () =>
  ((await trial.get('/api/v1/suppressions')).body as SuppressionsReply).suppressions;
const isListed = async (tsUs: number, query = '') =>
  (await anomalies(query)).some((anomaly) => anomaly.tsUs === tsUs);

describe('a verdict that is not an anomaly', () => {
  it('keeps its like quiet, across a restart too, until it is taken back', async () => {
    trial = await openCloud({ dir });
    const first = await push(0, QUIET, 12);
    const given = { label: 'notAnomaly', device: 'pump', sensor: 'heat', recurrence: 'always' };
    const heard = await trial.post('/api/v1/feedback', { ...given, tsUs: first });
    expect(heard.status).toBe(201);
    const [fresh] = (heard.body as FreshFeedback).feedback;
    expect(fresh).toMatchObject({ tsUs: first, by: 'local', suppression: fresh?.id });
    expect(await anomalies(`&toUs=${first}&fromUs=${first}`)).toMatchObject([
      { label: 'notAnomaly' },
    ]);

    const second = await push(QUIET, QUIET + 60, 12);
    expect(await isListed(second)).toBe(false);
    expect(await anomalies('&suppressed=true')).toMatchObject([
      { tsUs: second, suppressedBy: fresh?.id, alarm: false, kind: 'spike' },
    ]);
    expect(await suppressions()).toMatchObject([
      { id: fresh?.id, tsUs: first, recurrence: 'always', count: 1, lastUs: second },
    ]);
    const normal = { readingCount: 59, excludedCount: 0 };
    expect(await trained(stampOf(QUIET), second - 1)).toMatchObject(normal);
    expect(await trained(second, second)).toMatchObject({ readingCount: 0, excludedCount: 1 });
    const other = await push(QUIET + 60, QUIET + 120, -12);
    expect(await isListed(other)).toBe(true);

    await trial.end();
    trial = await openCloud({ dir });
    const third = await push(QUIET + 120, QUIET + 180, 12);
    expect(await isListed(third)).toBe(false);

    const url = `${trial.cloud.url}/api/v1/suppressions/${fresh?.id}`;
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(404);
    expect(await suppressions()).toEqual([]);
    const fourth = await push(QUIET + 180, QUIET + 240, 14);
    expect(await isListed(fourth)).toBe(true);
  });

  it('is refused where nobody knows the verdict, and replaced by a second thought', async () => {
    trial = await openCloud({ dir });
    const tsUs = await push(0, QUIET, 12);
    const about = { device: 'pump', sensor: 'heat', tsUs };
    const give = (body: object) => trial.post('/api/v1/feedback', body);
    expect((await give({ ...about, label: 'real', tsUs: tsUs + 1 })).status).toBe(404);
    expect((await give({ label: 'notAnomaly', incident: 77 })).status).toBe(404);
    expect((await give({ ...about, label: 'perhaps' })).status).toBe(422);
    await give({ ...about, label: 'notAnomaly' });
    expect(await suppressions()).toHaveLength(1);
    await give({ ...about, label: 'real' });
    expect(await suppressions()).toEqual([]);
    expect((await trial.get('/api/v1/feedback?device=pump')).body).toMatchObject({
      feedback: [{ label: 'real', tsUs, suppression: null }],
    });
  });
});

describe('a verdict over the sensors of a device together', () => {
  const SENSORS = ['flow', 'heat', 'load'];
  const EVENT = [1.8, -1.8, 0];
  /** what the three follow, and what each has of its own */
  const common = values.map((value) => 2 * (value - 20));
  const chances = SENSORS.map((sensor) => createRng(sensor));
  const own = chances.map((rng) => values.map(() => rng.normal()));

  /** Pushes the rows [from, to) of three sensors, each moved by `off`. */
  async function pushRows([from, to]: readonly [number, number], off = [0, 0, 0]): Promise<void> {
    const rows = Array.from({ length: to - from }, (_, row) => from + row);
    const columns = SENSORS.map((sensor, at) => ({
      device: 'plant',
      sensor,
      tsUs: rows.map(stampOf),
      value: rows.map((row) => (common[row] ?? 0) + (own[at]?.[row] ?? 0) + (off[at] ?? 0)),
    }));
    expect(await trial.post('/api/v1/readings', { columns })).toMatchObject({ status: 202 });
  }
  /** @returns those that raised an alarm, the oldest first */
  async function alarms(from: number, to: number): Promise<AnomaliesReply['anomalies']> {
    const span = `fromUs=${stampOf(from)}&toUs=${stampOf(to)}`;
    const path = `/api/v1/anomalies?device=plant&sensor=@joint&alarms=true&${span}`;
    return ((await trial.get(path)).body as AnomaliesReply).anomalies.toReversed();
  }

  it('keeps its like quiet, over a restart too; another is told, and this one when it is taken back', async () => {
    trial = await openCloud({ dir });
    await pushRows([0, 1_500]);
    await pushRows([1_500, 1_540], EVENT);
    await pushRows([1_540, 1_700]);
    const [told] = await alarms(1_500, 1_540);
    expect(told).toMatchObject({ sensor: '@joint', kind: 'joint' });
    const given = { label: 'notAnomaly', device: 'plant', sensor: '@joint', recurrence: 'always' };
    const heard = await trial.post('/api/v1/feedback', { ...given, tsUs: told?.tsUs });
    expect(heard.status).toBe(201);
    const [fresh] = (heard.body as FreshFeedback).feedback;
    await trial.end();
    trial = await openCloud({ dir });
    await pushRows([1_700, 1_740], EVENT);
    await pushRows([1_740, 1_900]);
    expect(await alarms(1_700, 1_860)).toEqual([]);
    const [listed] = await suppressions();
    expect(listed).toMatchObject({ id: fresh?.id, device: 'plant', sensor: '@joint' });
    expect(listed?.count).toBeGreaterThan(0);
    await pushRows([1_900, 1_940], [0, 1.8, -1.8]);
    await pushRows([1_940, 2_100]);
    expect(await alarms(1_900, 1_940)).toHaveLength(1);
    const url = `${trial.cloud.url}/api/v1/suppressions/${fresh?.id}`;
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(204);
    await pushRows([2_100, 2_140], EVENT);
    await pushRows([2_140, 2_200]);
    expect(await alarms(2_100, 2_140)).toHaveLength(1);
  });
});

describe('an incident', () => {
  /** Two hours of quiet and then the same sick readings a second, until now. @returns the stamp of the last */
  async function fallSick(bump: number): Promise<number> {
    const nowUs = trial.clock.nowUs();
    const lastUs = Math.max(nowUs, sickUs);
    const rows = sickUs === 0 ? QUIET : 300;
    const tsUs = Array.from({ length: rows }, (_, row) => lastUs - (rows - 1 - row) * 1_000_000);
    const value = tsUs.map((_, row) => (values[row] ?? 0) + (row >= rows - 3 ? bump : 0));
    const columns = [{ device: 'pump', sensor: 'heat', type: 'temperature', tsUs, value }];
    expect((await trial.post('/api/v1/readings', { columns })).status).toBe(202);
    await trial.clock.advance(3_000);
    sickUs = lastUs;
    return lastUs;
  }
  let sickUs = 0;
  beforeEach(() => {
    sickUs = 0;
  });
  const incidents = async () =>
    ((await trial.get('/api/v1/incidents')).body as IncidentsReply).incidents;

  it.each(['real', 'notAnomaly'] as const)(
    'is called %s: each of its verdicts, once',
    async (label) => {
      trial = await openCloud({ dir });
      await fallSick(12);
      const [incident] = await incidents();
      expect(incident).toMatchObject({ device: 'pump', cause: 'anomaly', acknowledgedBy: null });
      const heard = await trial.post('/api/v1/feedback', { label, incident: incident?.id });
      expect(heard.status).toBe(201);
      const [fresh, ...more] = (heard.body as FreshFeedback).feedback;
      expect(more).toEqual([]);
      expect(fresh).toMatchObject({ label, sensor: 'heat', incident: incident?.id, by: 'local' });
      expect(await incidents()).toMatchObject([{ acknowledgedBy: 'local' }]);
      const at = `&fromUs=${fresh?.tsUs}&toUs=${fresh?.tsUs}`;
      expect(await anomalies(at)).toMatchObject([{ label }]);
      expect(await suppressions()).toHaveLength(label === 'real' ? 0 : 1);
    },
  );
});

describe('an agent', () => {
  it('hears with its reply what it has not heard, once, for itself and its children', async () => {
    trial = await openCloud({ dir });
    const unknown = { expected: null, lower: null, upper: null };
    const verdict = {
      anomaly: true,
      alarm: true,
      kind: 'spike',
      sensorFault: false,
      threshold: 0.5,
    };
    const evidence = [200, 200, 0, 20, 60, 0, 0, 0, 0];
    const explanation = { ...verdict, ...unknown, channels: [], evidence, onsetUs: START_US };
    const say = async (device: string, seqFirst: number, known?: number) => {
      const batch = agentBatch(seqFirst, [1]);
      const [run] = batch.series;
      const series = [{ ...run, device, sensor: 'heat', explained: [{ row: 0, ...explanation }] }];
      const announce = [
        { device: 'edge-1', sensors: [] },
        { device, parent: 'edge-1', sensors: [] },
      ];
      const status = known === undefined ? batch.status : { ...batch.status, suppression: known };
      const body = { ...batch, agent: 'edge-1', announce, series, status };
      const heard = await trial.post('/api/v1/agents/edge-1/batches', body);
      expect(heard.status).toBe(200);
      return { ...(heard.body as BatchReply), tsUs: batch.series[0]?.firstUs ?? 0 };
    };
    const { tsUs, suppression } = await say('child-1', 0);
    expect(suppression).toBeUndefined();
    await trial.post('/api/v1/feedback', {
      label: 'notAnomaly',
      device: 'child-1',
      sensor: 'heat',
      tsUs,
    });
    const news = (await say('child-1', 1)).suppression;
    expect(news).toMatchObject({
      version: 1,
      series: [{ device: 'child-1', sensor: 'heat', regions: [{ atUs: tsUs, lastsUs: 0 }] }],
    });
    expect((await say('child-1', 2, 1)).suppression).toBeUndefined();
    const [region] = await suppressions();
    await fetch(`${trial.cloud.url}/api/v1/suppressions/${region?.id}`, { method: 'DELETE' });
    expect((await say('child-1', 3, 1)).suppression).toEqual({
      version: 2,
      series: [{ device: 'child-1', sensor: 'heat', regions: [] }],
    });
  });
});
