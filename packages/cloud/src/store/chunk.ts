/**
 * A chunk: a packed run of one series, in time order, within one UTC day (rollups of hours: within 32 days).
 *
 *     byte     format: 30 plain, with a CRC-32 of all before it at the end; 5 the rest is compressed. Read only: 4, plain
 *              without a checksum; 2 and 3, where scores, means and bands stood row by row, not part by part; 1, with bands
 *              of other members and means in full
 *     varint   rows
 *     raw:     stamps, values, scores, marks as runs, bands
 *     rollup:  stamps of the points, min, max, mean, count, anomalies, worst score + 1, bands
 *
 * Values and scores come back to the last bit. A band is drawn, not reckoned with: it keeps 8 bits of the chunk's height.
 * Means that are no short decimals keep 16 bits of the way from min to max. Columns: base/src/pack.ts.
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  ByteReader,
  ByteWriter,
  errorCode,
  PackFault,
  packStamps,
  packValues,
  unpackStamps,
  unpackSteps,
  unpackValues,
} from '@fernsight/base';
import type { Points } from './points.ts';

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

/** So far from the others that no flipped bit makes it one of those without a checksum. */
const FORMAT_PLAIN = 30;
const CHECKSUM_BYTES = 4;
const FORMAT_COMPRESSED = 5;
/** How far back a format goes: what it writes otherwise than the present one. */
type Age = 'present' | 'rowwise' | 'first';
const AGES: ReadonlyMap<number, Age> = new Map([
  [1, 'first'],
  [2, 'rowwise'],
  [3, 'rowwise'],
  [4, 'present'],
  [FORMAT_COMPRESSED, 'present'],
  [FORMAT_PLAIN, 'present'],
]);
const COMPRESSED = [3, FORMAT_COMPRESSED];
const BAND_LEVELS = 255;
/** Decimals that powers of ten are exact for, and products of most values with them. */
const DECIMALS_MAX = 15;
const MEAN_LEVELS = 65_535;
/** How the means of a chunk stand, and the bytes that they may take in full: what levels take, and some. */
const BY_LEVELS = 0;
const IN_FULL = 1;
const MEAN_BYTES = 3;
const FEW_BYTES = 16;
/** Below so many bytes compression gains little; a minute's rollups of one pack are shorter. */
const COMPRESSED_BYTES_MIN = 384;
/**
 * Node keeps the last piece of each call's output until a whole collection, and the slab of its pool with it if it comes
 * from there: small pieces, none of them pooled, or the collector would be kept busy by nothing else.
 */
const PIECE_BYTES = 4096;
Buffer.poolSize = 2 * PIECE_BYTES;
/** A quick level, with a window no longer than most chunks, and a checksum: a flipped bit gives no other value. */
const COMPRESSION = {
  chunkSize: PIECE_BYTES,
  params: {
    [constants.ZSTD_c_compressionLevel]: 5,
    [constants.ZSTD_c_windowLog]: 14,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};
/** A chunk of CHUNK_READINGS_MAX with nothing to pack in it is half of this. */
const CHUNK_BYTES_MAX = 1 << 20;
const out = new ByteWriter(4096);
const means = new ByteWriter(4096);

export function packRaw(rows: RawRows): Uint8Array {
  start(rows.tsUs.length);
  packStamps(out, rows.tsUs);
  packValues(out, rows.value);
  packScores(rows.steps);
  packMarks(rows.marks);
  packBandStamps(rows);
  packBands(
    rows.bands.map(({ lower }) => lower),
    rows.bands.map(({ upper }) => upper),
  );
  return finish();
}

/** @throws PackFault */
export function unpackRaw(bytes: Uint8Array): RawRows {
  const { reader, age } = open(bytes);
  const count = reader.varint();
  const tsUs = unpackStamps(reader, count);
  const value = unpackValues(reader, count);
  const steps = age === 'present' ? unpackScores(reader, count) : unpackSteps(reader, count);
  const marks = unpackMarks(reader, count);
  const bandTsUs = unpackBandStamps(reader, tsUs, age);
  const { lower, upper } = unpackBands(reader, bandTsUs.length, age);
  reader.end();
  const bands = Array.from(bandTsUs, (ts, index) => ({
    tsUs: ts,
    lower: lower[index] ?? Number.NaN,
    upper: upper[index] ?? Number.NaN,
  }));
  return { tsUs, value, steps, marks, bands };
}

/** @param points in time order */
export function packPoints(points: Points): Uint8Array {
  start(points.tsUs.length);
  packStamps(out, points.tsUs);
  packValues(out, points.min);
  packValues(out, points.max);
  packMeans(points);
  for (const count of points.count) out.varint(count);
  for (const count of points.anomalies) out.varint(count);
  for (const worst of points.worst) out.byte((worst + 1) & 0xff);
  for (const worst of points.worst) out.varint((worst + 1) >> 8);
  packBands(points.lower, points.upper);
  return finish();
}

/** @throws PackFault */
export function unpackPoints(bytes: Uint8Array): Points {
  const { reader, age } = open(bytes);
  const rows = reader.varint();
  const tsUs = Array.from(unpackStamps(reader, rows));
  const min = Array.from(unpackValues(reader, rows));
  const max = Array.from(unpackValues(reader, rows));
  const integers = (): number[] => tsUs.map(() => reader.varint());
  const inFull = age === 'first' || reader.byte() === IN_FULL;
  const levels = (): ArrayLike<number> =>
    age === 'present' ? unpackScores(reader, rows) : integers();
  const mean = inFull ? Array.from(unpackValues(reader, rows)) : meansOf(levels(), min, max);
  const [count, anomalies] = [integers(), integers()];
  const above = age === 'present' ? unpackParted(reader, rows) : integers();
  const { lower, upper } = unpackBands(reader, rows, age);
  reader.end();
  return {
    tsUs,
    count,
    min,
    max,
    mean,
    anomalies,
    worst: above.map((steps) => steps - 1),
    lower: Array.from(lower),
    upper: Array.from(upper),
  };
}

function start(count: number): void {
  out.clear();
  out.byte(FORMAT_PLAIN);
  out.varint(count);
}

function finish(): Uint8Array {
  const bytes = out.finish();
  if (bytes.length < COMPRESSED_BYTES_MIN) return withChecksum(bytes);
  const compressed = zstdCompressSync(bytes.subarray(1), COMPRESSION);
  if (compressed.length + 1 >= bytes.length) return withChecksum(bytes);
  const whole = new Uint8Array(compressed.length + 1);
  whole[0] = FORMAT_COMPRESSED;
  whole.set(compressed, 1);
  return whole;
}

function withChecksum(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length + CHECKSUM_BYTES);
  whole.set(bytes);
  new DataView(whole.buffer).setUint32(bytes.length, crc32(bytes), true);
  return whole;
}

/** @returns what stands between format and checksum */
function checked(bytes: Uint8Array): Uint8Array {
  const end = Math.max(1, bytes.length - CHECKSUM_BYTES);
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (
    bytes.length < 1 + CHECKSUM_BYTES ||
    crc32(bytes.subarray(0, end)) !== found.readUInt32LE(end)
  )
    throw new PackFault('a chunk is damaged: its checksum is that of other bytes', {
      op: 'store.read',
    });
  return bytes.subarray(1, end);
}

/** @returns a reader of what comes after the format */
function open(bytes: Uint8Array): { readonly reader: ByteReader; readonly age: Age } {
  const [format = 0] = bytes;
  const age = AGES.get(format);
  if (age === undefined) {
    throw new PackFault(`a chunk has the unknown format ${format}`, {
      op: 'store.read',
      hint: 'it was written by a later version, or is damaged',
    });
  }
  if (format === FORMAT_PLAIN) return { reader: new ByteReader(checked(bytes)), age };
  const rest = bytes.subarray(1);
  const isCompressed = COMPRESSED.includes(format);
  return { reader: new ByteReader(isCompressed ? decompressed(rest) : rest), age };
}

function decompressed(bytes: Uint8Array): Uint8Array {
  try {
    return zstdDecompressSync(bytes, { chunkSize: PIECE_BYTES, maxOutputLength: CHUNK_BYTES_MAX });
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause;
    throw new PackFault('a chunk is damaged: it cannot be decompressed', {
      op: 'store.read',
      cause,
    });
  }
}

/** In full where they are short decimals, or hardly any: then no bit of them is lost. */
function packMeans(points: Points): void {
  means.clear();
  packValues(means, points.mean);
  const inFull = means.length <= MEAN_BYTES * points.mean.length + FEW_BYTES;
  out.byte(inFull ? IN_FULL : BY_LEVELS);
  if (inFull) packValues(out, points.mean);
  else packScores(meanLevels(points));
}

/** @returns how far each mean is on the way from min to max; by halves, whose difference is finite */
function meanLevels({ min, max, mean }: Points): Uint16Array {
  return Uint16Array.from(mean, (of, row) => {
    const from = (min[row] ?? 0) / 2;
    const way = (max[row] ?? 0) / 2 - from;
    if (way === 0) return 0;
    const level = Math.round(((of / 2 - from) / way) * MEAN_LEVELS);
    return Math.min(MEAN_LEVELS, Math.max(0, level));
  });
}

function meansOf(
  levels: ArrayLike<number>,
  min: readonly number[],
  max: readonly number[],
): number[] {
  return Array.from(levels, (level, row) => {
    const [from, to, share] = [min[row] ?? 0, max[row] ?? 0, level / MEAN_LEVELS];
    return from === to ? from : from * (1 - share) + to * share;
  });
}

/** @returns integers whose low bytes stand first, then what is above them */
function unpackParted(reader: ByteReader, count: number): number[] {
  if (reader.left < count * 2) throw new PackFault('a column ends too early', { op: 'store.read' });
  const low = Array.from({ length: count }, () => reader.byte());
  return low.map((byte) => byte + reader.varint() * 256);
}

/** Their low bytes, then their high ones, which are much alike. */
function packScores(steps: Uint16Array): void {
  for (const step of steps) out.byte(step & 0xff);
  for (const step of steps) out.byte(step >> 8);
}

function unpackScores(reader: ByteReader, count: number): Uint16Array {
  if (reader.left < count * 2) throw new PackFault('a column ends too early', { op: 'store.read' });
  const steps = new Uint16Array(count);
  for (let row = 0; row < count; row++) steps[row] = reader.byte();
  for (let row = 0; row < count; row++) steps[row] = (steps[row] ?? 0) | (reader.byte() << 8);
  return steps;
}

/** Stage and kind seldom change from one reading to the next: runs of (mark, rows). */
function packMarks(marks: Uint16Array): void {
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

/** Twice how many bands, and one more where each reading has one: their stamps are the readings'. */
function packBandStamps({ tsUs, bands }: RawRows): void {
  const isOfEach =
    bands.length === tsUs.length && bands.every((band, row) => band.tsUs === tsUs[row]);
  out.varint(bands.length * 2 + (isOfEach ? 1 : 0));
  if (isOfEach) return;
  packStamps(
    out,
    bands.map((band) => band.tsUs),
  );
}

function unpackBandStamps(reader: ByteReader, tsUs: Float64Array, age: Age): Float64Array {
  const count = reader.varint();
  if (age !== 'present') return unpackStamps(reader, count);
  return count % 2 === 1 ? tsUs : unpackStamps(reader, count / 2);
}

/** Lowest edge, height of one level, then lower edges, then widths, as differences of levels; level 0 is unknown. */
function packBands(lowers: readonly number[], uppers: readonly number[]): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const lower of lowers) if (Number.isFinite(lower)) low = Math.min(low, lower);
  for (const upper of uppers) if (Number.isFinite(upper)) high = Math.max(high, upper);
  const unit = high > low && Number.isFinite(high - low) ? (high - low) / BAND_LEVELS : 0;
  out.float64(Number.isFinite(low) ? low : 0);
  out.float64(unit);
  const level = (edge: number): number => {
    if (!Number.isFinite(edge)) return 0;
    return unit === 0 ? 1 : 1 + Math.round((edge - low) / unit);
  };
  const levels = lowers.map(level);
  packDifferences(levels);
  packDifferences(uppers.map((upper, row) => level(upper) - (levels[row] ?? 0)));
}

function packDifferences(levels: readonly number[]): void {
  let before = 0;
  for (const level of levels) {
    out.zigzag(level - before);
    before = level;
  }
}

function unpackBands(
  reader: ByteReader,
  count: number,
  age: Age,
): { lower: Float64Array; upper: Float64Array } {
  const low = reader.float64();
  const unit = reader.float64();
  if (reader.left < count * 2) throw new PackFault('a column ends too early', { op: 'store.read' });
  const round = rounding(unit);
  const edge = (level: number): number =>
    level === 0 ? Number.NaN : round(low + (level - 1) * unit);
  const { lower, other } = bandLevels(reader, count, age);
  const upper = age === 'first' ? other : other.map((width, row) => (lower[row] ?? 0) + width);
  return { lower: lower.map(edge), upper: upper.map(edge) };
}

/** @returns to so many decimals as tell levels of this height apart, and one more: further digits would be sent for nothing */
function rounding(unit: number): (edge: number) => number {
  const decimals = Math.max(0, Math.ceil(-Math.log10(unit)) + 1);
  if (decimals > DECIMALS_MAX) return (edge) => edge;
  const scale = 10 ** decimals;
  return (edge) => Math.round(edge * scale) / scale;
}

/** @returns levels of the lower edges, and widths; in the first format levels of the upper edges */
function bandLevels(
  reader: ByteReader,
  count: number,
  age: Age,
): { lower: Float64Array; other: Float64Array } {
  const lower = new Float64Array(count);
  const other = new Float64Array(count);
  const next = (column: Float64Array, row: number): void => {
    column[row] = (column[row - 1] ?? 0) + reader.zigzag();
  };
  if (age === 'present') {
    for (let row = 0; row < count; row++) next(lower, row);
    for (let row = 0; row < count; row++) next(other, row);
  } else {
    for (let row = 0; row < count; row++) {
      next(lower, row);
      next(other, row);
    }
  }
  return { lower, other };
}
