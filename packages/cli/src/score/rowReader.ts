/**
 * Turns a table's rows into stamps and numbers for a judge, one after the other.
 *
 * A row is judged as it stands or not at all: one that has a text where a number belongs, too few or too many
 * fields, no value or no time is `invalid`; one stamped before the row above it is `late`; one stamped well ahead of the
 * clock is `future` and makes no other row late. So an agent has it, too. An empty field among several values is a
 * sensor that gave nothing, which is no fault. Equal stamps are moved on by 1 µs in their order, as in the cloud (I4).
 */
import { US_PER_MINUTE } from '@fernsight/base';
import { type Columns, parseNumber, parseTime, type Row, type Table } from '@fernsight/edge';

export type RowState = 'valid' | 'invalid' | 'late' | 'future';

/** How far a stamp may be ahead of the clock (ARCHITECTURE, futureMax). */
const FUTURE_US_MAX = 5 * US_PER_MINUTE;

export interface RowTimes {
  /** from row to row where the table has no times */
  readonly intervalUs: number;
  /** the clock, to tell stamps that cannot be: a live pipe's rows come for as long as they come */
  readonly nowUs: () => number;
}

export class RowReader {
  /** the values of the row that was read last; NaN: nothing came */
  readonly values: Float64Array;
  /** the stamp of the valid row that was read last, microseconds UTC */
  tsUs = 0;
  /** what is wrong with the row that was read last; empty: nothing */
  fault = '';
  readonly #table: Table;
  readonly #columns: Columns;
  readonly #times: RowTimes;
  readonly #width: number;
  /** the stamp as it stood in the table, before it was moved on */
  #readUs = Number.NEGATIVE_INFINITY;

  constructor(table: Table, columns: Columns, times: RowTimes) {
    this.#table = table;
    this.#columns = columns;
    this.#times = times;
    this.#width = table.header.findLastIndex((name) => name !== '') + 1;
    this.values = new Float64Array(columns.values.length);
  }

  /** Reads a row into `tsUs` and `values`; `tsUs` stays where it was unless the row is valid. */
  read(row: Row): RowState {
    const stampUs = this.#stampOf(row);
    this.fault = this.#faultOfShape(row.fields);
    if (this.fault === '' && Number.isNaN(stampUs)) {
      this.fault = `${quoted(this.timeText(row))} is not a time`;
    }
    if (this.fault === '') this.fault = this.#readValues(row.fields);
    if (this.fault !== '') return 'invalid';
    if (this.#columns.time !== undefined && stampUs > this.#times.nowUs() + FUTURE_US_MAX) {
      return 'future';
    }
    if (stampUs < this.#readUs) return 'late';
    this.tsUs =
      this.#readUs === Number.NEGATIVE_INFINITY ? stampUs : Math.max(stampUs, this.tsUs + 1);
    this.#readUs = stampUs;
    return 'valid';
  }

  /** the row's time as the table has it; empty where it has none */
  timeText({ fields }: Row): string {
    return this.#columns.time === undefined ? '' : (fields[this.#columns.time] ?? '');
  }

  #stampOf(row: Row): number {
    return this.#columns.time === undefined
      ? this.tsUs + this.#times.intervalUs
      : parseTime(this.timeText(row));
  }

  /** @returns what is wrong with the number of fields, or nothing; empty ones at the end do not count */
  #faultOfShape(fields: readonly string[]): string {
    if (fields.length === 0) return 'the line is too long, or a quote in it is not closed';
    if (fields.length < this.#width) return `too few fields: ${fields.length} of ${this.#width}`;
    const last = fields.findLastIndex((field) => field !== '');
    return last < this.#width ? '' : `too many fields: ${last + 1}, the header has ${this.#width}`;
  }

  /** @returns what is wrong, or nothing */
  #readValues(fields: readonly string[]): string {
    let filled = 0;
    for (const [position, { name, index }] of this.#columns.values.entries()) {
      const field = fields[index] ?? '';
      const value = parseNumber(field, this.#table.delimiter);
      if (Number.isNaN(value) && field !== '')
        return `${quoted(field)} in "${name}" is not a number`;
      if (field !== '') filled++;
      this.values[position] = value;
    }
    return filled === 0 ? 'no value' : '';
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
