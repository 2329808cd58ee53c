/**
 * Anomalies in columns, for the past: rows of some thousand, by series and then in their order of arrival, each column
 * as differences from the row before, all of it compressed. A fifth of what they take as rows of a table with its indexes.
 *
 *     byte format · zstd of: varint rows · series, numbers, stamps, values of each series, scores, marks, onsets,
 *     thresholds, edges, channels, evidence, and the sensors that it is of, of joint verdicts
 *
 * All comes back as it was.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  ByteReader,
  ByteWriter,
  errorCode,
  PackFault,
  packStamps,
  packValues,
  unpackStamps,
  unpackValues,
} from '@fernsight/base';
import { SCORE_STEPS } from '@fernsight/detect';
import {
  type AnomalyDetail,
  channelCode,
  channelOf,
  NAMED,
  SHARE_STEPS,
  shareStep,
} from './anomalyDetail.ts';
import { type Edges, edgesOf, levelsOf } from './edges.ts';

/** An anomaly as it is stored, in its table or packed. */
export interface StoredAnomaly {
  /** ascends in order of arrival, once and for ever */
  readonly id: number;
  readonly series: number;
  readonly tsUs: number;
  readonly value: number;
  readonly steps: number;
  readonly mark: number;
  readonly began: boolean;
  readonly backfilled: boolean;
  readonly onsetUs: number | undefined;
  readonly region: number | undefined;
  readonly detail: AnomalyDetail;
}

const FORMAT = 2;
/** With a checksum: a flipped bit makes no other anomaly. */
const COMPRESSION = {
  params: { [constants.ZSTD_c_compressionLevel]: 16, [constants.ZSTD_c_checksumFlag]: 1 },
};
/** A block of rows whose every column is at its widest, many times over. */
const BYTES_MAX = 1 << 24;
/** A threshold that is no step of a score. */
const WIDE_THRESHOLD = SCORE_STEPS + 1;

/** @param rows that neither began an alarm nor were kept quiet; any order. O(rows) */
export function packAnomalies(rows: readonly StoredAnomaly[]): Uint8Array {
  const ordered = rows.toSorted((a, b) => a.series - b.series || a.id - b.id);
  const out = new ByteWriter(rows.length * 48 + 64);
  out.varint(ordered.length);
  packDifferences(
    out,
    ordered.map(({ series }) => series),
  );
  packDifferences(
    out,
    ordered.map(({ id }) => id),
  );
  const unitUs = unitOf(ordered);
  out.varint(unitUs);
  packStamps(
    out,
    ordered.map(({ tsUs }) => tsUs / unitUs),
  );
  for (const run of runsOf(ordered.map(({ series }) => series)))
    packValues(
      out,
      ordered.slice(run.first, run.end).map(({ value }) => value),
    );
  packDifferences(
    out,
    ordered.map(({ steps }) => steps),
  );
  packDifferences(
    out,
    ordered.map(({ mark, backfilled }) => mark * 2 + (backfilled ? 1 : 0)),
  );
  packOnsets(out, ordered, unitUs);
  const details = ordered.map(({ detail }) => detail);
  packThresholds(out, details);
  packEdges(out, details);
  packChannels(out, details);
  packEvidence(out, details);
  packAmong(out, details);
  const compressed = zstdCompressSync(out.finish(), COMPRESSION);
  const whole = new Uint8Array(compressed.length + 1);
  whole[0] = FORMAT;
  whole.set(compressed, 1);
  return whole;
}

/** @returns the rows, by series. @throws PackFault. O(rows) */
export function unpackAnomalies(bytes: Uint8Array): StoredAnomaly[] {
  if (bytes[0] !== FORMAT) refuse(`packed anomalies have the unknown format ${bytes[0]}`);
  const reader = new ByteReader(decompressed(bytes.subarray(1)));
  const count = reader.varint();
  const series = unpackDifferences(reader, count);
  const ids = unpackDifferences(reader, count);
  const unitUs = reader.varint();
  const tsUs = unpackStamps(reader, count);
  const values = runsOf(series).flatMap(({ first, end }) => [...unpackValues(reader, end - first)]);
  const steps = unpackDifferences(reader, count);
  const marks = unpackDifferences(reader, count);
  const onsets = unpackOnsets(reader, count, unitUs);
  const thresholds = unpackThresholds(reader, count);
  const edges = unpackEdges(reader, count);
  const channels = unpackChannels(reader, count);
  const evidence = unpackEvidence(reader, count);
  const among = unpackAmong(reader, count);
  reader.end();
  return series.map((one, row) => ({
    id: ids[row] ?? 0,
    series: one,
    tsUs: (tsUs[row] ?? 0) * unitUs,
    value: values[row] ?? 0,
    steps: steps[row] ?? 0,
    mark: (marks[row] ?? 0) >> 1,
    began: false,
    backfilled: ((marks[row] ?? 0) & 1) === 1,
    onsetUs: onsets[row],
    region: undefined,
    detail: {
      threshold: thresholds[row] ?? 0,
      ...(edges[row] ?? UNKNOWN_EDGES),
      channels: channels[row] ?? [],
      evidence: evidence[row] ?? [],
      among: among[row] ?? [],
    },
  }));
}

function decompressed(bytes: Uint8Array): Uint8Array {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: BYTES_MAX });
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause;
    return refuse('packed anomalies cannot be decompressed', cause);
  }
}

function refuse(message: string, cause?: unknown): never {
  throw new PackFault(message, {
    op: 'store.read',
    cause,
    hint: 'they were written by a later version, or are damaged',
  });
}

function packDifferences(out: ByteWriter, column: readonly number[]): void {
  let before = 0;
  for (const value of column) {
    out.zigzag(value - before);
    before = value;
  }
}

function unpackDifferences(reader: ByteReader, count: number): number[] {
  if (reader.left < count) refuse('a column of packed anomalies ends too early');
  let value = 0;
  return Array.from({ length: count }, () => {
    value += reader.zigzag();
    return value;
  });
}

/** @returns where equal values stand side by side */
function runsOf(column: readonly number[]): { readonly first: number; readonly end: number }[] {
  const runs: { first: number; end: number }[] = [];
  for (const [row, value] of column.entries()) {
    const run = runs[runs.length - 1];
    if (run !== undefined && column[run.first] === value) run.end = row + 1;
    else runs.push({ first: row, end: row + 1 });
  }
  return runs;
}

/** @returns the longest time of which every stamp is a multiple: devices are read on the minute, or on the second */
function unitOf(rows: readonly StoredAnomaly[]): number {
  let unitUs = 0;
  for (const { tsUs, onsetUs = 0 } of rows)
    for (let stamp of [Math.abs(tsUs), Math.abs(onsetUs)])
      while (stamp > 0) [unitUs, stamp] = unitUs === 0 ? [stamp, 0] : [stamp, unitUs % stamp];
  return Math.max(1, unitUs);
}

/** By how much each differs from the last that there was; a byte 0 before it: there is one. */
function packOnsets(out: ByteWriter, rows: readonly StoredAnomaly[], unitUs: number): void {
  for (const { onsetUs } of rows) out.byte(onsetUs === undefined ? 1 : 0);
  packDifferences(
    out,
    rows.flatMap(({ onsetUs }) => (onsetUs === undefined ? [] : [onsetUs / unitUs])),
  );
}

function unpackOnsets(reader: ByteReader, count: number, unitUs: number): (number | undefined)[] {
  const isMissing = Array.from({ length: count }, () => reader.byte() === 1);
  const known = unpackDifferences(reader, isMissing.filter((missing) => !missing).length);
  let next = 0;
  return isMissing.map((missing) => (missing ? undefined : (known[next++] ?? 0) * unitUs));
}

function packThresholds(out: ByteWriter, details: readonly AnomalyDetail[]): void {
  const steps = details.map(({ threshold }) => {
    const step = Math.round(threshold * SCORE_STEPS);
    return step >= 0 && step <= SCORE_STEPS && step / SCORE_STEPS === threshold
      ? step
      : WIDE_THRESHOLD;
  });
  packDifferences(out, steps);
  for (const [row, step] of steps.entries()) {
    if (step === WIDE_THRESHOLD) out.float64(details[row]?.threshold ?? 0);
  }
}

function unpackThresholds(reader: ByteReader, count: number): number[] {
  const steps = unpackDifferences(reader, count);
  return steps.map((step) => (step === WIDE_THRESHOLD ? reader.float64() : step / SCORE_STEPS));
}

const UNKNOWN_EDGES: Edges = { expected: Number.NaN, lower: Number.NaN, upper: Number.NaN };

function packEdges(out: ByteWriter, details: readonly Edges[]): void {
  const levels = details.map(levelsOf);
  for (const one of levels) out.byte(one === undefined ? 1 : 0);
  const known = levels.filter((one) => one !== undefined);
  for (const name of ['exponent', 'lower', 'width', 'skew'] as const)
    packDifferences(
      out,
      known.map((one) => one[name]),
    );
  for (const [row, { expected, lower, upper }] of details.entries()) {
    if (levels[row] === undefined) for (const edge of [expected, lower, upper]) out.float64(edge);
  }
}

function unpackEdges(reader: ByteReader, count: number): Edges[] {
  const isFull = Array.from({ length: count }, () => reader.byte() === 1);
  const known = isFull.filter((full) => !full).length;
  const column = (): number[] => unpackDifferences(reader, known);
  const [exponents, lowers, widths, skews] = [column(), column(), column(), column()];
  let next = 0;
  return isFull.map((full) => {
    if (full) {
      const [expected, lower, upper] = [reader.float64(), reader.float64(), reader.float64()];
      return { expected, lower, upper };
    }
    const levels = {
      exponent: exponents[next] ?? 0,
      lower: lowers[next] ?? 0,
      width: widths[next] ?? 0,
      skew: skews[next] ?? 0,
    };
    next++;
    return edgesOf(levels);
  });
}

/** The first of every row, then the second of every row that has one: codes, shares, and names where a code is none. */
function packChannels(out: ByteWriter, details: readonly AnomalyDetail[]): void {
  for (const { channels } of details) out.varint(channels.length);
  for (const column of columnsOf(details.map(({ channels }) => channels))) {
    for (const [name] of column) out.byte(channelCode(name));
    for (const [, share] of column) out.byte(shareStep(share));
    for (const [name] of column) if (channelCode(name) === NAMED) out.text(name);
  }
}

function unpackChannels(reader: ByteReader, count: number): [string, number][][] {
  const lengths = Array.from({ length: count }, () => reader.varint());
  return rowsOf<[string, number]>(reader, lengths, (rows) => {
    const codes = Array.from({ length: rows }, () => reader.byte());
    const shares = codes.map(() => reader.byte() / SHARE_STEPS);
    return codes.map((code, row) => [
      code === NAMED ? reader.text() : channelOf(code),
      shares[row] ?? 0,
    ]);
  });
}

function packEvidence(out: ByteWriter, details: readonly AnomalyDetail[]): void {
  for (const { evidence } of details) out.varint(evidence.length);
  for (const column of columnsOf(details.map(({ evidence }) => evidence)))
    packDifferences(out, column);
}

function unpackEvidence(reader: ByteReader, count: number): number[][] {
  const lengths = Array.from({ length: count }, () => reader.varint());
  return rowsOf<number>(reader, lengths, (rows) => unpackDifferences(reader, rows));
}

function packAmong(out: ByteWriter, details: readonly AnomalyDetail[]): void {
  for (const { among } of details) out.varint(among.length);
  for (const { among } of details) for (const sensor of among) out.text(sensor);
}

/** Blocks from before joint verdicts showed anything end here. */
function unpackAmong(reader: ByteReader, count: number): string[][] {
  if (reader.left === 0) return [];
  const lengths = Array.from({ length: count }, () => reader.varint());
  return lengths.map((length) => {
    if (length > reader.left) refuse('the sensors of packed anomalies end too early');
    return Array.from({ length }, () => reader.text());
  });
}

/** @returns the n-th members of all lists that have so many, for each n */
function columnsOf<T>(lists: readonly (readonly T[])[]): T[][] {
  const width = lists.reduce((longest, { length }) => Math.max(longest, length), 0);
  return Array.from({ length: width }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1)));
}

/** The way back. @param read a column of so many rows */
function rowsOf<T>(
  reader: ByteReader,
  lengths: readonly number[],
  read: (rows: number) => readonly T[],
): T[][] {
  const lists = lengths.map((): T[] => []);
  for (let at = 0; ; at++) {
    const filled = lists.filter((_, row) => (lengths[row] ?? 0) > at);
    if (filled.length === 0) return lists;
    if (reader.left < filled.length) refuse('a column of packed anomalies ends too early');
    const column = read(filled.length);
    for (const [row, list] of filled.entries()) list.push(...column.slice(row, row + 1));
  }
}
