/**
 * The envelope of every model file: what it is, which version, whether it arrived whole.
 *
 * Little-endian: magic (4 ASCII letters) · version u16 · zero u16 · payload bytes u32 · CRC-32 of the
 * twelve bytes before it and of the payload u32 · payload. One flipped byte, one missing or one too
 * many is refused. It guards against damage, not against intent: that is the signature's part.
 */
import { crc32 } from './crc32.ts';
import { ModelError } from './modelError.ts';

export interface Seal {
  /** four ASCII letters */
  readonly magic: string;
  /** the version written, and the newest that is read */
  readonly version: number;
  /** what the file is called in errors, e.g. `forest` */
  readonly name: string;
}

const HEADER_BYTES = 16;
const CRC_OFFSET = 12;

export function seal(kind: Seal, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < 4; index++) bytes[index] = kind.magic.charCodeAt(index);
  view.setUint16(4, kind.version, true);
  view.setUint32(8, payload.length, true);
  view.setUint32(CRC_OFFSET, crc32(payload, crc32(bytes.subarray(0, CRC_OFFSET))), true);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** @returns the version found and the payload, a view. @throws ModelError that names the fault */
export function unseal(kind: Seal, bytes: Uint8Array): { version: number; payload: Uint8Array } {
  const op = `${kind.name}.decode`;
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  if (magic !== kind.magic) {
    const hint = `Give a ${kind.name} file, as \`fernsight train\` writes it.`;
    throw new ModelError(op, `These bytes are no ${kind.name}`, hint);
  }
  const copy = 'Copy or fetch the file again.';
  if (bytes.length < HEADER_BYTES) throw new ModelError(op, 'The header is cut short', copy);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const payload = bytes.subarray(HEADER_BYTES);
  const length = view.getUint32(8, true);
  if (payload.length !== length) {
    throw new ModelError(op, `${payload.length} bytes of content where ${length} are due`, copy);
  }
  const checksum = crc32(payload, crc32(bytes.subarray(0, CRC_OFFSET)));
  if (checksum !== view.getUint32(CRC_OFFSET, true)) {
    throw new ModelError(op, 'The checksum does not match: the bytes are damaged', copy);
  }
  const version = view.getUint16(4, true);
  if (version < 1 || version > kind.version) {
    const hint = `Update Fernsight; this release reads versions 1 to ${kind.version}.`;
    throw new ModelError(op, `Version ${version} of the ${kind.name} format`, hint);
  }
  return { version, payload };
}
