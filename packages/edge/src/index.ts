/** The public face of the package. */
export { type Columns, pickColumns, type WantedColumns } from './source/columns.ts';
export { parseNumber, parseTime } from './source/field.ts';
export { openTable, type Row, type Table } from './source/table.ts';
