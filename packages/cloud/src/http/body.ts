/**
 * Bodies: received, and decompressed by their Content-Encoding, never beyond the bound of what they may be. Where the
 * bound is reached, the refusal names the field at which: one value too large is found, and so is the row to split at.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzip,
  inflate,
  zstdDecompress,
} from 'node:zlib';
import { errorCode } from '@fernsight/base';
import { BODY_BYTES_MAX } from '@fernsight/wire';
import {
  type PlaceAtEnd,
  placeInJson,
  placeInLines,
  placeInNdjson,
  shownPlace,
} from '../ingest/bodyText.ts';
import { type Format, formatOf, mediaType } from '../ingest/mediaType.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import {
  BODIES_BYTES_MAX,
  DISCARDED_BYTES_MAX,
  RETRY_AFTER_SECONDS,
  SMALL_BODY_BYTES,
} from '../limits.ts';

interface Encoding {
  readonly decompress: (
    bytes: Buffer,
    options: { readonly maxOutputLength: number },
  ) => Promise<Buffer>;
  readonly stream: () => Duplex;
}

const GZIP: Encoding = { decompress: promisify(gunzip), stream: createGunzip };
const ENCODINGS: ReadonlyMap<string, Encoding> = new Map(
  Object.entries({
    gzip: GZIP,
    'x-gzip': GZIP,
    deflate: { decompress: promisify(inflate), stream: createInflate },
    br: { decompress: promisify(brotliDecompress), stream: createBrotliDecompress },
    zstd: { decompress: promisify(zstdDecompress), stream: createZstdDecompress },
  }),
);
const PLACES: Readonly<Record<Format, PlaceAtEnd>> = {
  json: placeInJson,
  ndjson: placeInNdjson,
  lines: placeInLines,
};

/** What headers say of a body. */
export interface BodyForm {
  readonly contentType: string | undefined;
  readonly encoding: string | undefined;
}

export function bodyFormOf(headers: IncomingHttpHeaders): BodyForm {
  return { contentType: headers['content-type'], encoding: headers['content-encoding'] };
}

/** What large bodies take up while they are received. */
export class BodyRoom {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax = BODIES_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** @returns whether there was room */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  free(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * Receives a body. What comes beyond the bound is read and thrown away, up to another bound, so that a sender who does
 * not listen while it sends hears the answer.
 * @throws RequestFault: 413 for too much, 400 where it ends early, 503 where there is no room for it now
 */
export async function receivedBody(
  stream: Readable,
  form: BodyForm,
  room: BodyRoom,
): Promise<Buffer> {
  const kept: Buffer[] = [];
  let length = 0;
  let taken = 0;
  let hasRoom = true;
  const received = new Promise<void>((resolve, reject) => {
    stream.on('data', (part: Buffer) => {
      if (!hasRoom) return;
      if (length <= BODY_BYTES_MAX) kept.push(part);
      length += part.length;
      const due = Math.min(length, BODY_BYTES_MAX) - SMALL_BODY_BYTES - taken;
      hasRoom = due <= 0 || room.take(due);
      if (hasRoom && due > 0) taken += due;
      if (!hasRoom) kept.length = 0;
      if (!hasRoom || length > DISCARDED_BYTES_MAX) resolve();
    });
    stream.on('end', resolve);
    stream.on('error', () => reject(new RequestFault(400, 'the body ended too early')));
  });
  await received.finally(() => room.free(taken));
  if (!hasRoom) throw noRoom();
  const bytes = Buffer.concat(kept);
  if (length <= BODY_BYTES_MAX) return bytes;
  const isPlain = encodingOf(form) === undefined;
  throw tooLarge(isPlain ? bytes.subarray(0, BODY_BYTES_MAX) : undefined, form);
}

function noRoom(): RequestFault {
  return new RequestFault(503, 'there is no room for another large body now', {
    hint: 'send it again later, or in smaller parts',
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}

/** @throws RequestFault: 415 for an encoding that is not known, 413 for too much, 400 for bytes that are not of it */
export async function decompressed(bytes: Buffer, form: BodyForm): Promise<Buffer> {
  const encoding = encodingOf(form);
  if (encoding === undefined) return bytes;
  const known = ENCODINGS.get(encoding.toLowerCase());
  if (known === undefined) {
    throw new RequestFault(
      415,
      `the body's encoding ${JSON.stringify(encoding.slice(0, 40))} is not known`,
      {
        hint: 'send it plain, or as zstd, gzip, br or deflate',
        headers: { 'accept-encoding': 'zstd, gzip, br, deflate' },
      },
    );
  }
  try {
    return await known.decompress(bytes, { maxOutputLength: BODY_BYTES_MAX });
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(await prefixOf(known.stream().end(bytes)), form);
    throw new RequestFault(400, `the body is not ${encoding}`, {
      hint: 'send it plain, or compress it again',
    });
  }
}

function encodingOf({ encoding }: BodyForm): string | undefined {
  return encoding === '' || encoding?.toLowerCase() === 'identity' ? undefined : encoding;
}

/** @returns as much as a body may be of what unfolds to more */
async function prefixOf(unfolding: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of unfolding as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= BODY_BYTES_MAX) break;
  }
  return Buffer.concat(parts).subarray(0, BODY_BYTES_MAX);
}

/** @param prefix what of it could be read, or undefined */
function tooLarge(prefix: Buffer | undefined, { contentType }: BodyForm): RequestFault {
  const message = `a body has at most ${BODY_BYTES_MAX} bytes, decompressed`;
  const hint = 'split it into several requests';
  if (prefix === undefined) return new RequestFault(413, message, { hint });
  const placeAtEnd = PLACES[formatOf(mediaType(contentType)) ?? 'json'];
  const pointer = placeAtEnd(prefix.toString('utf8'));
  return new RequestFault(413, `${message}: they end in ${shownPlace(pointer)}`, {
    hint,
    errors: [{ pointer, detail: 'reaches beyond what a body may have' }],
  });
}
