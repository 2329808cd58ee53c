import { describe, expect, it } from 'vitest';
import { clusterRows, seededRandom } from '../forest/sampleRows.ts';
import type { RowBlock } from '../rowJudge.ts';
import { PatchBank } from './patchBank.ts';

const noise = clusterRows({ count: 4000, width: 2, seed: 12 });

/** A wave, its echo a quarter of a period later, and a flag that changes once in the prefix. */
function rowAt(i: number): [number, number, number] {
  const wave = (at: number) => Math.abs((at % 40) - 20) / 5;
  const n = (sensor: number) => 0.1 * (noise[(i * 2 + sensor) % noise.length] ?? 0);
  return [wave(i) + n(0), wave(i + 10) + n(1), i < 900 ? 0 : 1];
}

function prefix(count: number): RowBlock {
  const tsUs = Float64Array.from({ length: count }, (_, i) => i);
  return { width: 3, count, tsUs, values: rows(0, count) };
}

function rows(from: number, to: number): Float64Array {
  return Float64Array.from({ length: (to - from) * 3 }, (_, k) => {
    return rowAt(from + Math.floor(k / 3))[k % 3] ?? 0;
  });
}

function distances(bank: PatchBank, values: Float64Array): number[] {
  return Array.from({ length: values.length / 3 }, (_, i) =>
    bank.push(values.slice(3 * i, 3 * i + 3)),
  );
}

describe('the patch bank', () => {
  it('finds rows like the prefix usual', () => {
    const bank = PatchBank.learn(prefix(1000), seededRandom(1));
    const seen = distances(bank, rows(1000, 1600)).slice(40);
    expect(seen.filter((distance) => distance > 1.25).length).toBeLessThan(12);
  });

  it('finds a pattern strange whose values are all ordinary', () => {
    const bank = PatchBank.learn(prefix(1000), seededRandom(1));
    distances(bank, rows(1000, 1100));
    const still = new Float64Array(3 * 40).map((_, k) => (k % 3 === 2 ? 1 : 2));
    expect(Math.max(...distances(bank, still).slice(16))).toBeGreaterThan(2);
  });

  it('does not look at flags', () => {
    const a = PatchBank.learn(prefix(1000), seededRandom(1));
    const b = PatchBank.learn(prefix(1000), seededRandom(1));
    const values = rows(1000, 1100);
    const flipped = values.map((value, k) => (k % 3 === 2 ? 1 - value : value));
    expect(distances(a, flipped)).toEqual(distances(b, values));
  });
});
