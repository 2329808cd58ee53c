/** A file of readings that is made piece by piece, on the reader's thread. */
import type { RawRows } from '../store/chunk.ts';

export type ExportFormat = 'csv' | 'parquet';

/** Readings of one series, in time order. */
export interface SeriesRows {
  readonly device: string;
  readonly sensor: string;
  readonly rows: RawRows;
}

export interface ExportFile {
  /** @returns what can be sent, in a buffer of its own: none where readings are gathered first */
  add(rows: SeriesRows): Uint8Array<ArrayBuffer>;
  /** @returns the rest of the file */
  end(): Uint8Array<ArrayBuffer>;
}
