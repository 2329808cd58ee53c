import { describe, expect, it } from 'vitest';
import { SCALE_FREE_NAMES, SCALE_FREE_VERSION } from '../features/scaleFree.ts';
import type { RowScorer } from '../forest/rowScorer.ts';
import { clusterRows, seededRandom } from '../forest/sampleRows.ts';
import { ModelError } from '../modelError.ts';
import { ReadingError } from '../reading.ts';
import { SeriesJudge } from '../seriesJudge.ts';
import { createVerdict } from '../verdict.ts';
import { DriftMeter } from './drift.ts';
import { encodeModel } from './model.ts';
import { Training } from './training.ts';
import { TrainingRows } from './trainingRows.ts';

function noise(seed: number, count = 3000): Float64Array {
  return clusterRows({ count, width: 1, seed }).map((value) => 20 + 0.5 * value);
}

function trainOn(series: readonly Float64Array[]): Training {
  const training = new Training({ sensorType: 'temperature', random: seededRandom(1) });
  for (const values of series) {
    training.begin();
    for (const [index, value] of values.entries()) training.take((index + 1) * 1e6, value);
  }
  return training;
}

/** What the forest of a judge is asked over a series. */
function rowsOf(values: Float64Array): number[][] {
  const rows: number[][] = [];
  const scorer: RowScorer = {
    score(row) {
      rows.push([...row]);
      return 0;
    },
  };
  const judge = new SeriesJudge({ forest: scorer });
  const out = createVerdict();
  for (const [index, value] of values.entries()) judge.judge((index + 1) * 1e6, value, out);
  return rows;
}

describe('training', () => {
  const model = trainOn([noise(1), noise(2)]).finish();

  it('makes a model that finds what its training lacked', () => {
    const calm = rowsOf(noise(3)).slice(1000);
    const spiked = rowsOf(noise(3).map((value, index) => (index === 2500 ? value + 8 : value)));
    const score = (row: readonly number[]) => model.forest.score(Float64Array.from(row));
    const usual = calm.map(score).toSorted((a, b) => a - b);
    const spike = score(spiked[2500] ?? []);
    expect(spike).toBeGreaterThan(usual[Math.floor(0.999 * usual.length)] ?? 1);
  });

  it('says what the model was trained on', () => {
    expect(model).toMatchObject({
      sensorType: 'temperature',
      featureVersion: SCALE_FREE_VERSION,
      features: SCALE_FREE_NAMES,
      seriesCount: 2,
      readingCount: 6000,
    });
    expect(model.rowCount).toBeGreaterThan(5000);
    const meter = new DriftMeter(model);
    for (const [index, value] of noise(4).entries()) meter.take((index + 1) * 1e6, value);
    expect(meter.measure()?.verdict).toBe('stable');
  });

  it('takes the rows that are judged ready and marked by nothing', () => {
    const rows = new TrainingRows();
    rows.begin();
    const values = noise(3, 1000).map((value, index) => (index === 900 ? value + 8 : value));
    const given = [...values.keys()].filter((index) => {
      return rows.take((index + 1) * 1e6, values[index] ?? 0) !== undefined;
    });
    expect(given[0]).toBe(256);
    expect(given).toContain(899);
    expect(given).not.toContain(900);
    expect(given.length).toBeGreaterThan(700);
  });

  it('gives the same bytes for the same readings and chance', () => {
    expect(encodeModel(trainOn([noise(1), noise(2)]).finish())).toEqual(encodeModel(model));
  });

  it('refuses too few readings, and a name that is none', () => {
    expect(() => trainOn([noise(1, 600)]).finish()).toThrow(/600 readings give \d+ rows/);
    expect(() => new Training({ sensorType: '', random: seededRandom(1) })).toThrow(ModelError);
  });

  it('refuses a model that would be blind: nothing in the readings varied', () => {
    const still = trainOn([new Float64Array(3_000).fill(20)]);
    expect(() => still.finish()).toThrow(/scores nothing higher than what it was trained on/);
    // what hardly varies is enough
    expect(trainOn([noise(1).map((value) => 20 + 1e-6 * value)]).finish().rowCount).toBeGreaterThan(
      0,
    );
  });

  it('leaves out a reading that cannot be judged and goes on', () => {
    const training = trainOn([noise(1), noise(2)]);
    expect(() => training.take(4e9, Number.NaN)).toThrow(ReadingError);
    expect(() => training.take(1, 20)).toThrow(ReadingError);
    expect(encodeModel(training.finish())).toEqual(encodeModel(model));
  });
});
