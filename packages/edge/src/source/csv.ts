/**
 * A CSV file, plain or gzip, or standard input, as a source. Each value column is a sensor.
 *
 * Its position is the number of rows given and the header they stood under, so that an agent that was killed goes on
 * with the very next row. A row that cannot be read is counted with its line; the readings beside it are kept.
 */
import { type Clock, type SensorCard, systemClock, UsageFault } from '@fernsight/base';
import { BLOCK_READINGS_MAX } from '../limits.ts';
import { type Columns, pickColumns } from './columns.ts';
import { parseNumber, parseTime } from './field.ts';
import { type Input, nameOfInput, readInput } from './input.ts';
import { Pace, type Speed } from './pace.ts';
import type { Block, Invalid, Source, Taken } from './source.ts';
import { openTable, type Row, type Table } from './table.ts';

export interface CsvOptions extends Input {
  readonly time?: string | undefined;
  /** columns that hold values; absent: the one, where that is plain */
  readonly values?: readonly string[] | undefined;
  /** default `max` */
  readonly speed?: Speed | undefined;
  /** default `original` */
  readonly stamps?: 'original' | 'now' | undefined;
  /** sensor names, types, units by column; default: the column's name */
  readonly cards?: Readonly<Record<string, SensorCard>> | undefined;
  /** the device the readings belong to; absent: the agent */
  readonly device?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly name?: string | undefined;
}

/** @returns a source that ends with the file; one from standard input cannot repeat */
export function createCsvSource(options: CsvOptions): Source {
  const { path } = options;
  const cards = Object.values(options.cards ?? {});
  const own = options.device === undefined;
  return {
    name: options.name ?? `csv:${path}`,
    repeatable: path !== '-',
    ...(own ? { sensors: cards } : { children: [{ device: options.device, sensors: cards }] }),
    read: (from, signal) => readCsv(options, from, signal),
  };
}

async function* readCsv(
  options: CsvOptions,
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Block> {
  const { path, clock = systemClock, speed = 'max', stamps = 'original' } = options;
  const name = nameOfInput(options);
  const table = await openTable(readInput(options, signal), name);
  const columns = pickColumns(table, options);
  if (columns.time === undefined && (stamps === 'original' || speed !== 'max')) {
    throw new UsageFault(`${name} has no column of times`, {
      op: 'csv.open',
      hint: 'name it with --time, or play it with --stamps now --speed max',
    });
  }
  const reader = new RowReader(table, columns, options);
  const pace = new Pace(clock, speed);
  let done = path === '-' ? 0 : rowsDone(from, table);
  let open = new OpenBlock();
  for await (const rows of table.blocks(done)) {
    for (const row of rows) {
      const waitMs = pace.waitMs(reader.timeOf(row));
      if (waitMs > 0 || !open.hasRoom(columns.values.length)) {
        if (!open.empty) yield open.finish(positionOf(done, table));
        open = new OpenBlock();
        await clock.sleep(waitMs, signal);
      }
      if (signal.aborted) return;
      reader.read(row, open);
      done++;
    }
    if (speed === 'max' && !open.empty) {
      yield open.finish(positionOf(done, table));
      open = new OpenBlock();
    }
  }
  yield open.finish(positionOf(done, table));
}

/** A block while it is filled. */
class OpenBlock {
  readonly readings: Taken[] = [];
  readonly invalid: Invalid[] = [];

  get empty(): boolean {
    return this.readings.length + this.invalid.length === 0;
  }

  hasRoom(count: number): boolean {
    return this.readings.length + count <= BLOCK_READINGS_MAX || this.empty;
  }

  finish(position: string): Block {
    return { readings: this.readings, invalid: this.invalid, position };
  }
}

class RowReader {
  readonly #table: Table;
  readonly #columns: Columns;
  readonly #options: CsvOptions;
  readonly #names: readonly string[];
  /** fields of a row: the header's, less empty names at its end */
  readonly #width: number;

  constructor(table: Table, columns: Columns, options: CsvOptions) {
    this.#table = table;
    this.#columns = columns;
    this.#options = options;
    this.#width = table.header.findLastIndex((name) => name !== '') + 1;
    this.#names = columns.values.map(({ name }) => options.cards?.[name]?.sensor ?? name);
  }

  /** @returns NaN where the row has no time */
  timeOf(row: Row): number {
    const { time } = this.#columns;
    return time === undefined ? Number.NaN : parseTime(row.fields[time] ?? '');
  }

  /** A row cut short, or shifted by a decimal comma, holds no value that is where it should be. */
  #widthFault({ fields }: Row): string | undefined {
    if (fields.length < this.#width) return 'too few fields';
    return fields.slice(this.#width).some((field) => field !== '') ? 'too many fields' : undefined;
  }

  /** Adds the row's readings; what cannot be read is named with its line and column. */
  read(row: Row, block: OpenBlock): void {
    const { device, stamps } = this.#options;
    const fault = this.#widthFault(row);
    if (fault !== undefined) {
      block.invalid.push({ device, at: `line ${row.line}`, reason: fault });
      return;
    }
    const tsUs = stamps === 'now' ? undefined : this.timeOf(row);
    if (Number.isNaN(tsUs)) {
      block.invalid.push({ device, at: `line ${row.line}`, reason: 'no time' });
      return;
    }
    for (const [index, { name, index: column }] of this.#columns.values.entries()) {
      const value = parseNumber(row.fields[column] ?? '', this.#table.delimiter);
      const sensor = this.#names[index] ?? name;
      if (Number.isFinite(value)) block.readings.push({ device, sensor, tsUs, value });
      else block.invalid.push({ device, at: `line ${row.line}, ${name}`, reason: 'no number' });
    }
  }
}

/** Rows given, and the header: another file under the same name is read from its start. */
function positionOf(rows: number, table: Table): string {
  return JSON.stringify({ rows, header: table.header.join() });
}

function rowsDone(from: string | undefined, table: Table): number {
  if (from === undefined) return 0;
  const position: unknown = JSON.parse(from);
  if (typeof position !== 'object' || position === null) return 0;
  if (!('rows' in position && 'header' in position)) return 0;
  return position.header === table.header.join() ? Number(position.rows) : 0;
}
