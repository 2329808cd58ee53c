/**
 * Blocks of packed anomalies (anomalyPack.ts), read. Blocks are filled in order of arrival, so that their times overlap
 * where something came late; within the one transaction of a reader, a row is in its table or in one block.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ByteReader, ByteWriter } from '@fernsight/base';
import { type StoredAnomaly, unpackAnomalies } from './anomalyPack.ts';
import { asBytes, asNumber, oneRow, type SqlRow } from './database.ts';

const OVERLAPPING = `SELECT id, lastUs, series FROM pastAnomaly
  WHERE lastUs >= ? AND firstUs <= ? ORDER BY lastUs DESC`;
const READ = 'SELECT bytes FROM pastAnomaly WHERE id = ?';

export interface BlockFilter {
  readonly fromUs: number;
  readonly toUs: number;
  /** undefined: of every series */
  readonly series: ReadonlySet<number> | undefined;
}

export interface Block {
  /** stamp of its newest row */
  readonly lastUs: number;
  /** @returns the rows that the filter lets through, by series. O(rows of the block) */
  rows(): StoredAnomaly[];
}

export class PastAnomalies {
  readonly #overlapping: StatementSync;
  readonly #read: StatementSync;

  constructor(database: DatabaseSync) {
    this.#overlapping = database.prepare(OVERLAPPING);
    this.#read = database.prepare(READ);
  }

  /** @returns the blocks in which such rows may be, by their newest row, newest first; none is unpacked */
  *blocks({ fromUs, toUs, series }: BlockFilter): Generator<Block> {
    for (const row of this.#overlapping.iterate(fromUs, toUs)) {
      const { id, lastUs, series: held } = row as SqlRow;
      if (series !== undefined && !seriesIn(asBytes(held)).some((one) => series.has(one))) continue;
      const isAsked = (one: StoredAnomaly): boolean =>
        one.tsUs >= fromUs && one.tsUs <= toUs && (series === undefined || series.has(one.series));
      const bytes = (): Uint8Array => asBytes(oneRow(this.#read, asNumber(id))?.bytes);
      yield { lastUs: asNumber(lastUs), rows: () => unpackAnomalies(bytes()).filter(isAsked) };
    }
  }
}

/** @returns the numbers of the series that rows belong to, ascending, each by its distance from the one before */
export function packSeries(rows: readonly StoredAnomaly[]): Uint8Array {
  const out = new ByteWriter();
  let before = 0;
  for (const series of [...new Set(rows.map((row) => row.series))].sort((a, b) => a - b)) {
    out.varint(series - before);
    before = series;
  }
  return out.finish();
}

export function seriesIn(bytes: Uint8Array): number[] {
  const reader = new ByteReader(bytes);
  const series: number[] = [];
  for (let before = 0; reader.left > 0; series.push(before)) before += reader.varint();
  return series;
}
