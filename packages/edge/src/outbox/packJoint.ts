/** The verdicts over a device's sensors together, as bytes and back: a part of packBody.ts. */
import {
  type ByteReader,
  type ByteWriter,
  packStamps,
  packSteps,
  unpackStamps,
  unpackSteps,
} from '@fernsight/base';
import type { JointExplained, JointRun, JointShown } from './body.ts';
import { ALARM, ANOMALY, flagsOf, packList, unpackList } from './packList.ts';

export function packJoint(out: ByteWriter, run: JointRun): void {
  out.text(run.device);
  out.varint(run.tsUs.length);
  packStamps(out, run.tsUs);
  packSteps(out, run.scoreSteps);
  packList(out, run.explained, packJointExplained);
}

/** @param isPlain whether it is of a format that did not hold what marked rows showed */
export function unpackJoint(reader: ByteReader, isPlain: boolean): JointRun {
  const device = reader.text();
  const count = reader.varint();
  return {
    device,
    tsUs: unpackStamps(reader, count),
    scoreSteps: unpackSteps(reader, count),
    explained: unpackList(reader, (from) => unpackJointExplained(from, isPlain)),
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
  packJointShown(out, row.shown);
}

function packJointShown(out: ByteWriter, shown: JointShown | undefined): void {
  out.byte(shown === undefined ? 0 : 1);
  if (shown === undefined) return;
  packList(out, shown.among, (to, sensor) => to.text(sensor));
  packList(out, shown.evidence, (to, steps) => to.zigzag(steps));
  packStamps(out, [shown.onsetUs]);
  out.varint(shown.suppressedBy);
}

function unpackJointShown(reader: ByteReader): JointShown | undefined {
  if (reader.byte() === 0) return undefined;
  return {
    among: unpackList(reader, (from) => from.text()),
    evidence: unpackList(reader, (from) => from.zigzag()),
    onsetUs: unpackStamps(reader, 1)[0] ?? 0,
    suppressedBy: reader.varint(),
  };
}

function unpackJointExplained(reader: ByteReader, isPlain: boolean): JointExplained {
  const row = reader.varint();
  const flags = reader.byte();
  return {
    row,
    anomaly: (flags & ANOMALY) !== 0,
    alarm: (flags & ALARM) !== 0,
    thresholdSteps: reader.varint(),
    sensors: Array.from({ length: reader.byte() }, () => [reader.text(), reader.byte()] as const),
    shown: isPlain ? undefined : unpackJointShown(reader),
  };
}
