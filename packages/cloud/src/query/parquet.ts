/** Readings as Parquet: one row group a day and series, stamps in microseconds, so that DuckDB and pandas read them as times. */
import { SCORE_STEPS } from '@fernsight/detect';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { RawRows } from '../store/chunk.ts';
import { isAnomaly, isScored, kindOf, stageOf } from '../store/marks.ts';

/** A day's readings of one series, at least one. */
export interface SeriesDay {
  readonly device: string;
  readonly sensor: string;
  readonly rows: RawRows;
}

type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema'];

const SCHEMA: Schema = [
  { name: 'root', num_children: 8 },
  { name: 'device', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'sensor', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'time', type: 'INT64', converted_type: 'TIMESTAMP_MICROS', repetition_type: 'REQUIRED' },
  { name: 'value', type: 'DOUBLE', repetition_type: 'REQUIRED' },
  { name: 'score', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  { name: 'stage', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'anomaly', type: 'BOOLEAN', repetition_type: 'REQUIRED' },
  { name: 'kind', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
];

/** @returns the file, piece by piece as its row groups are done */
export async function* parquetOf(days: AsyncIterable<SeriesDay>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const file = new ParquetWriter({ writer: bytes, schema: SCHEMA, createdBy: 'fernsight' });
  for await (const day of days) {
    await file.write({ columnData: columnsOf(day), rowGroupSize: day.rows.tsUs.length });
    yield take(bytes);
  }
  await file.finish();
  yield take(bytes);
}

/** What was written since the last call; the writer goes on counting its offset. */
function take(writer: ByteWriter): Uint8Array {
  const piece = new Uint8Array(writer.buffer.slice(0, writer.index));
  writer.index = 0;
  return piece;
}

function columnsOf({ device, sensor, rows }: SeriesDay) {
  const { tsUs, value, steps, marks } = rows;
  const each = <T>(read: (row: number) => T): T[] => Array.from(tsUs, (_, row) => read(row));
  const markOf = (row: number): number => marks[row] ?? 0;
  return [
    { name: 'device', data: each(() => device) },
    { name: 'sensor', data: each(() => sensor) },
    { name: 'time', data: each((row) => BigInt(tsUs[row] ?? 0)) },
    { name: 'value', data: value },
    {
      name: 'score',
      data: each((row) => (isScored(markOf(row)) ? (steps[row] ?? 0) / SCORE_STEPS : null)),
    },
    { name: 'stage', data: each((row) => stageOf(markOf(row))) },
    { name: 'anomaly', data: each((row) => isAnomaly(markOf(row))) },
    { name: 'kind', data: each((row) => kindOf(markOf(row))) },
  ];
}
