/**
 * The body of `GET /latest` as bytes. A fleet's newest values are some megabytes, and most of them stay between two
 * questions: of every few devices the bytes are kept until one of them changes, and what is left of an answer is a copy.
 */
import type { Head } from '../live/head.ts';
import { type HeadDevice, isInView } from '../live/headDevice.ts';

/** Small, so that a device that changes makes few others anew; not too small, for each block is one piece of the copy. */
const BLOCK_DEVICES = 64;
const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

interface Block {
  readonly devices: readonly HeadDevice[];
  /** of the head, when the bytes were made */
  version: number;
  bytes: Buffer;
}

export class LatestBody {
  readonly #head: Head;
  readonly #encode: (device: HeadDevice) => string;
  #devices: readonly HeadDevice[] = [];
  #blocks: readonly Block[] = [];
  #version = -1;
  #body = Buffer.alloc(0);

  /** @param encode makes the JSON of a device */
  constructor(head: Head, encode: (device: HeadDevice) => string) {
    this.#head = head;
    this.#encode = encode;
  }

  /** @returns the devices in view, sorted by name. O(devices), and encodes those beside which one has changed */
  bytes(): Buffer {
    const head = this.#head;
    head.look();
    if (this.#version === head.version) return this.#body;
    this.#version = head.version;
    this.#cut(head.byName());
    const pieces: Buffer[] = [OPEN];
    for (const block of this.#blocks) {
      if (block.devices.some(({ version }) => version > block.version)) this.#renew(block);
      if (block.bytes.length > 0) pieces.push(block.bytes, COMMA);
    }
    if (pieces.length > 1) pieces.pop();
    this.#body = Buffer.concat([...pieces, CLOSE]);
    return this.#body;
  }

  /** @param devices another list than before where one is new */
  #cut(devices: readonly HeadDevice[]): void {
    if (devices === this.#devices) return;
    this.#devices = devices;
    this.#blocks = Array.from(
      { length: Math.ceil(devices.length / BLOCK_DEVICES) },
      (_, index) => ({
        devices: devices.slice(index * BLOCK_DEVICES, (index + 1) * BLOCK_DEVICES),
        version: -1,
        bytes: Buffer.alloc(0),
      }),
    );
  }

  #renew(block: Block): void {
    block.version = this.#version;
    block.bytes = Buffer.from(block.devices.filter(isInView).map(this.#encode).join(','));
  }
}
