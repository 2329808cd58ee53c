/**
 * A judge's whole state as bytes: a header of 24 bytes, the sensor names of a judge of several, then the state's buffer.
 *
 *     0  u8[4]  'F' 'S' 'J' kind: 's' series, 'j' joint; of rows 'd' device, 'f' forest, 'p' patch, 'z' z-scores
 *     4  u32    STATE_VERSION; any change of a judge's layout or arithmetic raises it
 *     8  u32    length of the names in bytes (UTF-8, one a line)
 *     12 u32    length of the state in bytes
 *     16 u32    FNV-1a over names and state
 *     20 u32    0
 *
 * Integers are little-endian. The state's buffer is copied as it lies in memory; every platform that Node and browsers
 * run on today is little-endian. A snapshot of another version is not converted: its series warms up again.
 */

/** Raised whenever the layout of a state or the arithmetic on it changes. */
export const STATE_VERSION = 14;

const HEADER_BYTES = 24;
const MAGIC = [0x46, 0x53, 0x4a];

/** Bytes that are not a snapshot of this judge. `version`: sound, but of another version; start afresh. */
export class SnapshotError extends Error {
  readonly reason: 'damaged' | 'kind' | 'version';
  readonly hint: string;

  constructor(reason: 'damaged' | 'kind' | 'version', message: string) {
    super(message);
    this.name = 'SnapshotError';
    this.reason = reason;
    this.hint = 'discard the snapshot and let the judge warm up from stored readings';
  }
}

export type SnapshotKind = 's' | 'j' | 'd' | 'f' | 'p' | 'z';

/** @returns a fresh copy of names and state behind a header. O(bytes) */
export function packSnapshot(
  kind: SnapshotKind,
  names: readonly string[],
  state: ArrayBuffer,
): Uint8Array {
  const text = new TextEncoder().encode(names.join('\n'));
  const bytes = new Uint8Array(HEADER_BYTES + text.length + state.byteLength);
  bytes.set(text, HEADER_BYTES);
  bytes.set(new Uint8Array(state), HEADER_BYTES + text.length);
  bytes.set(MAGIC);
  const header = new DataView(bytes.buffer);
  header.setUint8(3, kind.charCodeAt(0));
  header.setUint32(4, STATE_VERSION, true);
  header.setUint32(8, text.length, true);
  header.setUint32(12, state.byteLength, true);
  header.setUint32(16, checksum(bytes.subarray(HEADER_BYTES)), true);
  return bytes;
}

/** @returns whether the bytes say of themselves that they are of this kind; whether they are whole, unpackSnapshot tells */
export function isOfKind(kind: SnapshotKind, bytes: Uint8Array): boolean {
  return bytes[3] === kind.charCodeAt(0);
}

/**
 * @returns the names and a copy of the state
 * @throws {SnapshotError} where the bytes are not a whole snapshot of this kind and version
 */
export function unpackSnapshot(
  kind: SnapshotKind,
  bytes: Uint8Array,
): { names: string[]; state: ArrayBuffer } {
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw new SnapshotError('damaged', 'not a snapshot of a judge');
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isOfKind(kind, bytes)) {
    throw new SnapshotError('kind', `not a snapshot of kind '${kind}'`);
  }
  const version = header.getUint32(4, true);
  if (version !== STATE_VERSION) {
    throw new SnapshotError('version', `snapshot of version ${version}, not ${STATE_VERSION}`);
  }
  const namesEnd = HEADER_BYTES + header.getUint32(8, true);
  const end = namesEnd + header.getUint32(12, true);
  if (end !== bytes.length) {
    throw new SnapshotError('damaged', `snapshot of ${bytes.length} bytes should have ${end}`);
  }
  if (checksum(bytes.subarray(HEADER_BYTES)) !== header.getUint32(16, true)) {
    throw new SnapshotError('damaged', 'snapshot with a wrong checksum');
  }
  const text = new TextDecoder().decode(bytes.subarray(HEADER_BYTES, namesEnd));
  return {
    names: text === '' ? [] : text.split('\n'),
    // a copy by construction: `slice` of a Node Buffer is a view of all its memory
    state: new Uint8Array(bytes.subarray(namesEnd, end)).buffer,
  };
}

/** FNV-1a, 32 bits: catches a torn or flipped byte; not meant against forgery. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < bytes.length; index += 1) {
    hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
