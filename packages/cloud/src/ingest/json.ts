/**
 * Readings as JSON rows or columns, and NDJSON: one row a line. Each item is checked by itself, so that a bad one is
 * refused with its place and its fault while those beside it are kept.
 */
import { REQUEST_READINGS_MAX } from '@fernsight/wire';
import { JSON_DEPTH_MAX } from '../limits.ts';
import { bodyText, placeInNdjson } from './bodyText.ts';
import { Columns, type Intake } from './columns.ts';
import { asName, asRecord, asText, asTime, asTimeUs, asValue, ItemFault } from './item.ts';
import { nestsTooDeep, parseJson } from './parseJson.ts';
import { RequestFault } from './requestFault.ts';

/** @throws RequestFault where the body is no JSON or neither rows nor columns */
export function readJson(body: Uint8Array, receivedUs: number): Intake {
  const parsed = parseJson(body);
  const columns = new Columns(receivedUs);
  if (typeof parsed === 'object' && parsed !== null) {
    if ('rows' in parsed && Array.isArray(parsed.rows)) return readRows(parsed.rows, columns);
    if ('columns' in parsed && Array.isArray(parsed.columns))
      return readColumns(parsed.columns, columns);
  }
  throw new RequestFault(400, 'the body has neither `rows` nor `columns`', {
    hint: 'send {"rows":[{"device","sensor","value","time"?}]} or {"columns":[{"device","sensor","tsUs":[],"value":[]}]}',
  });
}

/** @throws RequestFault where there are too many lines */
export function readNdjson(body: Uint8Array, receivedUs: number): Intake {
  const columns = new Columns(receivedUs);
  const lines = bodyText(body, placeInNdjson).split('\n');
  boundReadings(lines.length - (lines[lines.length - 1] === '' ? 1 : 0));
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const at = `line ${index + 1}`;
    try {
      if (nestsTooDeep(line)) throw new SyntaxError(`it nests deeper than ${JSON_DEPTH_MAX}`);
      readRow(JSON.parse(line), columns, at);
    } catch (error) {
      const isSyntax = error instanceof SyntaxError;
      const fault = isSyntax ? new ItemFault('', `is not JSON: ${error.message}`) : error;
      rejectItem(fault, columns, { at });
    }
  }
  return columns.finish();
}

function readRows(rows: readonly unknown[], columns: Columns): Intake {
  boundReadings(rows.length);
  for (const [index, row] of rows.entries()) {
    try {
      readRow(row, columns, `rows/${index}`);
    } catch (error) {
      rejectItem(error, columns, { at: `rows/${index}` });
    }
  }
  return columns.finish();
}

function readRow(row: unknown, columns: Columns, at: string): void {
  const record = asRecord(row);
  const name = seriesName(record);
  try {
    const value = asValue(record.value, 'value');
    columns.add(name, { tsUs: asTime(record.time, 'time'), value, at });
  } catch (error) {
    rejectItem(error, columns, { at, device: name.device });
  }
}

function readColumns(list: readonly unknown[], columns: Columns): Intake {
  boundReadings(list.length);
  for (const [index, column] of list.entries()) {
    const at = `columns/${index}`;
    try {
      readColumn(asRecord(column), columns, at);
    } catch (error) {
      rejectItem(error, columns, { at });
    }
  }
  return columns.finish();
}

function readColumn(record: Readonly<Record<string, unknown>>, columns: Columns, at: string): void {
  const name = seriesName(record);
  const { tsUs, value } = record;
  if (!Array.isArray(tsUs)) throw new ItemFault('tsUs', 'is not a list of times');
  if (!Array.isArray(value)) throw new ItemFault('value', 'is not a list of values');
  if (tsUs.length !== value.length) {
    throw new ItemFault('value', `has ${value.length} items, and tsUs has ${tsUs.length}`);
  }
  boundReadings(columns.count + value.length);
  for (let row = 0; row < value.length; row++) {
    try {
      const reading = asValue(value[row], `value/${row}`);
      columns.add(name, {
        tsUs: asTimeUs(tsUs[row], `tsUs/${row}`),
        value: reading,
        at: `${at}/value/${row}`,
      });
    } catch (error) {
      rejectItem(error, columns, { at, device: name.device });
    }
  }
}

function seriesName(record: Readonly<Record<string, unknown>>) {
  return {
    device: asName(record.device, 'device'),
    sensor: asName(record.sensor, 'sensor'),
    type: asText(record.type, 'type'),
    unit: asText(record.unit, 'unit'),
  };
}

/** Takes up an ItemFault as the error of the item at a place; anything else passes. */
export function rejectItem(
  error: unknown,
  columns: Columns,
  { at, device }: { readonly at: string; readonly device?: string },
): void {
  if (!(error instanceof ItemFault)) throw error;
  const { code, message } = error;
  columns.reject({ at: error.at === '' ? at : `${at}/${error.at}`, code, message }, device);
}

/** @param count of readings, or of items that may be one. @throws RequestFault above REQUEST_READINGS_MAX */
export function boundReadings(count: number): void {
  if (count <= REQUEST_READINGS_MAX) return;
  throw new RequestFault(
    413,
    `a request carries at most ${REQUEST_READINGS_MAX} readings, not ${count}`,
    {
      hint: 'split it',
    },
  );
}
