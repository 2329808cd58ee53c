/**
 * A body as bytes, and back. Columns go by the codec that the cloud's chunks use (base/pack.ts), and all of it through
 * deflate at its fastest, which halves what verdicts and bands take at 0.2 µs a reading.
 *
 * The first byte is the format. A body of another format, or one that was cut or changed, raises a PackFault.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type ByteReader,
  type ByteWriter,
  PackFault,
  packStamps,
  packSteps,
  packValues,
  ByteReader as Reader,
  unpackStamps,
  unpackSteps,
  unpackValues,
  ByteWriter as Writer,
} from '@fernsight/base';
import { BODY_BYTES_MAX, type Gone, type ThinnedMinute } from '@fernsight/wire/agent';
import type { Band, Body, Explained, SeriesRun, Shown } from './body.ts';
import { packJoint, unpackJoint } from './packJoint.ts';
import { ALARM, ANOMALY, damaged, flagsOf, packList, unpackList } from './packList.ts';

const FORMAT = 3;
/** formats before: the first did not hold what marked readings showed, and neither held what marked rows of a device did */
const FORMATS = [1, 2, FORMAT];
const REASONS = ['dropped', 'lost', 'rejected'] as const satisfies readonly Gone['reason'][];
const SENSOR_FAULT = 4;
/** zlib.net/manual: the base two logarithm of the window, and what the default tables are beside the widest. */
const WINDOW_BITS_MIN = 9;
const WINDOW_BITS_MAX = 15;
const MEM_LEVEL = 8;

const out = new Writer(1024);

/** @returns the body as bytes. O(readings) */
export function packBody(body: Body): Uint8Array {
  out.clear();
  packList(out, body.series, packSeries);
  packList(out, body.joint, packJoint);
  packThinned(out, body.thinned);
  packList(out, body.gone, packGone);
  const packed = deflate(out.finish());
  const bytes = new Uint8Array(packed.length + 1);
  bytes[0] = FORMAT;
  bytes.set(packed, 1);
  return bytes;
}

/** @throws PackFault where the bytes are no body */
export function unpackBody(bytes: Uint8Array): Body {
  const format = bytes[0] ?? 0;
  if (!FORMATS.includes(format)) {
    throw new PackFault(`an outbox row has the unknown format ${format}`, {
      op: 'unpack',
      hint: 'it was written by a later version, or is damaged',
    });
  }
  const reader = new Reader(inflate(bytes.subarray(1)));
  const body = {
    series: unpackList(reader, (from) => unpackSeries(from, format === 1)),
    joint: unpackList(reader, (from) => unpackJoint(from, format < 3)),
    thinned: unpackThinned(reader),
    gone: unpackList(reader, unpackGone),
  };
  reader.end();
  return body;
}

/**
 * A commit packs a few readings, as a rule: a window as long as they are, and tables for it, take some kilobytes where
 * the default takes 268 and fills a processor's nearest cache with zeros.
 */
function deflate(bytes: Uint8Array): Uint8Array {
  const bits = Math.ceil(Math.log2(bytes.length + 1));
  const windowBits = Math.min(WINDOW_BITS_MAX, Math.max(WINDOW_BITS_MIN, bits));
  const memLevel = windowBits - WINDOW_BITS_MAX + MEM_LEVEL;
  return deflateRawSync(bytes, { level: 1, windowBits, memLevel, chunkSize: bytes.length + 64 });
}

function inflate(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: BODY_BYTES_MAX });
  } catch (cause) {
    throw new PackFault('an outbox row is damaged: it cannot be inflated', { op: 'unpack', cause });
  }
}

function packSeries(out: ByteWriter, run: SeriesRun): void {
  out.text(run.device);
  out.text(run.sensor);
  out.byte(run.ownClock ? 1 : 0);
  out.varint(run.offset.length);
  packStamps(out, run.offset);
  packStamps(out, run.tsUs);
  packValues(out, run.value);
  packSteps(out, run.scoreSteps);
  packStages(out, run.stage);
  packExplained(out, run.explained);
  packBands(out, run.bands);
}

function unpackSeries(reader: ByteReader, isPlain: boolean): SeriesRun {
  const device = reader.text();
  const sensor = reader.text();
  const ownClock = reader.byte() === 1;
  const count = reader.varint();
  return {
    device,
    sensor,
    ownClock,
    offset: unpackStamps(reader, count),
    tsUs: unpackStamps(reader, count),
    value: unpackValues(reader, count),
    scoreSteps: unpackSteps(reader, count),
    stage: unpackStages(reader, count),
    explained: unpackExplained(reader, isPlain),
    bands: unpackBands(reader),
  };
}

/** Stages change seldom: runs of (stage, length). */
function packStages(out: ByteWriter, stage: ArrayLike<number>): void {
  for (let row = 0; row < stage.length; ) {
    const first = row;
    while (row < stage.length && stage[row] === stage[first]) row++;
    out.byte(stage[first] ?? 0);
    out.varint(row - first);
  }
}

function unpackStages(reader: ByteReader, count: number): Uint8Array {
  const stage = new Uint8Array(count);
  for (let row = 0; row < count; ) {
    const code = reader.byte();
    const end = row + reader.varint();
    if (end > count || end === row) damaged('a run of stages has no end');
    stage.fill(code, row, end);
    row = end;
  }
  return stage;
}

/** In columns, because what neighbours say is much the same, and deflate finds it so. */
function packExplained(out: ByteWriter, rows: readonly Explained[]): void {
  out.varint(rows.length);
  packStamps(out, column(rows, 'row'));
  for (const row of rows) out.byte(flagsOf(row) + (row.sensorFault ? SENSOR_FAULT : 0));
  for (const row of rows) out.byte(row.kind);
  packSteps(out, column(rows, 'thresholdSteps'));
  packBand(out, rows);
  for (const row of rows) out.byte(row.channels.length);
  for (const row of rows) for (const [channel] of row.channels) out.byte(channel);
  for (const row of rows) for (const [, share] of row.channels) out.byte(share);
  for (const row of rows) out.byte(row.shown?.evidence.length ?? 0);
  const shown = rows.flatMap((row) => row.shown ?? []);
  for (const { evidence } of shown) for (const steps of evidence) out.zigzag(steps);
  packStamps(out, column(shown, 'onsetUs'));
  for (const { suppressedBy } of shown) out.varint(suppressedBy);
}

function unpackShown(reader: ByteReader, length: number): (Shown | undefined)[] {
  const widths = unpackBytes(reader, length);
  const marked = widths.filter((width) => width > 0);
  const evidence = Array.from(marked, (width) => {
    if (width > reader.left) damaged('evidence ends too early');
    return Array.from({ length: width }, () => reader.zigzag());
  });
  const onsetUs = unpackStamps(reader, marked.length);
  const shown = evidence.map((steps, index) => {
    return { evidence: steps, onsetUs: onsetUs[index] ?? 0, suppressedBy: reader.varint() };
  });
  let at = 0;
  return Array.from(widths, (width) => (width === 0 ? undefined : shown[at++]));
}

function unpackExplained(reader: ByteReader, isPlain: boolean): Explained[] {
  const length = reader.varint();
  const row = unpackStamps(reader, length);
  const flags = unpackBytes(reader, length);
  const kind = unpackBytes(reader, length);
  const threshold = unpackSteps(reader, length);
  const band = unpackBand(reader, length);
  const counts = unpackBytes(reader, length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const channels = unpackBytes(reader, total);
  const shares = unpackBytes(reader, total);
  const shown = isPlain ? [] : unpackShown(reader, length);
  let at = 0;
  return Array.from({ length }, (_, index) => {
    const flag = flags[index] ?? 0;
    const first = at;
    at += counts[index] ?? 0;
    return {
      row: row[index] ?? 0,
      anomaly: (flag & ANOMALY) !== 0,
      alarm: (flag & ALARM) !== 0,
      sensorFault: (flag & SENSOR_FAULT) !== 0,
      kind: kind[index] ?? 0,
      thresholdSteps: threshold[index] ?? 0,
      ...bandAt(band, index),
      channels: Array.from(
        { length: at - first },
        (_none, place) => [channels[first + place] ?? 0, shares[first + place] ?? 0] as const,
      ),
      shown: shown[index],
    };
  });
}

function packBands(out: ByteWriter, bands: readonly Band[]): void {
  out.varint(bands.length);
  packStamps(out, column(bands, 'row'));
  packBand(out, bands);
}

function unpackBands(reader: ByteReader): Band[] {
  const length = reader.varint();
  const row = unpackStamps(reader, length);
  const band = unpackBand(reader, length);
  return Array.from({ length }, (_, index) => ({ row: row[index] ?? 0, ...bandAt(band, index) }));
}

type BandColumns = readonly [Float32Array, Float32Array, Float32Array];

/** Three columns of floats, to five digits: 24 bits each, in three planes of bytes, so that exponents stand together. */
function packBand(out: ByteWriter, rows: readonly Omit<Band, 'row'>[]): void {
  for (const name of ['expected', 'lower', 'upper'] as const) {
    for (let shift = 24; shift >= 8; shift -= 8) {
      for (const row of rows) out.byte((bitsOf(row[name]) >>> shift) & 0xff);
    }
  }
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** @returns the bits of a float of 32, rounded to the upper 24 */
function bitsOf(value: number): number {
  float[0] = value;
  return (word[0] ?? 0) + 0x80;
}

function unpackBand(reader: ByteReader, length: number): BandColumns {
  const columnOf = () => {
    const bytes = new Uint8Array(length * 4);
    for (let plane = 3; plane >= 1; plane--) {
      for (let at = plane; at < bytes.length; at += 4) bytes[at] = reader.byte();
    }
    return new Float32Array(bytes.buffer);
  };
  return [columnOf(), columnOf(), columnOf()];
}

function bandAt([expected, lower, upper]: BandColumns, index: number): Omit<Band, 'row'> {
  return {
    expected: expected[index] ?? Number.NaN,
    lower: lower[index] ?? Number.NaN,
    upper: upper[index] ?? Number.NaN,
  };
}

function unpackBytes(reader: ByteReader, length: number): Uint8Array {
  if (length > reader.left) damaged('a column ends too early');
  return Uint8Array.from({ length }, () => reader.byte());
}

function column<Name extends string>(
  rows: readonly Readonly<Record<Name, number>>[],
  name: Name,
): number[] {
  return rows.map((row) => row[name]);
}

/** Minutes in columns, series by series: what is left of a long outage is mostly this. */
function packThinned(out: ByteWriter, minutes: readonly ThinnedMinute[]): void {
  const bySeries = Map.groupBy(minutes, ({ device, sensor }) => `${device}/${sensor}`);
  packList(out, [...bySeries.values()], packMinutes);
}

function packMinutes(out: ByteWriter, minutes: readonly ThinnedMinute[]): void {
  out.text(minutes[0]?.device ?? '');
  out.text(minutes[0]?.sensor ?? '');
  out.varint(minutes.length);
  packStamps(out, column(minutes, 'minuteUs'));
  packStamps(out, column(minutes, 'count'));
  packStamps(out, column(minutes, 'anomalies'));
  packValues(out, column(minutes, 'min'));
  packValues(out, column(minutes, 'max'));
  packValues(out, column(minutes, 'mean'));
  packSteps(out, column(minutes, 'worstScoreSteps'));
}

function unpackThinned(reader: ByteReader): ThinnedMinute[] {
  return unpackList(reader, unpackMinutes).flat();
}

function unpackMinutes(reader: ByteReader): ThinnedMinute[] {
  const device = reader.text();
  const sensor = reader.text();
  const length = reader.varint();
  const minuteUs = unpackStamps(reader, length);
  const count = unpackStamps(reader, length);
  const anomalies = unpackStamps(reader, length);
  const min = unpackValues(reader, length);
  const max = unpackValues(reader, length);
  const mean = unpackValues(reader, length);
  const worst = unpackSteps(reader, length);
  return Array.from({ length }, (_, row) => ({
    device,
    sensor,
    minuteUs: minuteUs[row] ?? 0,
    count: count[row] ?? 0,
    anomalies: anomalies[row] ?? 0,
    min: min[row] ?? 0,
    max: max[row] ?? 0,
    mean: mean[row] ?? 0,
    worstScoreSteps: worst[row] ?? 0,
  }));
}

function packGone(out: ByteWriter, gone: Gone): void {
  out.text(gone.device);
  out.byte(REASONS.indexOf(gone.reason));
  out.varint(gone.count);
}

function unpackGone(reader: ByteReader): Gone {
  const device = reader.text();
  const reason = REASONS[reader.byte()] ?? damaged('a reason is unknown');
  return { device, reason, count: reader.varint() };
}
