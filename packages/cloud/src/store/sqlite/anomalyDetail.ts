/**
 * What is kept of an anomaly beside its reading, as bytes:
 *
 *     byte flags · threshold: u16 steps of the score, else f64 · expected, lower, upper: f32, else f64 · varint channels,
 *     each: code byte, share byte · varint evidences, each: zigzag steps ·
 *     of a joint verdict alone: varint sensors that these are of, each: text
 *
 * NaN stands for unknown. A code is the channel's place in the detectors' list, which is append only; 255 is followed by
 * a name: a sensor's, of a joint verdict, or a channel that a later agent knows. Shares keep a 250th, edges what
 * `edges.ts` says.
 */
import { ByteReader, ByteWriter } from '@fernsight/base';
import { CHANNELS, SCORE_STEPS } from '@fernsight/detect';
import type { AnomalyRow } from '../group.ts';
import { asText, type SqlRow, type SqlValue } from './database.ts';
import { kept, rounded } from './edges.ts';

export interface AnomalyDetail
  extends Pick<AnomalyRow, 'threshold' | 'expected' | 'lower' | 'upper' | 'channels'> {
  /** by channel; empty where nobody told */
  readonly evidence: readonly number[];
  readonly among: readonly string[];
}

/** Flags of what is in full. */
const WIDE_THRESHOLD = 1;
const WIDE_EDGES = 2;
export const NAMED = 255;
export const SHARE_STEPS = 250;
const CODES: ReadonlyMap<string, number> = new Map(CHANNELS.map((name, code) => [name, code]));
const out = new ByteWriter(128);
const single = new DataView(new ArrayBuffer(4));

export function packDetail(detail: AnomalyDetail): Uint8Array {
  const { threshold, channels, evidence, among } = detail;
  const { expected, lower, upper } = kept(detail);
  const edges = [expected, lower, upper];
  const steps = Math.round(threshold * SCORE_STEPS);
  const isSteps = steps >= 0 && steps <= SCORE_STEPS && steps / SCORE_STEPS === threshold;
  const isShort = edges.every(fitsSingle);
  out.clear();
  out.byte((isSteps ? 0 : WIDE_THRESHOLD) | (isShort ? 0 : WIDE_EDGES));
  if (!isSteps) out.float64(threshold);
  else for (const byte of [steps & 0xff, steps >> 8]) out.byte(byte);
  for (const edge of edges) {
    if (isShort) packSingle(edge);
    else out.float64(edge);
  }
  out.varint(channels.length);
  for (const [name, share] of channels) {
    const code = channelCode(name);
    out.byte(code);
    if (code === NAMED) out.text(name);
    out.byte(shareStep(share));
  }
  out.varint(evidence.length);
  for (const one of evidence) out.zigzag(one);
  if (among.length > 0) out.varint(among.length);
  for (const sensor of among) out.text(sensor);
  return out.finish();
}

/**
 * @param row of the table, with `told`; or, as earlier schemas had it, `detail` and `evidence` apart
 * @throws PackFault
 */
export function unpackDetail(row: SqlRow): AnomalyDetail {
  const { told, detail, evidence } = row;
  if (!(told instanceof Uint8Array)) {
    return { ...earlier(detail), evidence: listOf(evidence), among: [] };
  }
  const reader = new ByteReader(told);
  const flags = reader.byte();
  const wideEdges = (flags & WIDE_EDGES) !== 0;
  const threshold =
    (flags & WIDE_THRESHOLD) !== 0
      ? reader.float64()
      : (reader.byte() | (reader.byte() << 8)) / SCORE_STEPS;
  const edge = (): number => (wideEdges ? reader.float64() : unpackSingle(reader));
  const edges = { expected: edge(), lower: edge(), upper: edge() };
  const channels = unpackChannels(reader);
  const shown = Array.from({ length: reader.varint() }, () => reader.zigzag());
  const sensors = reader.left === 0 ? 0 : reader.varint();
  const among = Array.from({ length: sensors }, () => reader.text());
  return { threshold, ...edges, channels, evidence: shown, among };
}

function unpackChannels(reader: ByteReader): [string, number][] {
  return Array.from({ length: reader.varint() }, (): [string, number] => {
    const code = reader.byte();
    const name = code === NAMED ? reader.text() : channelOf(code);
    return [name, reader.byte() / SHARE_STEPS];
  });
}

function fitsSingle(edge: number): boolean {
  return Object.is(rounded(Math.fround(edge)), edge);
}

function packSingle(value: number): void {
  single.setFloat32(0, value, true);
  for (let at = 0; at < 4; at++) out.byte(single.getUint8(at));
}

function unpackSingle(reader: ByteReader): number {
  for (let at = 0; at < 4; at++) single.setUint8(at, reader.byte());
  return rounded(single.getFloat32(0, true));
}

/** @returns 0 to SHARE_STEPS */
export function shareStep(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * SHARE_STEPS);
}

/** @returns NAMED where the name has none */
export function channelCode(name: string): number {
  return CODES.get(name) ?? NAMED;
}

export function channelOf(code: number): string {
  return CHANNELS[code] ?? 'none';
}

type Earlier = Omit<AnomalyDetail, 'evidence' | 'among'>;

/** From before `told`: four doubles and the channels, or a list in JSON with null for unknown. */
function earlier(detail: SqlValue | undefined): Earlier {
  if (!(detail instanceof Uint8Array)) return listed(JSON.parse(asText(detail)) as Listed);
  const reader = new ByteReader(detail);
  const numbers = {
    threshold: reader.float64(),
    expected: reader.float64(),
    lower: reader.float64(),
    upper: reader.float64(),
  };
  return { ...numbers, channels: unpackChannels(reader) };
}

/** From before `told`: doubles, or a list in JSON. */
function listOf(evidence: SqlValue | undefined): number[] {
  if (evidence === null || evidence === undefined) return [];
  if (!(evidence instanceof Uint8Array)) return JSON.parse(asText(evidence)) as number[];
  const reader = new ByteReader(evidence);
  return Array.from({ length: evidence.length / 8 }, () => reader.float64());
}

type Listed = readonly [number, number | null, number | null, number | null, [string, number][]];

function listed([threshold, expected, lower, upper, channels]: Listed): Earlier {
  const orNaN = (value: number | null): number => value ?? Number.NaN;
  return {
    threshold,
    expected: orNaN(expected),
    lower: orNaN(lower),
    upper: orNaN(upper),
    channels,
  };
}
