/** A series' part in a trial, as its snapshot holds it. */
import type { ByteReader, ByteWriter } from '@fernsight/base';
import {
  TRIAL_COUNTS,
  type TrialCounts,
  type TrialSeries,
  type TrialState,
} from '@fernsight/detect';

export function writeTrial(trial: TrialSeries | undefined, out: ByteWriter): void {
  out.bytes(trial?.judge.snapshot() ?? new Uint8Array());
  for (const name of TRIAL_COUNTS) out.varint(trial?.[name] ?? 0);
}

/** @returns undefined where the series had no part in a trial. @throws PackFault */
export function readTrial(reader: ByteReader): TrialState | undefined {
  const judge = reader.bytes();
  const counts = TRIAL_COUNTS.map((name) => [name, reader.varint()] as const);
  if (judge.length === 0) return undefined;
  return { ...(Object.fromEntries(counts) as TrialCounts), judge };
}
