/**
 * The snapshot of a judge of rows: the arrays of its state, one after the other, each behind its length in bytes (u32).
 *
 * They stand as the state behind the header of snapshot.ts, and the columns' numbers as its names, so that a judge of
 * another width refuses them. What is read is copied, so that an array may begin at any byte.
 */
import { packSnapshot, SnapshotError, type SnapshotKind, unpackSnapshot } from './snapshot.ts';

const LENGTH_BYTES = 4;

/** @returns the names of a row's sensors: the numbers of their columns */
export function columnNames(width: number): string[] {
  return Array.from({ length: width }, (_, column) => String(column));
}

/** @returns a copy of the arrays behind a header. O(bytes) */
export function packArrays(
  kind: SnapshotKind,
  width: number,
  arrays: readonly ArrayBufferView[],
): Uint8Array {
  const size = arrays.reduce((sum, { byteLength }) => sum + LENGTH_BYTES + byteLength, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    view.setUint32(at, byteLength, true);
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at + LENGTH_BYTES);
    at += LENGTH_BYTES + byteLength;
  }
  return packSnapshot(kind, columnNames(width), bytes.buffer);
}

/** Gives back the arrays of a snapshot, in the order they were packed. Every method throws a SnapshotError where it cannot. */
export class PackedArrays {
  readonly #state: DataView;
  #at = 0;

  /** @throws {SnapshotError} where the bytes are not a whole snapshot of this kind, width and version */
  constructor(kind: SnapshotKind, width: number, bytes: Uint8Array) {
    const { names, state } = unpackSnapshot(kind, bytes);
    if (names.length !== width) throw damaged(`rows of ${names.length} sensors, not ${width}`);
    this.#state = new DataView(state);
  }

  bytes(): Uint8Array {
    const start = this.#at + LENGTH_BYTES;
    if (start > this.#state.byteLength) throw damaged('an array is missing');
    const end = start + this.#state.getUint32(this.#at, true);
    if (end > this.#state.byteLength) throw damaged('an array is cut short');
    this.#at = end;
    return new Uint8Array(this.#state.buffer.slice(start, end));
  }

  float64(): Float64Array {
    const { buffer, length } = this.bytes();
    if (length % 8 !== 0) throw damaged(`${length} bytes are no float64s`);
    return new Float64Array(buffer);
  }

  float32(): Float32Array {
    const { buffer, length } = this.bytes();
    if (length % 4 !== 0) throw damaged(`${length} bytes are no float32s`);
    return new Float32Array(buffer);
  }

  /** Fills an array that is there already, of the very same size. */
  fill({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    const bytes = this.bytes();
    if (bytes.length !== byteLength)
      throw damaged(`an array of ${bytes.length} bytes, not ${byteLength}`);
    new Uint8Array(buffer, byteOffset, byteLength).set(bytes);
  }
}

function damaged(what: string): SnapshotError {
  return new SnapshotError('damaged', `snapshot of another judge: ${what}`);
}
