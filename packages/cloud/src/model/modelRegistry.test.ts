import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock } from '@fernsight/base';
import { decodeModel, encodeModel, ModelError, trainForest } from '@fernsight/detect';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelRegistry } from './modelRegistry.ts';

let dataDir: string;
let clock: ManualClock;
let models: ModelRegistry;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'models-'));
  clock = new ManualClock(1_800_000_000_000_000);
  models = new ModelRegistry({ dataDir, clock });
});

afterEach(() => {
  models.close();
  rmSync(dataDir, { recursive: true });
});

/** A small model; another seed is another model. */
function modelBytes(sensorType: string, seed: number): Uint8Array {
  const rng = createRng(seed);
  const rows = Float64Array.from({ length: 400 }, () => rng.normal());
  const tenths = Array.from({ length: 10 }, () => 0.1);
  const reference = { edges: [1, 2, 3, 4, 5, 6, 7, 8, 9], shares: tenths };
  return encodeModel({
    sensorType,
    featureVersion: 1,
    features: ['a', 'b'],
    seriesCount: 1,
    readingCount: 200,
    rowCount: 200,
    reference: [reference, reference, reference],
    forest: trainForest(rows, 2, { trees: 3, sample: 16, random: () => rng.next() }),
  });
}

const hashOf = (bytes: Uint8Array): string => models.add(bytes, 'anna')?.hash ?? '';

describe('the registry', () => {
  it('names a model by its bytes, and keeps it once', () => {
    const bytes = modelBytes('temperature', 1);
    const model = models.add(bytes, 'anna');
    expect(model).toMatchObject({ sensorType: 'temperature', active: false, createdBy: 'anna' });
    expect(model?.report).toMatchObject({ trees: 3, sample: 16, rowCount: 200 });
    expect(models.add(bytes, 'bert')).toEqual(model);
    expect(models.list()).toHaveLength(1);
    expect(() => models.add(bytes.subarray(1), 'anna')).toThrow(ModelError);
  });

  it('activates, lists what was active when, and rolls back step by step to what ships', async () => {
    const [one, two] = [1, 2].map((seed) => hashOf(modelBytes('temperature', seed)));
    const other = hashOf(modelBytes('pressure', 3));
    expect(models.wanted()).toEqual([]);
    expect(models.rollBack('temperature', 'anna')).toBeUndefined();
    for (const hash of [one, other, two]) {
      await clock.advance(1_000);
      expect(models.activate(hash ?? '', 'anna')).toMatchObject({ hash });
    }
    expect(models.wanted()).toHaveLength(2);
    expect(models.wanted()).toContainEqual({ sensorType: 'temperature', hash: two });
    expect(models.list().filter(({ active }) => active)).toHaveLength(2);
    expect(models.rollBack('temperature', 'bert')).toMatchObject({ hash: one, by: 'bert' });
    expect(models.rollBack('pressure', 'bert')).toMatchObject({ hash: null });
    expect(models.wanted()).toEqual([{ sensorType: 'temperature', hash: one }]);
    models.close();
    models = new ModelRegistry({ dataDir, clock });
    expect(models.wanted()).toEqual([{ sensorType: 'temperature', hash: one }]);
    expect(models.activations().map(({ hash }) => hash)).toEqual([null, one, two, other, one]);
    expect(models.rollBack('temperature', 'bert')).toMatchObject({ hash: null });
    expect(models.rollBack('temperature', 'bert')).toMatchObject({ hash: null });
    expect(models.activate('0'.repeat(64), 'anna')).toBeUndefined();
  });
});

describe('what an agent fetches', () => {
  it('is signed with a key that only its owner can read, the same after a restart', () => {
    const hash = hashOf(modelBytes('temperature', 1));
    expect(statSync(join(dataDir, 'model.key')).mode & 0o077).toBe(0);
    const { publicKey } = models;
    models.close();
    models = new ModelRegistry({ dataDir, clock });
    expect(models.publicKey).toEqual(publicKey);
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    const signed = models.signed(hash);
    const bytes = Buffer.from(signed?.bytes ?? '', 'base64');
    const signature = Buffer.from(signed?.signature ?? '', 'base64');
    expect(decodeModel(bytes).sensorType).toBe('temperature');
    expect(verify(null, bytes, key, signature)).toBe(true);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    expect(verify(null, bytes, key, signature)).toBe(false);
  });
});
