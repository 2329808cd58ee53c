/**
 * What plain devices send to `POST /api/v1/readings` as JSON, rows or columns, and the answer. NDJSON carries one Row a
 * line; InfluxDB line protocol has its own grammar (cloud/src/ingest).
 */
import { type Static, Type } from 'typebox';
import { Count, Name, Text, Time, Value } from './atoms.ts';
import { BATCH_SERIES_MAX, REQUEST_READINGS_MAX } from './limits.ts';

/** ISO 8601 text, or a number since 1970 (seconds, milli-, micro- or nanoseconds, told apart by size). Absent: the time of receipt. */
export const Stamp = Type.Union([Type.String({ maxLength: 40 }), Type.Number()]);

export const Row = Type.Object({
  device: Name,
  sensor: Name,
  value: Value,
  time: Type.Optional(Stamp),
  type: Type.Optional(Text),
  unit: Type.Optional(Text),
});
export type Row = Static<typeof Row>;

export const Column = Type.Object({
  device: Name,
  sensor: Name,
  type: Type.Optional(Text),
  unit: Type.Optional(Text),
  tsUs: Type.Array(Time, { maxItems: REQUEST_READINGS_MAX }),
  value: Type.Array(Value, { maxItems: REQUEST_READINGS_MAX }),
});
export type Column = Static<typeof Column>;

export const Readings = Type.Union([
  Type.Object({ rows: Type.Array(Row, { maxItems: REQUEST_READINGS_MAX }) }),
  Type.Object({ columns: Type.Array(Column, { maxItems: BATCH_SERIES_MAX }) }),
]);
export type Readings = Static<typeof Readings>;

/** One item that was not taken; those beside it were. */
export const ItemError = Type.Object({
  /** where it stood: `rows/3/value`, `columns/0/tsUs/17`, `line 4` */
  at: Type.String(),
  /** `text`: a line of text and booleans alone, in which there is no reading */
  code: Type.Enum(['invalid', 'conflict', 'limit', 'forbidden', 'text']),
  message: Type.String(),
});
export type ItemError = Static<typeof ItemError>;

export const ReadingsReply = Type.Object({
  accepted: Count,
  duplicates: Count,
  /** older than single readings are kept, of a series that has newer ones: not stored; absent: none */
  expired: Type.Optional(Count),
  errors: Type.Array(ItemError),
});
export type ReadingsReply = Static<typeof ReadingsReply>;
