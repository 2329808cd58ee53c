/**
 * Readings as Parquet, stamps in microseconds, so that DuckDB and pandas read them as times.
 *
 * A few thousand readings are encoded at a time, as pages; a row group is many of them: each of its columns is the pages of
 * that column, one behind the other. Groups as small as pages would make the file's index long, and all of it is held
 * until the end. Pages that are put together have no dictionary, of which a column of a group has one.
 */
import { SCORE_STEPS } from '@fernsight/detect';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { ROW_GROUP_READINGS } from '../limits.ts';
import { isAnomaly, isScored, kindOf, stageOf } from '../store/marks.ts';
import type { ExportFile, SeriesRows } from './exportFile.ts';

type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema'];
type ColumnData = Parameters<ParquetWriter['write']>[0]['columnData'];
type Meta = NonNullable<ParquetWriter['row_groups'][number]['columns'][number]['meta_data']>;
type Statistics = NonNullable<Meta['statistics']>;

/** The pages of one column. */
interface Pages {
  readonly meta: Meta;
  readonly bytes: Uint8Array;
}

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
/** The file's first bytes, and its last. */
const MAGIC_BYTES = 4;

export class ParquetFile implements ExportFile {
  readonly #out = new ByteWriter();
  readonly #file = new ParquetWriter({
    writer: this.#out,
    schema: SCHEMA,
    createdBy: 'fernsight',
  });
  /** columns of each part of the group that is not yet sent */
  #parts: (readonly Pages[])[] = [];
  #partRows = 0;
  #series = '';

  add(series: SeriesRows): Uint8Array<ArrayBuffer> {
    const count = series.rows.tsUs.length;
    if (count === 0) return this.#taken([]);
    const name = JSON.stringify([series.device, series.sensor]);
    const isFull = this.#partRows + count > ROW_GROUP_READINGS;
    const group = isFull || name !== this.#series ? this.#group() : [];
    this.#series = name;
    this.#parts.push(pagesOf(series));
    this.#partRows += count;
    return this.#taken(group);
  }

  end(): Uint8Array<ArrayBuffer> {
    const group = this.#taken(this.#group());
    this.#file.finish();
    return concat([group, this.#taken([])]);
  }

  /** Ends the group. @returns its bytes */
  #group(): Uint8Array[] {
    const rows = BigInt(this.#partRows);
    const parts = this.#parts;
    this.#parts = [];
    this.#partRows = 0;
    let offset = this.#out.offset;
    const bytes: Uint8Array[] = [];
    const columns = (parts[0] ?? []).map((_, column) => {
      const pages = parts.flatMap((part) => part[column] ?? []);
      const meta = joined(pages.map((page) => page.meta));
      meta.data_page_offset = BigInt(offset);
      for (const page of pages) {
        bytes.push(page.bytes);
        offset += page.bytes.length;
      }
      return { meta_data: meta, file_offset: meta.data_page_offset };
    });
    if (columns.length === 0) return bytes;
    const total_byte_size = columns.reduce(
      (sum, { meta_data }) => sum + meta_data.total_uncompressed_size,
      0n,
    );
    const total_compressed_size = BigInt(offset - this.#out.offset);
    this.#file.row_groups.push({ columns, total_byte_size, num_rows: rows, total_compressed_size });
    this.#file.num_rows += rows;
    this.#out.offset = offset;
    return bytes;
  }

  /** @returns what the file's writer wrote since the last call, and these bytes behind it, which it has counted */
  #taken(bytes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const written = this.#out.getBytes();
    this.#out.index = 0;
    return concat([written, ...bytes]);
  }
}

/** @returns the columns' pages, each by itself */
function pagesOf(series: SeriesRows): Pages[] {
  const out = new ByteWriter();
  const file = new ParquetWriter({ writer: out, schema: SCHEMA });
  const columnData = columnsOf(series);
  file.write({ columnData, rowGroupSize: series.rows.tsUs.length });
  let at = MAGIC_BYTES;
  return (file.row_groups[0]?.columns ?? []).flatMap(({ meta_data: meta }) => {
    if (meta === undefined) return [];
    const start = at;
    at += Number(meta.total_compressed_size);
    return [{ meta, bytes: new Uint8Array(out.buffer.slice(start, at)) }];
  });
}

function columnsOf({ device, sensor, rows }: SeriesRows): ColumnData {
  const { tsUs, value, steps, marks } = rows;
  const each = <T>(read: (row: number) => T): T[] => Array.from(tsUs, (_, row) => read(row));
  const markOf = (row: number): number => marks[row] ?? 0;
  const scoreOf = (row: number): number | null =>
    isScored(markOf(row)) ? (steps[row] ?? 0) / SCORE_STEPS : null;
  const plain = { encoding: 'PLAIN', offsetIndex: false } as const;
  return [
    { name: 'device', data: each(() => device), ...plain },
    { name: 'sensor', data: each(() => sensor), ...plain },
    {
      name: 'time',
      data: each((row) => BigInt(tsUs[row] ?? 0)),
      ...plain,
      encoding: 'DELTA_BINARY_PACKED',
    },
    { name: 'value', data: value, ...plain },
    { name: 'score', data: each(scoreOf), ...plain },
    { name: 'stage', data: each((row) => stageOf(markOf(row))), ...plain },
    { name: 'anomaly', data: each((row) => isAnomaly(markOf(row))), ...plain },
    { name: 'kind', data: each((row) => kindOf(markOf(row))), ...plain },
  ];
}

/** @param all at least one, of one column. @returns what holds for all pages together, but for where they stand */
function joined(all: readonly Meta[]): Meta {
  return all.reduce(({ encoding_stats: _, ...one }, other) => {
    one.num_values += other.num_values;
    one.total_uncompressed_size += other.total_uncompressed_size;
    one.total_compressed_size += other.total_compressed_size;
    one.statistics = widened(one.statistics ?? {}, other.statistics ?? {});
    return one;
  });
}

function widened(one: Statistics, other: Statistics): Statistics {
  const [min, least] = [one.min_value, other.min_value];
  const [max, most] = [one.max_value, other.max_value];
  const wide = { ...one, null_count: (one.null_count ?? 0n) + (other.null_count ?? 0n) };
  if (least !== undefined && (min === undefined || least < min)) wide.min_value = least;
  if (most !== undefined && (max === undefined || most > max)) wide.max_value = most;
  return wide;
}

/** @returns a buffer of its own */
function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
