/**
 * Holds back the acknowledgements that an MQTT client writes, until the messages they stand for are on the disk.
 *
 * The client's library acknowledges a QoS 1 message when it has handed it over, and offers no other way. So the
 * connection it writes to is this stream, which cuts what passes into packets (MQTT 3.1.1, section 2.2), keeps each
 * PUBACK, and lets everything else through at once.
 */
import { Duplex } from 'node:stream';

const PUBACK = 4;

export class PubackGate extends Duplex {
  readonly #socket: Duplex;
  readonly #held = new Map<number, Buffer>();
  /** released before they were written: they go through */
  readonly #released = new Set<number>();
  #pending = Buffer.alloc(0);

  constructor(socket: Duplex) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => {
      // what arrived before an end in order is read first
      if (socket.readableEnded && !this.readableEnded) this.once('end', () => this.destroy());
      else this.destroy();
    });
  }

  /** Sends the acknowledgement of a message: now, or where it still waits behind other packets, when it comes. */
  release(messageId: number): void {
    const packet = this.#held.get(messageId);
    this.#held.delete(messageId);
    if (packet === undefined) this.#released.add(messageId);
    else if (!this.destroyed) this.#socket.write(packet);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const through: Buffer[] = [];
    for (let length = packetLength(this.#pending); length > 0; ) {
      const packet = this.#pending.subarray(0, length);
      this.#pending = this.#pending.subarray(length);
      if (this.#holds(packet)) this.#held.set(messageIdOf(packet), packet);
      else through.push(packet);
      length = packetLength(this.#pending);
    }
    if (through.length === 0) done();
    else this.#socket.write(Buffer.concat(through), done);
  }

  #holds(packet: Buffer): boolean {
    return packet.readUInt8(0) >> 4 === PUBACK && !this.#released.delete(messageIdOf(packet));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** @returns the length of the first packet, or 0 where it is not whole */
function packetLength(bytes: Buffer): number {
  let length = 0;
  for (let index = 1; index < 5 && index < bytes.length; index++) {
    const byte = bytes.readUInt8(index);
    length += (byte & 0x7f) * 128 ** (index - 1);
    if (byte < 0x80) return bytes.length >= length + index + 1 ? length + index + 1 : 0;
  }
  return 0;
}

/** A PUBACK's remaining length takes one byte. */
function messageIdOf(packet: Buffer): number {
  return packet.readUInt16BE(2);
}
