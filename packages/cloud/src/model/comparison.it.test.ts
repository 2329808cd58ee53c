/** Two models on the same stored readings, over HTTP, on the thread that compares in production. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, must, systemClock, US_PER_SECOND } from '@fernsight/base';
import {
  createVerdict,
  decodeModel,
  encodeModel,
  SeriesJudge,
  Training,
  type Verdict,
} from '@fernsight/detect';
import type { CompareModels } from '@fernsight/wire';
import type { Client } from '@fernsight/wire/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openThreaded } from '../cloudTrial.ts';

const READINGS = 4_000;
const SERVICED = 500;
const TYPE = 'temperature';
const DEVICES = ['a', 'b'];

const dataDir = mkdtempSync(join(tmpdir(), 'comparison-'));
const nowUs = systemClock.nowUs();
const tsUs = Array.from({ length: READINGS }, (_, row) => nowUs - (READINGS - row) * US_PER_SECOND);
const calm = modelOf(TYPE, (row, noise) => Math.sin(row / 100) + 0.1 * noise);
/** What was ordinary to it wanders. */
const wandering = (() => {
  let level = 0;
  return modelOf(TYPE, (_, noise) => {
    level = 0.98 * level + noise;
    return level;
  });
})();
let client: Client;
let end: () => Promise<void>;

/** Noise, in which it rings now and then; the last readings are taken in maintenance. */
function valuesOf(device: string): number[] {
  const chance = createRng(device);
  return tsUs.map((_, row) => {
    const ringing = row % 500 > 470 ? 0.5 * Math.sin(row / 2) : 0;
    return 20 + 0.1 * chance.normal() + ringing;
  });
}

function modelOf(sensorType: string, signal: (row: number, noise: number) => number): Uint8Array {
  const rng = createRng('model');
  const training = new Training({ sensorType, random: () => rng.next(), trees: 20 });
  training.begin();
  for (let row = 0; row < 2_000; row++) training.take(1e15 + row * 1e6, signal(row, rng.normal()));
  return encodeModel(training.finish());
}

async function upload(bytes: Uint8Array): Promise<string> {
  const body = { bytes: Buffer.from(bytes).toString('base64') };
  return (await client.call('uploadModel', { body })).hash;
}

async function compared(body: CompareModels) {
  const begun = await client.call('compareModels', { body });
  for (;;) {
    const { comparisons } = await client.call('comparisons', {});
    const run = must(
      comparisons.find(({ id }) => id === begun.id),
      'it is listed',
    );
    if (run.state !== 'running') return run;
  }
}

/** What a judge with that model says of a device's readings outside maintenance, once it is ready. */
function judged(device: string, bytes: Uint8Array | null): Verdict[] {
  const judge = new SeriesJudge(bytes === null ? {} : { forest: decodeModel(bytes).forest });
  const verdicts: Verdict[] = [];
  for (const [row, value] of valuesOf(device)
    .slice(0, READINGS - SERVICED)
    .entries()) {
    const verdict = createVerdict();
    judge.judge(tsUs[row] ?? 0, value, verdict);
    if (verdict.stage === 'ready') verdicts.push(verdict);
  }
  return verdicts;
}

beforeAll(async () => {
  ({ client, end } = await openThreaded(dataDir));
  for (const device of DEVICES) {
    const column = { device, sensor: 't', type: TYPE, tsUs, value: valuesOf(device) };
    await client.call('pushReadings', { body: { columns: [column] } });
    const startUs = tsUs[READINGS - SERVICED] ?? 0;
    const body = { device, startUs, endUs: nowUs, everyUs: null, reason: 'oil' };
    await client.call('addMaintenance', { body });
  }
});

afterAll(async () => {
  await end();
  rmSync(dataDir, { recursive: true });
});

describe('a comparison', () => {
  it('says what two judges with those models say of the same readings, and what people said', async () => {
    const { anomalies } = await client.call('anomalies', { query: { device: 'a' } });
    const settled = anomalies.filter((one) => one.tsUs < (tsUs[READINGS - SERVICED] ?? 0));
    expect(settled.length).toBeGreaterThan(2);
    for (const [index, { sensor, tsUs: at }] of settled.entries()) {
      const label = index === 0 ? 'notAnomaly' : 'real';
      await client.call('giveFeedback', { body: { label, device: 'a', sensor, tsUs: at } });
    }
    const labels = new Map(settled.map((one, index) => [one.tsUs, index === 0 ? 0 : 1]));
    const hashes = [await upload(calm), await upload(wandering)] as const;
    const [first, second] = hashes;
    const run = await compared({ sensorType: TYPE, first, second });
    expect(run).toMatchObject({ state: 'done', error: null, seriesCount: 2, seriesDone: 2 });
    const sides = [calm, wandering].map((bytes) => DEVICES.map((device) => judged(device, bytes)));
    for (const [index, side] of sides.entries()) {
      const verdicts = side.flat();
      const anomalyCount = verdicts.filter(({ anomaly }) => anomaly).length;
      const begins = ({ alarm }: Verdict, row: number, all: Verdict[]) =>
        alarm && all[row - 1]?.alarm !== true;
      const alarmCount = side.flatMap((all) => all.filter(begins)).length;
      const result = must(run.results[index], 'there is a result');
      const { hash } = result;
      expect(result).toMatchObject({ readingCount: verdicts.length, anomalyCount, alarmCount });
      expect(hash).toBe(hashes[index]);
      expect(result.meanScore).toBeCloseTo(
        verdicts.reduce((sum, { score }) => sum + score, 0) / verdicts.length,
        9,
      );
      expect(result.scores.reduce((sum, count) => sum + count)).toBe(verdicts.length);
      const weeks = (2 * (side[0]?.length ?? 0) - 2) / (7 * 86_400);
      expect(result.alarmsPerDeviceWeek).toBeCloseTo(alarmCount / weeks, 6);
      const startRow = READINGS - SERVICED - (side[0]?.length ?? 0);
      const marked = (side[0] ?? []).flatMap(({ anomaly }, row) => {
        const label = labels.get(tsUs[startRow + row] ?? 0);
        return anomaly && label !== undefined ? [label] : [];
      });
      const real = marked.filter((label) => label === 1).length;
      expect(result.marked).toEqual({ real, notReal: marked.length - real });
      expect(result.curve).toMatchObject({ notReal: 1, real: settled.length - 1 });
    }
    const [one = [], two = []] = sides.map((side) => side.flat());
    const agreed = one.map(({ anomaly }, row) => `${anomaly}/${two[row]?.anomaly}`);
    const count = (pair: string) => agreed.filter((other) => other === pair).length;
    const alone = { first: count('true/false'), second: count('false/true') };
    expect(run.agreement).toEqual({ both: count('true/true'), ...alone });
    expect(alone.first + alone.second).toBeGreaterThan(0);
    const shipped = await compared({ sensorType: TYPE, first: null, second });
    expect(shipped.results[0]?.hash).toBeNull();
    expect(shipped.results[1]).toEqual(run.results[1]);
  });

  it('of what cannot be compared is refused in words', async () => {
    const [first, second] = [await upload(calm), await upload(modelOf('flow', Math.sin))];
    const nobody = 'f'.repeat(64);
    const refused = async (body: CompareModels, status: RegExp) => {
      await expect(client.call('compareModels', { body })).rejects.toThrow(status);
    };
    await refused({ sensorType: TYPE, first, second: nobody }, /404.*there is no model/);
    await refused({ sensorType: TYPE, first, second }, /422.*is of the type flow/);
    await refused({ sensorType: TYPE, first, second: first }, /422.*the same model/);
    await refused(
      { sensorType: 'flow', first: null, second },
      /422.*no series is of the type flow/,
    );
    await refused({ sensorType: 'a b', first: null, second }, /422.*sensor type/);
    await refused({ sensorType: TYPE, first, second: null, fromUs: 2, toUs: 1 }, /422.*before/);
    await refused({ sensorType: TYPE, first, second: 'nonsense' }, /4\d\d/);
    const past = await compared({ sensorType: TYPE, first, second: null, fromUs: 1, toUs: 2 });
    expect(past).toMatchObject({ state: 'failed', results: [], seriesDone: 2 });
    expect(past.error).toMatch(/too few readings/);
  });
});
