/**
 * What the store reads back from its own file, damaged: whatever stands there, there are whole rows or a fault that says
 * so, and never another error, a column of another length, or a loop without end.
 */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Fault, PackFault } from '@fernsight/base';
import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { packPoints, packRaw, unpackPoints, unpackRaw } from './chunk.ts';
import { decodeEntries, encodeEntries } from './entry.ts';
import { rollRows } from './rollup.ts';
import { packAnomalies, type StoredAnomaly, unpackAnomalies } from './sqlite/anomalyPack.ts';
import { packSeries, seriesIn } from './sqlite/pastAnomalies.ts';

const numRuns = inject('torture') ? 1_000_000 : 10_000;
/** Enough for a chunk to be compressed. */
const rows = Array.from({ length: 48 }, (_, row) => row);

/** Bytes replaced, and then so many left: at the end, behind it, or anywhere. */
const damage = fc.record({
  spots: fc.array(fc.record({ at: fc.nat(4_095), byte: fc.nat(255) }), { maxLength: 3 }),
  length: fc.option(fc.nat(4_095), { freq: 3 }),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Uint8Array, { spots, length }: Damage): Uint8Array {
  const copy = bytes.slice();
  for (const { at, byte } of spots) copy[at % copy.length] = byte;
  return length === null ? copy : copy.slice(0, length % (copy.length + 1));
}

const band = (row: number) => ({ tsUs: row * 60e6, lower: 1 + (row % 3), upper: 9 });
/** @param value of a row: decimals, some that are none, or none at all */
const rawOf = (value: (row: number) => number) => ({
  tsUs: Float64Array.from(rows, (row) => row * 1e6 + (row % 7 === 0 ? 1 : 0)),
  value: Float64Array.from(rows, value),
  steps: Uint16Array.from(rows, (row) => (row * 7_919) % 65_536),
  marks: Uint16Array.from(rows, (row) => (row < 30 ? 2 : 3)),
  bands: rows.slice(0, 9).map(band),
});
const raws = [
  rawOf((row) => row / 10),
  rawOf((row) => (row % 20 === 0 ? Math.PI * row : row / 100)),
  rawOf((row) => Math.sin(row)),
];
const anomaly = (row: number): StoredAnomaly => ({
  id: row * 2,
  series: row % 3,
  tsUs: row * 1e6,
  value: row / 10,
  steps: 60_000 + row,
  mark: 3,
  began: false,
  backfilled: row % 2 === 0,
  onsetUs: row % 4 === 0 ? undefined : row * 1e6,
  region: undefined,
  detail: {
    threshold: row % 5 === 0 ? 0.123 : 1,
    expected: row % 6 === 0 ? Number.NaN : row,
    lower: row - 1,
    upper: row + 1,
    channels: [
      ['spike', 1],
      ['a sensor', 0.5],
    ],
    evidence: [row, -row],
    among: row % 9 === 0 ? ['s1', 'ü'] : [],
  },
});
const entry = {
  receivedUs: 7,
  series: Uint32Array.of(1, 2, 3),
  tsUs: Float64Array.of(1e6, 2e6, 3e6),
  value: Float64Array.of(1, 2.5, -3),
  steps: Uint16Array.of(1, 2, 3),
  marks: Uint16Array.of(2, 2, 2),
  bands: [{ series: 1, tsUs: 0, lower: 0.5, upper: 1.5 }],
  events: [{ what: 'duplicates' as const, device: 1, count: 3 }],
};

/** As it stands on disk, and the same with what was compressed damaged and compressed again. */
function forms(bytes: Uint8Array, isCompressed: boolean) {
  const asStored = (how: Damage) => damaged(bytes, how);
  if (!isCompressed) return [asStored];
  const inner = zstdDecompressSync(bytes.subarray(1));
  const repacked = (how: Damage) =>
    Buffer.concat([bytes.subarray(0, 1), zstdCompressSync(damaged(inner, how))]);
  return [asStored, repacked];
}

/** Reads it in each of its forms with each damage. */
function readAll(
  stored: readonly ((how: Damage) => Uint8Array)[],
  read: (bytes: Uint8Array) => void,
  fault: typeof Fault = PackFault,
): void {
  fc.assert(
    fc.property(fc.constantFrom(...stored), damage, (form, how) => {
      try {
        read(form(how));
      } catch (error) {
        if (!(error instanceof fault)) throw error;
      }
    }),
    { numRuns },
  );
}

describe('whatever stands on disk', () => {
  test('as a chunk of readings', () => {
    const all = raws.map(packRaw).flatMap((bytes) => forms(bytes, bytes[0] === 5));
    expect(all.length).toBeGreaterThan(raws.length);
    readAll(all, (bytes) => {
      const raw = unpackRaw(bytes);
      const { tsUs, value, steps, marks, bands } = raw;
      const { count } = rollRows(raw, 60e6, { withFuture: true });
      if (count.reduce((sum, one) => sum + one, 0) !== tsUs.length) expect.fail('a row is lost');
      const isWhole = [value, steps, marks].every(({ length }) => length === tsUs.length);
      if (!isWhole || bands.length > bytes.length * rows.length) expect.fail('columns differ');
    });
  });

  test('as a chunk of rollups', () => {
    const all = raws
      .map((raw) => packPoints(rollRows(raw, 2e6)))
      .flatMap((bytes) => forms(bytes, bytes[0] === 5));
    readAll(all, (bytes) => {
      const points = unpackPoints(bytes);
      const isWhole = Object.values(points).every(({ length }) => length === points.tsUs.length);
      if (!isWhole || points.worst.some((worst) => worst < -1)) expect.fail('a point is not whole');
    });
  });

  test('as a row of the journal', () => {
    const all = [[entry], [entry, entry]].flatMap((list) => forms(encodeEntries(list), false));
    readAll(
      all,
      (bytes) => {
        for (const { tsUs, value, series, steps, marks, bands, events } of decodeEntries(bytes)) {
          const columns = [value, series, steps, marks];
          const isWhole = columns.every(({ length }) => length === tsUs.length);
          if (!isWhole || !Array.isArray(bands) || !Array.isArray(events)) expect.fail('cut');
        }
      },
      Fault,
    );
  });

  test('as a block of past anomalies', () => {
    readAll(forms(packAnomalies(rows.slice(0, 12).map(anomaly)), true), (bytes) => {
      for (const { id, detail } of unpackAnomalies(bytes))
        if (typeof id !== 'number' || !Array.isArray(detail.channels)) expect.fail('a row is cut');
    });
  });

  test('as the series of a block', () => {
    readAll(forms(packSeries(rows.map(anomaly)), false), (bytes) => {
      expect(seriesIn(bytes).length).toBeLessThanOrEqual(bytes.length);
    });
  });
});
