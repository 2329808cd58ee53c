import { createPublicKey, verify } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, ManualClock, type Probe, silentLog } from '@fernsight/base';
import { decodeModel, encodeModel, ModelError, trainForest } from '@fernsight/detect';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupFolder, restoreFolder } from '../store/sqlite/backup.ts';
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
  const edges = Array.from({ length: 9 }, (_, edge) => 0.4 + edge / 100);
  const reference = { edges, shares: tenths };
  return encodeModel({
    sensorType,
    featureVersion: 1,
    features: ['a', 'b'],
    seriesCount: 1,
    readingCount: 200,
    rowCount: 200,
    reference: [reference, reference, reference],
    spread: [],
    forest: trainForest(rows, 2, { trees: 3, sample: 16, random: () => rng.next() }),
  });
}

const keyOf = (publicKey: string) =>
  createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });

/** Whether every model is signed with the key that is shown, and signatures lead to it from `first`. */
function standsFrom(first: string): boolean {
  const { publicKey, rotations } = models.modelKey();
  let key = first;
  for (const { previousKey, publicKey: next, signature } of rotations) {
    const bytes = Buffer.from(next, 'base64');
    const isSigned = verify(null, bytes, keyOf(key), Buffer.from(signature, 'base64'));
    if (previousKey !== key || !isSigned) return false;
    key = next;
  }
  const isSigned = models.list().every(({ hash }) => {
    const { bytes = '', signature = '' } = models.signed(hash) ?? {};
    const [what, by] = [bytes, signature].map((text) => Buffer.from(text, 'base64'));
    return what !== undefined && by !== undefined && verify(null, what, keyOf(key), by);
  });
  return key === publicKey && isSigned;
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
    const { reference, ...rest } = decodeModel(bytes);
    const last = { edges: Array.from({ length: 9 }, () => 1), shares: [] };
    const blind = encodeModel({ ...rest, reference: [...reference.slice(0, -1), last] });
    expect(() => models.add(blind, 'anna')).toThrow(/scores nothing higher/);
    expect(models.list()).toHaveLength(1);
  });

  it('does not know a model whose bytes in its file were cut or spoiled, until it is added again', () => {
    const bytes = modelBytes('temperature', 1);
    const [hash, other] = [hashOf(bytes), hashOf(modelBytes('temperature', 2))];
    for (const spoilt of ['substr(bytes, 1, length(bytes) - 9)', "x'00'", "bytes || x'00'"]) {
      models.database
        .prepare(`UPDATE model SET bytes = CAST(${spoilt} AS BLOB) WHERE hash = ?`)
        .run(hash);
      expect(models.changed()).toEqual([hash]);
      expect(models.list().map((one) => one.hash)).toEqual([other]);
      expect([models.find(hash), models.bytes(hash)]).toEqual([undefined, undefined]);
      expect(models.activate(hash, 'anna')).toBeUndefined();
      expect(hashOf(bytes)).toBe(hash);
      expect(models.changed()).toEqual([]);
      expect(models.bytes(hash)).toEqual(bytes);
    }
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
    const { publicKey } = models.modelKey();
    models.close();
    models = new ModelRegistry({ dataDir, clock });
    expect(models.modelKey()).toEqual({ publicKey, rotations: [] });
    const key = keyOf(publicKey);
    const signed = models.signed(hash);
    const bytes = Buffer.from(signed?.bytes ?? '', 'base64');
    const signature = Buffer.from(signed?.signature ?? '', 'base64');
    expect(decodeModel(bytes).sensorType).toBe('temperature');
    expect(verify(null, bytes, key, signature)).toBe(true);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    expect(verify(null, bytes, key, signature)).toBe(false);
  });
});

describe('a change of the key', () => {
  const reopen = (probe?: Pick<Probe, 'at'>) => {
    models.close();
    models = new ModelRegistry({ dataDir, clock, probe });
  };
  const keyFiles = () => readdirSync(dataDir).filter((name) => name.includes('model.'));

  it('signs every model anew, and signatures lead to it from each key before', () => {
    const { publicKey: first } = models.modelKey();
    for (const seed of [1, 2]) hashOf(modelBytes('temperature', seed));
    const before = models.modelKey();
    const second = models.rotateKey();
    expect(second.publicKey).not.toBe(first);
    expect(second.rotations).toMatchObject([
      { previousKey: first, publicKey: second.publicKey, atUs: clock.nowUs() },
    ]);
    hashOf(modelBytes('pressure', 3));
    expect(models.rotateKey().rotations).toHaveLength(2);
    expect(standsFrom(first)).toBe(true);
    expect(standsFrom(models.modelKey().publicKey)).toBe(false);
    expect(before.rotations).toEqual([]);
    const shown = models.modelKey();
    reopen();
    expect(models.modelKey()).toEqual(shown);
    expect(statSync(join(dataDir, 'model.key')).mode & 0o077).toBe(0);
    expect(keyFiles()).toEqual(['model.key']);
  });

  it.each([
    ['modelKey.made', 0],
    ['modelKey.signed', 0],
    ['modelKey.committed', 1],
  ] as const)('is ended or forgotten by the next start where it is killed at %s', (point, done) => {
    const { publicKey: first } = models.modelKey();
    for (const seed of [1, 2]) hashOf(modelBytes('temperature', seed));
    reopen({
      at: (reached) => {
        if (reached === point) throw new Error('killed');
      },
    });
    expect(() => models.rotateKey()).toThrow('killed');
    expect(keyFiles()).toEqual(['model.key', 'model.next.key']);
    reopen();
    expect(models.modelKey().rotations).toHaveLength(done);
    expect(standsFrom(first)).toBe(true);
    expect(keyFiles()).toEqual(['model.key']);
    models.rotateKey();
    expect(models.modelKey().rotations).toHaveLength(done + 1);
    expect(standsFrom(first)).toBe(true);
  });

  it('that is killed is in a backup as it is, and restores', async () => {
    writeFileSync(join(dataDir, 'fernsight.db'), '');
    const { publicKey: first } = models.modelKey();
    hashOf(modelBytes('temperature', 1));
    const killed = () => {
      throw new Error('killed');
    };
    reopen({ at: (point) => (point === 'modelKey.committed' ? killed() : undefined) });
    expect(() => models.rotateKey()).toThrow('killed');
    const to = join(dataDir, 'copy');
    await backupFolder({ dataDir, to, log: silentLog });
    const restored = join(dataDir, 'restored');
    await restoreFolder({ from: to, dataDir: restored, log: silentLog });
    expect(statSync(join(restored, 'model.key')).mode & 0o077).toBe(0);
    models.close();
    models = new ModelRegistry({ dataDir: restored, clock });
    expect(models.modelKey().rotations).toHaveLength(1);
    expect(standsFrom(first)).toBe(true);
  });

  it('in the midst of a backup makes it copy again, so that key and models belong together', async () => {
    writeFileSync(join(dataDir, 'fernsight.db'), '');
    const { publicKey: first } = models.modelKey();
    hashOf(modelBytes('temperature', 1));
    const to = join(dataDir, 'copy');
    let copied = 0;
    const rotateOnce = () => {
      if (++copied === 2) models.rotateKey();
    };
    await backupFolder({ dataDir, to, log: { ...silentLog, info: rotateOnce } });
    expect(copied).toBe(4);
    models.close();
    models = new ModelRegistry({ dataDir: to, clock });
    expect(models.modelKey().rotations).toHaveLength(1);
    expect(standsFrom(first)).toBe(true);
  });

  it('leaves no server that signs with a key that nobody knows', () => {
    hashOf(modelBytes('temperature', 1));
    const other = mkdtempSync(join(tmpdir(), 'models-other-'));
    new ModelRegistry({ dataDir: other, clock }).close();
    models.rotateKey();
    models.close();
    const key = join(dataDir, 'model.key');
    copyFileSync(join(other, 'model.key'), key);
    const open = () => new ModelRegistry({ dataDir, clock });
    expect(open).toThrow(/is not the key that models.db names/);
    rmSync(key);
    expect(open).toThrow(/is missing/);
    models = new ModelRegistry({ dataDir: other, clock });
    rmSync(other, { recursive: true });
  });
});
