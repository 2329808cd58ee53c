/** What the parts of a body have in common: lists, flags, and what is said of damage. */
import { type ByteReader, type ByteWriter, PackFault } from '@fernsight/base';

/** Things of one kind in one body: more is damage, and must not become an allocation. */
const LIST_MAX = 1 << 20;

export const ANOMALY = 1;
export const ALARM = 2;

export function packList<T>(
  out: ByteWriter,
  list: readonly T[],
  pack: (out: ByteWriter, item: T) => void,
): void {
  out.varint(list.length);
  for (const item of list) pack(out, item);
}

export function unpackList<T>(reader: ByteReader, unpack: (reader: ByteReader) => T): T[] {
  const count = reader.varint();
  if (count > LIST_MAX || count > reader.left) damaged('a list is longer than its bytes');
  return Array.from({ length: count }, () => unpack(reader));
}

export function flagsOf(row: { readonly anomaly: boolean; readonly alarm: boolean }): number {
  return (row.anomaly ? ANOMALY : 0) + (row.alarm ? ALARM : 0);
}

export function damaged(why: string): never {
  throw new PackFault(`an outbox row is damaged: ${why}`, { op: 'unpack' });
}
