import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCALE_FREE_VERSION } from '../features/scaleFree.ts';
import { clusterRows, seededRandom } from '../forest/sampleRows.ts';
import { trainForest } from '../forest/train.ts';
import { ModelError } from '../modelError.ts';
import { seal } from '../sealed.ts';
import { decodeModel, encodeModel, parseSensorType, type SensorModel } from './model.ts';
import { referenceOf } from './reference.ts';

const rows = clusterRows({ count: 200, width: 2, seed: 1 });
const model: SensorModel = {
  sensorType: 'temperature',
  featureVersion: SCALE_FREE_VERSION,
  features: ['jump', 'noise'],
  seriesCount: 2,
  readingCount: 250,
  rowCount: 200,
  reference: [...referenceOf(rows, 2), ...referenceOf(new Float64Array(9), 1)],
  spread: [0.1, 0, 0.3],
  forest: trainForest(rows, 2, { trees: 2, sample: 8, random: seededRandom(2) }),
};
const bytes = encodeModel(model);
const payload = bytes.subarray(16);
const kind = { magic: 'FSSM', version: 1, name: 'model' };

describe('the model codec', () => {
  it('returns the model it was given, and the same bytes again', () => {
    const { forest, ...card } = decodeModel(bytes);
    const { forest: original, ...expected } = model;
    expect(card).toEqual(expected);
    expect(forest.rawScore(rows)).toBe(original.rawScore(rows));
    expect(encodeModel({ ...card, forest })).toEqual(bytes);
  });

  it('reads a model that does not know how far its series lay apart', () => {
    const older = encodeModel(Object.assign({ ...model }, { spread: undefined }));
    expect(decodeModel(older)).toMatchObject({ rowCount: 200, spread: [] });
  });

  it('refuses every flipped byte, every truncation and every addition', () => {
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      expect(() => decodeModel(damaged), `byte ${at}`).toThrow(ModelError);
      expect(() => decodeModel(bytes.subarray(0, at)), `length ${at}`).toThrow(ModelError);
    }
    expect(() => decodeModel(Uint8Array.from([...bytes, 0]))).toThrow(ModelError);
  });

  it('refuses content that is no model behind a sound checksum', () => {
    const edit = fc.tuple(fc.nat(payload.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1 }), fc.nat(payload.length), (edits, length) => {
        const edited = Uint8Array.from(payload);
        for (const [at, value] of edits) edited[at] = value;
        try {
          decodeModel(seal(kind, edited.subarray(0, length)));
        } catch (error) {
          if (!(error instanceof ModelError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses a card that does not fit the forest', () => {
    const bad = (fault: Partial<SensorModel>) => () =>
      decodeModel(encodeModel({ ...model, ...fault }));
    expect(bad({ features: ['jump'] })).toThrow(/1 names for 2 features/);
    expect(bad({ reference: [] })).toThrow(/a reference of other features/);
    expect(bad({ featureVersion: 99 })).toThrow(/Features of version 99/);
    expect(bad({ rowCount: -1 })).toThrow(/the count -1/);
    expect(bad({ sensorType: 'a b' })).toThrow(/The sensor type "a b"/);
  });

  it('takes short names of letters, digits, dots, dashes and underscores as a sensor type', () => {
    for (const name of ['temperature', 'cpu_usage', 'pm2.5', 'x'.repeat(64)]) {
      expect(parseSensorType(name)).toBe(name);
    }
    for (const name of ['', 'a/b', 'ä', 'x'.repeat(65), 7, null]) {
      expect(() => parseSensorType(name)).toThrow(/Give 1 to 64 letters/);
    }
  });
});
