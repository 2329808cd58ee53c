/**
 * An event of the live feed, or several that belong together, as bytes, encoded once for all who hear it: plain, and for those who take gzip as a stretch
 * of a deflate stream that stands for itself. A stretch ends at a byte and refers to nothing before it (a full flush,
 * RFC 1951 §2.3, RFC 1952 §2.2), so that viewers who joined at different times are sent the same bytes. A frame of 1,000
 * devices is a tenth of its size then, and what is not sent costs nobody a core.
 */
import { constants, deflateRaw } from 'node:zlib';

/** Begins a gzip stream: deflate, no name, no time. It never ends, so that it has no sum at its end. */
export const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

export class LiveEvent {
  readonly plain: Buffer;
  #packed: Promise<Buffer> | undefined;

  constructor(text: string) {
    this.plain = Buffer.from(text);
  }

  /** @returns its stretch of a gzip stream; made beside this thread, at the first call */
  packed(): Promise<Buffer> {
    this.#packed ??= pack(this.plain);
    return this.#packed;
  }
}

/** @param json the event's data. @param id where a viewer may come back to it. @returns the event as it is sent */
export function textOf(event: string, json: string, id?: number): string {
  const head = id === undefined ? '' : `id: ${id}\n`;
  return `${head}event: ${event}\ndata: ${json}\n\n`;
}

function pack(plain: Buffer): Promise<Buffer> {
  const options = { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_FULL_FLUSH };
  return new Promise((done, fail) => {
    deflateRaw(plain, options, (error, packed) => (error === null ? done(packed) : fail(error)));
  });
}
