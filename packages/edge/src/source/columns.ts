/** Which columns of a table are the time and the values: as named, else as the header and the first rows suggest. */
import { UsageFault } from '@fernsight/base';
import { DEVICE_SERIES_MAX } from '../limits.ts';
import { parseNumber, parseTime } from './field.ts';
import type { Table } from './table.ts';

/** Names that a time column goes by, compared without case. */
const TIME_NAMES = ['timestamp', 'datetime', 'time', 'date', 'ts', 'epoch'];
/** Columns named in an error message; a table of a thousand sensors need not be listed whole. */
const SHOWN_MAX = 20;

export interface WantedColumns {
  readonly time?: string | undefined;
  /** empty or absent: the one that holds the values, where that is plain */
  readonly values?: readonly string[] | undefined;
}

export interface Columns {
  /** undefined: the table has no times */
  readonly time: number | undefined;
  readonly values: readonly { readonly name: string; readonly index: number }[];
}

/** @throws UsageFault where a column is missing, or where it is not plain which one is meant */
export function pickColumns(table: Table, { time, values = [] }: WantedColumns): Columns {
  const timeIndex = time === undefined ? guessTime(table) : indexOf(table, time);
  const names = values.length === 0 ? [guessValue(table, timeIndex)] : values;
  if (names.length > DEVICE_SERIES_MAX) {
    throw new UsageFault(`${names.length} columns are asked for`, {
      op: 'table.columns',
      hint: `a device has at most ${DEVICE_SERIES_MAX} sensors: name fewer`,
    });
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new UsageFault(`the column "${twice}" is asked for twice`, {
      op: 'table.columns',
      hint: 'name each column once',
    });
  }
  return { time: timeIndex, values: names.map((name) => ({ name, index: indexOf(table, name) })) };
}

function indexOf(table: Table, name: string): number {
  const index = table.header.indexOf(name);
  if (index >= 0 && index === table.header.lastIndexOf(name)) return index;
  const has = index < 0 ? 'no column' : 'two columns';
  throw new UsageFault(`${table.name} has ${has} "${name}"`, {
    op: 'table.columns',
    hint: `its columns are ${listed(table.header)}`,
  });
}

function guessTime({ header, sample }: Table): number | undefined {
  const named = header.findIndex((name) => TIME_NAMES.includes(name.toLowerCase()));
  if (named >= 0) return named;
  const first = sample[0]?.fields ?? [];
  const found = first.findIndex(
    (field) => /\d[-:]\d/.test(field) && !Number.isNaN(parseTime(field)),
  );
  return found >= 0 ? found : undefined;
}

/** The column called `value`, else the only one of numbers. */
function guessValue(table: Table, time: number | undefined): string {
  const { header, sample, delimiter, name } = table;
  const numeric = header.filter((_, index) => {
    const field = sample[0]?.fields[index] ?? '';
    return index !== time && !Number.isNaN(parseNumber(field, delimiter));
  });
  const found = header.find((column) => column.toLowerCase() === 'value') ?? numeric[0];
  if (found !== undefined && (numeric.length === 1 || found.toLowerCase() === 'value'))
    return found;
  throw new UsageFault(`${name}: which column holds the values?`, {
    op: 'table.columns',
    hint: `name it with --value, or several with --values A,B; its columns are ${listed(header)}`,
  });
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_MAX).join(', ');
  return names.length > SHOWN_MAX ? `${shown} and ${names.length - SHOWN_MAX} more` : shown;
}
