/**
 * A body as bytes, and back. Columns go by the codec that the cloud's chunks use (base/pack.ts); what is rare (verdicts
 * in full, thinned minutes) goes field by field.
 *
 * The first byte is the format. A body of another format, or one that was cut or changed, raises a PackFault.
 */
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
import type { Gone, ThinnedMinute } from '@fernsight/wire/agent';
import type { Band, Body, Explained, JointExplained, JointRun, SeriesRun } from './body.ts';

const FORMAT = 1;
const REASONS = ['dropped', 'lost', 'rejected'] as const satisfies readonly Gone['reason'][];
/** Things of one kind in one body: more is damage, and must not become an allocation. */
const LIST_MAX = 1 << 20;

const ANOMALY = 1;
const ALARM = 2;
const SENSOR_FAULT = 4;

const scratch = new DataView(new ArrayBuffer(4));

/** @returns the body as bytes. O(readings) */
export function packBody(body: Body): Uint8Array {
  const out = new Writer(1024);
  out.byte(FORMAT);
  packList(out, body.series, packSeries);
  packList(out, body.joint, packJoint);
  packThinned(out, body.thinned);
  packList(out, body.gone, packGone);
  return out.finish();
}

/** @throws PackFault where the bytes are no body */
export function unpackBody(bytes: Uint8Array): Body {
  const reader = new Reader(bytes);
  const format = reader.byte();
  if (format !== FORMAT) {
    throw new PackFault(`an outbox row has the unknown format ${format}`, {
      op: 'unpack',
      hint: 'it was written by a later version, or is damaged',
    });
  }
  const body = {
    series: unpackList(reader, unpackSeries),
    joint: unpackList(reader, unpackJoint),
    thinned: unpackThinned(reader),
    gone: unpackList(reader, unpackGone),
  };
  reader.end();
  return body;
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
  packList(out, run.explained, packExplained);
  packList(out, run.bands, packBand);
}

function unpackSeries(reader: ByteReader): SeriesRun {
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
    explained: unpackList(reader, unpackExplained),
    bands: unpackList(reader, unpackBand),
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

function packExplained(out: ByteWriter, row: Explained): void {
  out.varint(row.row);
  out.byte(flagsOf(row) + (row.sensorFault ? SENSOR_FAULT : 0));
  out.byte(row.kind);
  out.varint(row.thresholdSteps);
  for (const value of [row.expected, row.lower, row.upper]) packFloat32(out, value);
  out.byte(row.channels.length);
  for (const [channel, share] of row.channels) {
    out.byte(channel);
    out.byte(share);
  }
}

function unpackExplained(reader: ByteReader): Explained {
  const row = reader.varint();
  const flags = reader.byte();
  return {
    row,
    anomaly: (flags & ANOMALY) !== 0,
    alarm: (flags & ALARM) !== 0,
    sensorFault: (flags & SENSOR_FAULT) !== 0,
    kind: reader.byte(),
    thresholdSteps: reader.varint(),
    expected: unpackFloat32(reader),
    lower: unpackFloat32(reader),
    upper: unpackFloat32(reader),
    channels: Array.from({ length: reader.byte() }, () => [reader.byte(), reader.byte()] as const),
  };
}

function packBand(out: ByteWriter, band: Band): void {
  out.varint(band.row);
  for (const value of [band.expected, band.lower, band.upper]) packFloat32(out, value);
}

function unpackBand(reader: ByteReader): Band {
  return {
    row: reader.varint(),
    expected: unpackFloat32(reader),
    lower: unpackFloat32(reader),
    upper: unpackFloat32(reader),
  };
}

function packJoint(out: ByteWriter, run: JointRun): void {
  out.text(run.device);
  out.varint(run.tsUs.length);
  packStamps(out, run.tsUs);
  packSteps(out, run.scoreSteps);
  packList(out, run.explained, packJointExplained);
}

function unpackJoint(reader: ByteReader): JointRun {
  const device = reader.text();
  const count = reader.varint();
  return {
    device,
    tsUs: unpackStamps(reader, count),
    scoreSteps: unpackSteps(reader, count),
    explained: unpackList(reader, unpackJointExplained),
  };
}

function packJointExplained(out: ByteWriter, row: JointExplained): void {
  out.varint(row.row);
  out.byte(flagsOf(row));
  out.varint(row.thresholdSteps);
  out.byte(row.sensors.length);
  for (const [sensor, share] of row.sensors) {
    out.text(sensor);
    out.byte(share);
  }
}

function unpackJointExplained(reader: ByteReader): JointExplained {
  const row = reader.varint();
  const flags = reader.byte();
  return {
    row,
    anomaly: (flags & ANOMALY) !== 0,
    alarm: (flags & ALARM) !== 0,
    thresholdSteps: reader.varint(),
    sensors: Array.from({ length: reader.byte() }, () => [reader.text(), reader.byte()] as const),
  };
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
  const column = (name: MinuteColumn) => minutes.map((minute) => minute[name]);
  packStamps(out, column('minuteUs'));
  packStamps(out, column('count'));
  packStamps(out, column('anomalies'));
  packValues(out, column('min'));
  packValues(out, column('max'));
  packValues(out, column('mean'));
  packSteps(out, column('worstScoreSteps'));
}

type MinuteColumn = Exclude<keyof ThinnedMinute, 'device' | 'sensor'>;

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

function packList<T>(
  out: ByteWriter,
  list: readonly T[],
  pack: (out: ByteWriter, item: T) => void,
): void {
  out.varint(list.length);
  for (const item of list) pack(out, item);
}

function unpackList<T>(reader: ByteReader, unpack: (reader: ByteReader) => T): T[] {
  const count = reader.varint();
  if (count > LIST_MAX || count > reader.left) damaged('a list is longer than its bytes');
  return Array.from({ length: count }, () => unpack(reader));
}

function packFloat32(out: ByteWriter, value: number): void {
  scratch.setFloat32(0, value, true);
  for (let index = 0; index < 4; index++) out.byte(scratch.getUint8(index));
}

function unpackFloat32(reader: ByteReader): number {
  for (let index = 0; index < 4; index++) scratch.setUint8(index, reader.byte());
  return scratch.getFloat32(0, true);
}

function flagsOf(row: { readonly anomaly: boolean; readonly alarm: boolean }): number {
  return (row.anomaly ? ANOMALY : 0) + (row.alarm ? ALARM : 0);
}

function damaged(why: string): never {
  throw new PackFault(`an outbox row is damaged: ${why}`, { op: 'unpack' });
}
