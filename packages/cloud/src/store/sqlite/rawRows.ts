/** Runs of readings of one series: cut, joined, ordered. */
import type { RawRows } from '../chunk.ts';

/** @returns rows [first, end), with the bands from the first row's minute on; views where possible */
export function sliceRows(rows: RawRows, first: number, end: number): RawRows {
  if (first === 0 && end === rows.tsUs.length) return rows;
  const fromUs = first === 0 ? Number.NEGATIVE_INFINITY : (rows.tsUs[first - 1] ?? 0);
  const toUs = end >= rows.tsUs.length ? Number.POSITIVE_INFINITY : (rows.tsUs[end - 1] ?? 0);
  return {
    tsUs: rows.tsUs.subarray(first, end),
    value: rows.value.subarray(first, end),
    steps: rows.steps.subarray(first, end),
    marks: rows.marks.subarray(first, end),
    bands: rows.bands.filter(({ tsUs }) => tsUs > fromUs && tsUs <= toUs),
  };
}

/** @returns both in time order; readings of one stamp stay in the order given. O(n), O(n log n) where they overlap */
export function joinRows(...all: readonly RawRows[]): RawRows {
  const parts = all.filter(({ tsUs, bands }) => tsUs.length > 0 || bands.length > 0);
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const count = parts.reduce((sum, part) => sum + part.tsUs.length, 0);
  const joined = {
    tsUs: new Float64Array(count),
    value: new Float64Array(count),
    steps: new Uint16Array(count),
    marks: new Uint16Array(count),
    bands: parts.flatMap((part) => part.bands).sort((a, b) => a.tsUs - b.tsUs),
  };
  let at = 0;
  for (const part of parts) {
    joined.tsUs.set(part.tsUs, at);
    joined.value.set(part.value, at);
    joined.steps.set(part.steps, at);
    joined.marks.set(part.marks, at);
    at += part.tsUs.length;
  }
  return isOrdered(joined.tsUs) ? joined : orderRows(joined);
}

function isOrdered(tsUs: Float64Array): boolean {
  for (let row = 1; row < tsUs.length; row++) {
    if ((tsUs[row] ?? 0) < (tsUs[row - 1] ?? 0)) return false;
  }
  return true;
}

function orderRows(rows: RawRows): RawRows {
  const order = Array.from(rows.tsUs.keys());
  order.sort((a, b) => (rows.tsUs[a] ?? 0) - (rows.tsUs[b] ?? 0));
  return {
    tsUs: Float64Array.from(order, (row) => rows.tsUs[row] ?? 0),
    value: Float64Array.from(order, (row) => rows.value[row] ?? 0),
    steps: Uint16Array.from(order, (row) => rows.steps[row] ?? 0),
    marks: Uint16Array.from(order, (row) => rows.marks[row] ?? 0),
    bands: rows.bands,
  };
}
