/**
 * A chunk: a packed run of one series, in time order, within one UTC day (rollups of hours: within 32 days).
 *
 *     byte     format, 1
 *     varint   rows
 *     raw:     stamps, values, scores, marks as runs, bands
 *     rollup:  stamps of the points, min, max, mean, count, anomalies, worst score + 1, bands
 *
 * Values and scores come back to the last bit. A band is drawn, not reckoned with: it keeps 12 bits of the chunk's
 * height. Columns: base/src/pack.ts.
 */
import {
  ByteReader,
  ByteWriter,
  PackFault,
  packStamps,
  packSteps,
  packValues,
  unpackStamps,
  unpackSteps,
  unpackValues,
} from '@fernsight/base';

/** Normal values at a time lie between. One a minute and series at most. */
export interface Band {
  readonly tsUs: number;
  readonly lower: number;
  readonly upper: number;
}

/** Readings of one series, columns of one length. */
export interface RawRows {
  readonly tsUs: Float64Array;
  readonly value: Float64Array;
  readonly steps: Uint16Array;
  readonly marks: Uint16Array;
  /** in time order */
  readonly bands: readonly Band[];
}

/** What is left of a stretch of readings; the parts of one stretch may be merged. */
export interface Point {
  /** start of the stretch */
  readonly tsUs: number;
  count: number;
  min: number;
  max: number;
  mean: number;
  anomalies: number;
  /** worst score in steps, -1 where nothing was scored */
  worst: number;
  /** NaN where unknown */
  lower: number;
  upper: number;
}

const FORMAT = 1;
const BAND_LEVELS = 4095;

export function packRaw(rows: RawRows): Uint8Array {
  const out = start(rows.tsUs.length);
  packStamps(out, rows.tsUs);
  packValues(out, rows.value);
  packSteps(out, rows.steps);
  packMarks(out, rows.marks);
  out.varint(rows.bands.length);
  packStamps(
    out,
    rows.bands.map((band) => band.tsUs),
  );
  packBands(out, rows.bands);
  return out.finish();
}

/** @throws PackFault */
export function unpackRaw(bytes: Uint8Array): RawRows {
  const reader = new ByteReader(bytes);
  const count = open(reader);
  const tsUs = unpackStamps(reader, count);
  const value = unpackValues(reader, count);
  const steps = unpackSteps(reader, count);
  const marks = unpackMarks(reader, count);
  const bandCount = reader.varint();
  const bandTsUs = unpackStamps(reader, bandCount);
  const { lower, upper } = unpackBands(reader, bandCount);
  reader.end();
  const bands = Array.from(bandTsUs, (ts, index) => ({
    tsUs: ts,
    lower: lower[index] ?? Number.NaN,
    upper: upper[index] ?? Number.NaN,
  }));
  return { tsUs, value, steps, marks, bands };
}

export function packPoints(points: readonly Point[]): Uint8Array {
  const out = start(points.length);
  packStamps(
    out,
    points.map((point) => point.tsUs),
  );
  packValues(
    out,
    points.map((point) => point.min),
  );
  packValues(
    out,
    points.map((point) => point.max),
  );
  packValues(
    out,
    points.map((point) => point.mean),
  );
  for (const point of points) out.varint(point.count);
  for (const point of points) out.varint(point.anomalies);
  for (const point of points) out.varint(point.worst + 1);
  packBands(out, points);
  return out.finish();
}

/** @throws PackFault */
export function unpackPoints(bytes: Uint8Array): Point[] {
  const reader = new ByteReader(bytes);
  const rows = open(reader);
  const tsUs = unpackStamps(reader, rows);
  const min = unpackValues(reader, rows);
  const max = unpackValues(reader, rows);
  const mean = unpackValues(reader, rows);
  const counts = (): number[] => Array.from(tsUs, () => reader.varint());
  const [count, anomalies, worst] = [counts(), counts(), counts()];
  const { lower, upper } = unpackBands(reader, rows);
  reader.end();
  return Array.from(tsUs, (ts, row) => ({
    tsUs: ts,
    count: count[row] ?? 0,
    min: min[row] ?? 0,
    max: max[row] ?? 0,
    mean: mean[row] ?? 0,
    anomalies: anomalies[row] ?? 0,
    worst: (worst[row] ?? 0) - 1,
    lower: lower[row] ?? Number.NaN,
    upper: upper[row] ?? Number.NaN,
  }));
}

function start(count: number): ByteWriter {
  const out = new ByteWriter(1024);
  out.byte(FORMAT);
  out.varint(count);
  return out;
}

function open(reader: ByteReader): number {
  const format = reader.byte();
  if (format !== FORMAT) {
    throw new PackFault(`a chunk has the unknown format ${format}`, {
      op: 'store.read',
      hint: 'it was written by a later version, or is damaged',
    });
  }
  return reader.varint();
}

/** Stage and kind seldom change from one reading to the next: runs of (mark, rows). */
function packMarks(out: ByteWriter, marks: Uint16Array): void {
  for (let row = 0; row < marks.length; ) {
    let end = row + 1;
    while (end < marks.length && marks[end] === marks[row]) end++;
    out.varint(marks[row] ?? 0);
    out.varint(end - row);
    row = end;
  }
}

function unpackMarks(reader: ByteReader, count: number): Uint16Array {
  const marks = new Uint16Array(count);
  for (let row = 0; row < count; ) {
    const mark = reader.varint();
    const run = reader.varint();
    if (run === 0 || row + run > count)
      throw new PackFault('a run of marks has no end', { op: 'store.read' });
    marks.fill(mark, row, row + run);
    row += run;
  }
  return marks;
}

interface Edges {
  readonly lower: number;
  readonly upper: number;
}

/** Lowest edge, height of one level, then both edges of each as differences of levels; 0 stands for unknown. */
function packBands(out: ByteWriter, bands: readonly Edges[]): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { lower, upper } of bands) {
    if (Number.isFinite(lower)) low = Math.min(low, lower);
    if (Number.isFinite(upper)) high = Math.max(high, upper);
  }
  const unit = high > low && Number.isFinite(high - low) ? (high - low) / BAND_LEVELS : 0;
  out.float64(Number.isFinite(low) ? low : 0);
  out.float64(unit);
  const level = (edge: number): number => {
    if (!Number.isFinite(edge)) return 0;
    return unit === 0 ? 1 : 1 + Math.round((edge - low) / unit);
  };
  let before = { lower: 0, upper: 0 };
  for (const band of bands) {
    const levels = { lower: level(band.lower), upper: level(band.upper) };
    out.zigzag(levels.lower - before.lower);
    out.zigzag(levels.upper - before.upper);
    before = levels;
  }
}

function unpackBands(
  reader: ByteReader,
  count: number,
): { lower: Float64Array; upper: Float64Array } {
  const low = reader.float64();
  const unit = reader.float64();
  if (reader.left < count * 2) throw new PackFault('a column ends too early', { op: 'store.read' });
  const lower = new Float64Array(count);
  const upper = new Float64Array(count);
  let [lowerLevel, upperLevel] = [0, 0];
  for (let row = 0; row < count; row++) {
    lowerLevel += reader.zigzag();
    upperLevel += reader.zigzag();
    lower[row] = lowerLevel === 0 ? Number.NaN : low + (lowerLevel - 1) * unit;
    upper[row] = upperLevel === 0 ? Number.NaN : low + (upperLevel - 1) * unit;
  }
  return { lower, upper };
}
