/**
 * What is kept of an anomaly beside its reading, as bytes:
 *
 *     f64 threshold · f64 expected · f64 lower · f64 upper · varint channels, each: code byte, share byte
 *
 * NaN stands for unknown. A code is the channel's place in the detectors' list, which is append only; 255 is followed by
 * a name: a sensor's, of a joint verdict, or a channel that a later agent knows. Shares keep a 250th.
 */
import { ByteReader, ByteWriter } from '@fernsight/base';
import { CHANNELS } from '@fernsight/detect';
import type { AnomalyRow } from '../group.ts';
import { asText, type SqlValue } from './database.ts';

export type AnomalyDetail = Pick<
  AnomalyRow,
  'threshold' | 'expected' | 'lower' | 'upper' | 'channels'
>;

const NAMED = 255;
const SHARE_STEPS = 250;
const CODES: ReadonlyMap<string, number> = new Map(CHANNELS.map((name, code) => [name, code]));
const out = new ByteWriter(128);

export function packDetail({
  threshold,
  expected,
  lower,
  upper,
  channels,
}: AnomalyDetail): Uint8Array {
  out.clear();
  for (const number of [threshold, expected, lower, upper]) out.float64(number);
  out.varint(channels.length);
  for (const [name, share] of channels) {
    const code = CODES.get(name) ?? NAMED;
    out.byte(code);
    if (code === NAMED) out.text(name);
    out.byte(Math.round(Math.min(1, Math.max(0, share)) * SHARE_STEPS));
  }
  return out.finish();
}

/**
 * @param detail as packed, or as the first schema had it: a list in JSON with null for unknown
 * @throws PackFault
 */
export function unpackDetail(detail: SqlValue | undefined): AnomalyDetail {
  if (!(detail instanceof Uint8Array)) return listed(JSON.parse(asText(detail)) as Listed);
  const reader = new ByteReader(detail);
  const numbers = {
    threshold: reader.float64(),
    expected: reader.float64(),
    lower: reader.float64(),
    upper: reader.float64(),
  };
  const channels = Array.from({ length: reader.varint() }, (): [string, number] => {
    const code = reader.byte();
    const name = code === NAMED ? reader.text() : (CHANNELS[code] ?? 'none');
    return [name, reader.byte() / SHARE_STEPS];
  });
  return { ...numbers, channels };
}

/** What a reading showed by channel, as the doubles it is. */
export function packEvidence(evidence: readonly number[]): Uint8Array {
  out.clear();
  for (const number of evidence) out.float64(number);
  return out.finish();
}

/** @param evidence as packed, or a list in JSON from before */
export function unpackEvidence(evidence: SqlValue | undefined): number[] {
  if (!(evidence instanceof Uint8Array)) return JSON.parse(asText(evidence)) as number[];
  const reader = new ByteReader(evidence);
  return Array.from({ length: evidence.length / 8 }, () => reader.float64());
}

type Listed = readonly [number, number | null, number | null, number | null, [string, number][]];

function listed([threshold, expected, lower, upper, channels]: Listed): AnomalyDetail {
  const orNaN = (value: number | null): number => value ?? Number.NaN;
  return {
    threshold,
    expected: orNaN(expected),
    lower: orNaN(lower),
    upper: orNaN(upper),
    channels,
  };
}
