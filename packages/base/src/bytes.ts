/**
 * Bytes written and read in order: the ground under the packed forms of readings (pack.ts), which the agent's outbox and
 * the cloud's store share. Integers are varints, seven bits a byte, lowest first; numbers are IEEE 754, little-endian.
 *
 * A reader trusts nothing: bytes that end too early or go on too long raise a PackFault, never a wrong value in silence.
 */
import { Fault } from './fault.ts';

/** Packed bytes that are not what they should be. */
export class PackFault extends Fault {
  override name = 'PackFault';
}

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: true });

export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** bytes written so far */
  get length(): number {
    return this.#length;
  }

  /** Starts again in the same memory. */
  clear(): void {
    this.#length = 0;
  }

  /** @param value 0 to 255 */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** @param value an integer from 0 to 2^53 - 1 */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** @param value an integer of less than 52 bits, which its sign doubles; small ones of either sign are short */
  zigzag(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  text(value: string): void {
    this.bytes(utf8.encode(value));
  }

  /** @returns a copy of what was written */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** bytes not yet read */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) refuse('they end too early');
    return value;
  }

  varint(): number {
    let value = 0;
    let unit = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) refuse('an integer is too large');
        return value;
      }
      unit *= 128;
    }
    return refuse('an integer does not end');
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float64(): number {
    if (this.left < 8) refuse('they end too early');
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** @returns a view, not a copy */
  bytes(): Uint8Array {
    const length = this.varint();
    if (length > this.left) refuse('they end too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return text.decode(bytes);
    } catch (cause) {
      throw new PackFault('packed text is not UTF-8', { op: 'unpack', cause });
    }
  }

  /** @throws PackFault unless everything was read */
  end(): void {
    if (this.left > 0) refuse(`${this.left} bytes are left over`);
  }
}

function refuse(why: string): never {
  throw new PackFault(`packed bytes are damaged: ${why}`, {
    op: 'unpack',
    hint: 'the file was cut or changed; restore it from a backup',
  });
}
