/** The readings of one sensor in a CSV file, with labels where it has them: for training and for its report. */
import { createReadStream } from 'node:fs';
import { US_PER_MINUTE, UsageFault } from '@fernsight/base';
import { openTable, pickColumns, type Table } from '@fernsight/edge';
import { RowReader, type RowState } from '../score/rowReader.ts';

export interface FileColumns {
  /** the clock: later stamps cannot be */
  readonly nowUs: () => number;
  readonly time?: string | undefined;
  readonly value?: string | undefined;
  /** 1 or true where a row is anomalous; absent: one of the usual names, where there is one */
  readonly label?: string | undefined;
}

export interface LabelledReading {
  readonly tsUs: number;
  readonly value: number;
  /** undefined: the file has no labels */
  readonly isAnomaly: boolean | undefined;
  /** what was injected, where the file says */
  readonly kind: string;
}

const LABEL_NAMES = ['is_anomaly', 'label', 'anomaly'];

/** The rows of files that are no readings, counted where they are left out. */
export interface LeftOut {
  count: number;
  /** what is wrong with the first of them, and where it stands */
  first: string;
}

/** Yields the readings in their order. @param leftOut counts the rows that are none, or come too late @throws UsageFault */
export async function* readReadings(
  path: string,
  wanted: FileColumns,
  leftOut: LeftOut,
): AsyncGenerator<LabelledReading> {
  const table = await openTable(createReadStream(path), path);
  const { time, value } = wanted;
  const columns = pickColumns(table, { time, values: value === undefined ? [] : [value] });
  const reader = new RowReader(table, columns, { intervalUs: US_PER_MINUTE, nowUs: wanted.nowUs });
  const label = labelIndex(table, wanted.label);
  const kind = table.header.indexOf('kind');
  for await (const rows of table.blocks()) {
    for (const row of rows) {
      const state = reader.read(row);
      if (state !== 'valid' || reader.tsUs < 0) {
        leftOut.count += 1;
        if (leftOut.count === 1) leftOut.first = `${path}:${row.line}: ${faultOf(state, reader)}`;
        continue;
      }
      const said = label === undefined ? undefined : (row.fields[label] ?? '');
      yield {
        tsUs: reader.tsUs,
        value: reader.values[0] ?? Number.NaN,
        isAnomaly: said === undefined ? undefined : /^(1(\.0*)?|true|yes)$/i.test(said),
        kind: row.fields[kind] ?? '',
      };
    }
  }
}

function faultOf(state: RowState, { fault }: RowReader): string {
  if (state === 'late') return 'stamped before the row above';
  if (state === 'future') return 'stamped ahead of the clock';
  return state === 'valid' ? 'stamped before 1970' : fault;
}

function labelIndex(table: Table, name: string | undefined): number | undefined {
  const found =
    name === undefined
      ? table.header.findIndex((column) => LABEL_NAMES.includes(column.toLowerCase()))
      : table.header.indexOf(name);
  if (found >= 0) return found;
  if (name === undefined) return undefined;
  throw new UsageFault(`${table.name} has no column "${name}"`, {
    op: 'train.label',
    hint: `its columns are ${table.header.join(', ')}`,
  });
}
