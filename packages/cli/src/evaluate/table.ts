/**
 * Reads a benchmark's table: a gzip CSV of numbers under one header line.
 *
 * The sets are machine-written (no quotes, no blanks, one row a line), and a full CSV parser took 1.3 s over one SMD
 * file where a split takes 0.1 s; what people bring to `fernsight train` goes through csv-parse instead. A cell that is
 * not a number is an error that names file, line and column; an empty one is a missing value.
 */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parseTimestamp, UsageFault } from '@fernsight/base';
import type { LabelledRows } from '@fernsight/detect/evaluation';

export interface Table {
  readonly path: string;
  readonly header: readonly string[];
  /** cells by row */
  readonly rows: readonly (readonly string[])[];
}

/** @throws UsageFault when the file cannot be read or its rows differ in length */
export async function readTable(path: string): Promise<Table> {
  const text = await readGzip(path);
  const [head = '', ...lines] = text.trimEnd().split(/\r?\n/);
  const header = head.split(',');
  const rows = lines.map((line) => line.split(','));
  const bad = rows.findIndex((row) => row.length !== header.length);
  if (bad >= 0) {
    throw new UsageFault(`${path}:${bad + 2} has another number of columns than the header`, {
      op: 'evaluate.read',
      hint: 'Get the file again; it is cut or not a table.',
    });
  }
  return { path, header, rows };
}

async function readGzip(path: string): Promise<string> {
  try {
    return (await promisify(gunzip)(await readFile(path))).toString('utf8');
  } catch (cause) {
    throw new UsageFault(`cannot read ${path}`, {
      op: 'evaluate.read',
      hint: 'Give the folder of the sets with --data; it holds nab/, skab/, smd/ and others as .csv.gz.',
      cause,
    });
  }
}

/** @returns the index of a column. @throws UsageFault where the table has none of that name */
export function column(table: Table, name: string): number {
  const index = table.header.indexOf(name);
  if (index >= 0) return index;
  throw new UsageFault(`${table.path} has no column ${name}`, {
    op: 'evaluate.read',
    hint: `Its columns are ${table.header.join(', ')}.`,
  });
}

/** What stands where in a set's tables. */
export interface Layout {
  /** columns of values, in order */
  readonly values: readonly string[];
  /** column of 0 and 1; absent in training files */
  readonly label?: string;
  /** column of what was injected */
  readonly kind?: string;
  /** column of stamps, or the time from row to row where a set has none */
  readonly time: string | { readonly intervalUs: number };
}

/** @returns the table as rows. @throws UsageFault on a cell that is no number or time */
export function toRows(table: Table, name: string, layout: Layout): LabelledRows {
  const columns = layout.values.map((value) => column(table, value));
  const values = new Float64Array(table.rows.length * columns.length);
  table.rows.forEach((_, i) => {
    columns.forEach((index, j) => {
      values[i * columns.length + j] = parseCell(table, i, index);
    });
  });
  const labels = new Uint8Array(table.rows.length);
  const { label, kind } = layout;
  if (label !== undefined) {
    const index = column(table, label);
    table.rows.forEach((row, i) => {
      labels[i] = Number(row[index]) > 0 ? 1 : 0;
    });
  }
  const kindColumn = kind === undefined ? -1 : column(table, kind);
  return {
    name,
    width: columns.length,
    count: table.rows.length,
    tsUs: stamps(table, layout.time),
    values,
    labels,
    kinds: kind === undefined ? null : table.rows.map((row) => row[kindColumn] ?? ''),
  };
}

function parseCell(table: Table, row: number, index: number): number {
  const text = table.rows[row]?.[index] ?? '';
  if (text === '') return Number.NaN;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new UsageFault(
    `${table.path}:${row + 2}, column ${table.header[index]}: ${text} is no number`,
    { op: 'evaluate.read', hint: 'Get the file again; it is damaged.' },
  );
}

/** Equal stamps are moved on by 1 µs in their order, as ingest does. */
function stamps(table: Table, time: Layout['time']): Float64Array {
  if (typeof time !== 'string') {
    return Float64Array.from(table.rows, (_, i) => i * time.intervalUs);
  }
  const index = column(table, time);
  const written = Float64Array.from(table.rows, (row) => parseTimestamp(row[index] ?? ''));
  const tsUs = written.slice();
  for (let i = 1; i < tsUs.length; i += 1) {
    if (written[i] === written[i - 1]) tsUs[i] = (tsUs[i - 1] ?? 0) + 1;
  }
  return tsUs;
}
