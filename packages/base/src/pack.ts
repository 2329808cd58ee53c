/**
 * Columns of readings, packed without loss: stamps as the difference of differences, values as scaled integers, scores
 * in 16 bits. A regular series costs about one byte a stamp at most and one or two a value with a few decimals.
 *
 * Every column starts with a byte that names its form, so that a column that does not suit a form takes another. Where
 * a few values among decimals are none (69.7 computed as 69.69999999999999), these few are kept as the doubles they are
 * beside the others; where many are, all are.
 */
import { type ByteReader, type ByteWriter, PackFault } from './bytes.ts';

/** Forms of a column; the number is the code on disk: append only. */
const RAW = 0;
const DIFFERENCES = 1;
/** Values: DECIMALS + d holds integers that are the values times 10^d. */
const DECIMALS = 16;
const DECIMALS_MAX = 15;
/** Values: PATCHED + d is DECIMALS + d, and before it the rows that are no such decimals, as doubles. */
const PATCHED = 32;
/** One row in so many may be kept apart: beyond it, eight bytes a value cost no more. */
const PATCHED_SHARE = 8;
const POWERS = Array.from({ length: DECIMALS_MAX + 1 }, (_, index) => 10 ** index);
/** A scaled value, a stamp's difference: twice it and its neighbour's difference stay exact. */
const EXACT_MAX = 2 ** 50;

/** @param tsUs integers, any order. O(count) */
export function packStamps(out: ByteWriter, tsUs: ArrayLike<number>): void {
  if (!differencesAreExact(tsUs)) {
    out.byte(RAW);
    for (let row = 0; row < tsUs.length; row++) out.float64(tsUs[row] ?? 0);
    return;
  }
  out.byte(DIFFERENCES);
  if (tsUs.length > 0) out.float64(tsUs[0] ?? 0);
  let before = 0;
  let regular = 0;
  for (let row = 1; row < tsUs.length; row++) {
    const difference = (tsUs[row] ?? 0) - (tsUs[row - 1] ?? 0);
    if (difference === before) {
      regular++;
      continue;
    }
    if (regular > 0) packRun(out, regular);
    regular = 0;
    out.zigzag(difference - before);
    before = difference;
  }
  if (regular > 0) packRun(out, regular);
}

/** Rows whose difference is that of the row before: a zero and how many. */
function packRun(out: ByteWriter, count: number): void {
  out.byte(0);
  out.varint(count);
}

function differencesAreExact(tsUs: ArrayLike<number>): boolean {
  for (let row = 1; row < tsUs.length; row++) {
    const difference = (tsUs[row] ?? 0) - (tsUs[row - 1] ?? 0);
    if (!(Math.abs(difference) < EXACT_MAX)) return false;
  }
  return true;
}

/** @throws PackFault */
export function unpackStamps(reader: ByteReader, count: number): Float64Array {
  const form = reader.byte();
  if (form === RAW) return unpackRaw(reader, count);
  if (form !== DIFFERENCES) unknownForm(form);
  const tsUs = columnOf(count);
  if (count > 0) tsUs[0] = reader.float64();
  let difference = 0;
  for (let row = 1; row < count; ) {
    const step = reader.zigzag();
    let repeat = 1;
    if (step === 0) repeat = reader.varint();
    else difference += step;
    if (repeat === 0 || row + repeat > count)
      throw new PackFault('a run of stamps has no end', { op: 'unpack' });
    for (; repeat > 0; repeat--, row++) tsUs[row] = (tsUs[row - 1] ?? 0) + difference;
  }
  return tsUs;
}

/** @param values finite or not; every bit comes back. O(count) */
export function packValues(out: ByteWriter, values: ArrayLike<number>): void {
  const whole = decimalsOf(values, 0);
  const decimals = whole >= 0 ? whole : decimalsOf(values, values.length / PATCHED_SHARE);
  const scale = POWERS[decimals];
  if (scale === undefined) {
    out.byte(RAW);
    for (let row = 0; row < values.length; row++) out.float64(values[row] ?? 0);
    return;
  }
  out.byte((whole >= 0 ? DECIMALS : PATCHED) + decimals);
  if (whole < 0) packPatches(out, values, scale);
  let before = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? 0;
    const scaled = whole >= 0 || isExact(value, scale) ? Math.round(value * scale) : before;
    out.zigzag(scaled - before);
    before = scaled;
  }
}

/** @throws PackFault */
export function unpackValues(reader: ByteReader, count: number): Float64Array {
  const form = reader.byte();
  if (form === RAW) return unpackRaw(reader, count);
  const patched = form >= PATCHED;
  const scale = POWERS[form - (patched ? PATCHED : DECIMALS)];
  if (scale === undefined) unknownForm(form);
  const patches = patched ? unpackPatches(reader, count) : [];
  const values = columnOf(count);
  let scaled = 0;
  for (let row = 0; row < count; row++) {
    scaled += reader.zigzag();
    values[row] = scaled / scale;
  }
  for (const [row, value] of patches) values[row] = value;
  return values;
}

/** Rows by their distance from the one before, then their values. */
function packPatches(out: ByteWriter, values: ArrayLike<number>, scale: number): void {
  const rows: number[] = [];
  for (let row = 0; row < values.length; row++) {
    if (!isExact(values[row] ?? 0, scale)) rows.push(row);
  }
  out.varint(rows.length);
  for (const [index, row] of rows.entries()) out.varint(row - (rows[index - 1] ?? 0));
  for (const row of rows) out.float64(values[row] ?? 0);
}

function unpackPatches(reader: ByteReader, count: number): (readonly [number, number])[] {
  const length = reader.varint();
  if (length > count || length > reader.left) {
    throw new PackFault('more values are kept apart than there are', { op: 'unpack' });
  }
  let row = 0;
  const rows = Array.from({ length }, () => {
    row += reader.varint();
    return row;
  });
  if (row >= Math.max(1, count)) {
    throw new PackFault('a value is kept apart for a row that is none', { op: 'unpack' });
  }
  return rows.map((at) => [at, reader.float64()] as const);
}

/** @returns the fewest decimals in which all values but `othersMax` are exact, or -1 */
function decimalsOf(values: ArrayLike<number>, othersMax: number): number {
  for (const [decimals, scale] of POWERS.entries()) {
    if (hasDecimals(values, scale, othersMax)) return decimals;
  }
  return -1;
}

/** Most columns are refused in their first rows. More decimals can spoil a value that fewer held: 2^49 times 10^9. */
function hasDecimals(values: ArrayLike<number>, scale: number, othersMax: number): boolean {
  let others = 0;
  for (let row = 0; row < values.length; row++) {
    if (!isExact(values[row] ?? 0, scale) && ++others > othersMax) return false;
  }
  return true;
}

function isExact(value: number, scale: number): boolean {
  const scaled = Math.round(value * scale);
  return Math.abs(scaled) < EXACT_MAX && scaled / scale === value && !Object.is(value, -0);
}

/** @param steps integers from 0 to 65535 */
export function packSteps(out: ByteWriter, steps: ArrayLike<number>): void {
  for (let row = 0; row < steps.length; row++) {
    const step = steps[row] ?? 0;
    out.byte(step & 0xff);
    out.byte(step >> 8);
  }
}

/** @throws PackFault */
export function unpackSteps(reader: ByteReader, count: number): Uint16Array {
  if (reader.left < count * 2) throw new PackFault('a column ends too early', { op: 'unpack' });
  const steps = new Uint16Array(count);
  for (let row = 0; row < count; row++) steps[row] = reader.byte() | (reader.byte() << 8);
  return steps;
}

function unpackRaw(reader: ByteReader, count: number): Float64Array {
  if (reader.left < count * 8) throw new PackFault('a column ends too early', { op: 'unpack' });
  const column = columnOf(count);
  for (let row = 0; row < count; row++) column[row] = reader.float64();
  return column;
}

/** Rows in one packed column: what one chunk or one outbox row may hold, with room; it keeps a damaged count harmless. */
const COLUMN_ROWS_MAX = 1 << 20;

function columnOf(count: number): Float64Array {
  if (count > COLUMN_ROWS_MAX) {
    throw new PackFault(`a column of ${count} rows is too long`, { op: 'unpack' });
  }
  return new Float64Array(count);
}

function unknownForm(form: number): never {
  throw new PackFault(`a column has the unknown form ${form}`, {
    op: 'unpack',
    hint: 'it was written by a later version, or is damaged',
  });
}
