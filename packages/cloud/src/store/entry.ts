/**
 * An entry: what one parcel came to, once it was de-duplicated and judged. Entries are what is made durable; applied to
 * the registry in order, after a commit or after a restart, they give the same state. One commit's entries are one row
 * of the journal:
 *
 *     u32 bytes of the head, padded to 8 · head (JSON) · u32 series[n] · f64 stamps[n] · f64 values[n] · u16 steps[n] ·
 *     u16 marks[n], padded to 8 · the next entry
 *
 * Nothing is packed here: an entry is written once, read at a restart only, and gone as soon as its readings are chunks.
 */
import { Fault } from '@fernsight/base';
import type { Band } from './chunk.ts';
import type { LedgerEvent } from './ledger.ts';

export interface Entry {
  readonly receivedUs: number;
  /** stored readings, in the order they were judged; columns of one length */
  readonly series: Uint32Array;
  readonly tsUs: Float64Array;
  readonly value: Float64Array;
  readonly steps: Uint16Array;
  readonly marks: Uint16Array;
  readonly bands: readonly SeriesBand[];
  readonly events: readonly LedgerEvent[];
}

/** `series` is the store's number. */
export interface SeriesBand extends Band {
  readonly series: number;
}

/** @returns the bytes of one row of the journal. O(bytes) */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
  const heads = entries.map((entry) => Buffer.from(JSON.stringify(headOf(entry))));
  let length = 0;
  for (const [index, entry] of entries.entries())
    length += lengthOf(entry, heads[index]?.length ?? 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [index, entry] of entries.entries()) {
    const head = heads[index];
    if (head === undefined) break;
    view.setUint32(at, head.length, true);
    bytes.set(head, at + 4);
    at += align(4 + head.length);
    for (const column of [entry.tsUs, entry.value, entry.series, entry.steps, entry.marks]) {
      bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
      at += column.byteLength;
    }
    at = align(at);
  }
  return bytes;
}

/** @throws Fault where the bytes are not whole entries. O(bytes) */
export function decodeEntries(bytes: Uint8Array): Entry[] {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const view = new DataView(aligned.buffer, aligned.byteOffset, aligned.byteLength);
  const entries: Entry[] = [];
  let at = 0;
  while (at < aligned.length) {
    const head = readHead(aligned, at, view);
    const { count } = head;
    at += align(4 + view.getUint32(at, true));
    const end = at + count * 24;
    if (end > aligned.length) damaged('columns are cut');
    const from = aligned.byteOffset + at;
    const buffer = aligned.buffer;
    entries.push({
      receivedUs: head.receivedUs,
      tsUs: new Float64Array(buffer, from, count),
      value: new Float64Array(buffer, from + count * 8, count),
      series: new Uint32Array(buffer, from + count * 16, count),
      steps: new Uint16Array(buffer, from + count * 20, count),
      marks: new Uint16Array(buffer, from + count * 22, count),
      bands: head.bands,
      events: head.events,
    });
    at = align(end);
  }
  return entries;
}

interface Head {
  readonly receivedUs: number;
  readonly count: number;
  readonly bands: readonly SeriesBand[];
  readonly events: readonly LedgerEvent[];
}

function headOf(entry: Entry): Head {
  const { receivedUs, bands, events } = entry;
  return { receivedUs, count: entry.tsUs.length, bands, events };
}

function readHead(bytes: Uint8Array, at: number, view: DataView): Head {
  if (at + 4 > bytes.length) damaged('the head is cut');
  const length = view.getUint32(at, true);
  if (at + 4 + length > bytes.length) damaged('the head is cut');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at + 4, length).toString('utf8');
  try {
    const head: unknown = JSON.parse(text);
    if (isHead(head)) return head;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return damaged('the head cannot be read');
}

/** What moves the reading on, and what is walked through; the rest is as it was written, or SQLite would know. */
function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null) return false;
  const { count, bands, events } = value as Partial<Record<keyof Head, unknown>>;
  return (
    Number.isSafeInteger(count) &&
    Number(count) >= 0 &&
    Array.isArray(bands) &&
    Array.isArray(events)
  );
}

function lengthOf(entry: Entry, headLength: number): number {
  return align(align(4 + headLength) + entry.tsUs.length * 24);
}

function align(at: number): number {
  return Math.ceil(at / 8) * 8;
}

function damaged(why: string): never {
  throw new Fault(`the journal is damaged: ${why}`, {
    op: 'store.replay',
    hint: 'restore the data folder from its last backup',
  });
}
