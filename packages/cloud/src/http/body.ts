/** Bodies: decompressed by their Content-Encoding, never beyond the bound of what they may unfold to. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { errorCode } from '@fernsight/base';
import { BODY_BYTES_MAX } from '@fernsight/wire';
import { RequestFault } from '../ingest/requestFault.ts';

type Decompress = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const DECOMPRESS: ReadonlyMap<string, Decompress> = new Map(
  Object.entries({
    gzip: promisify(gunzip),
    'x-gzip': promisify(gunzip),
    deflate: promisify(inflate),
    br: promisify(brotliDecompress),
    zstd: promisify(zstdDecompress),
  }),
);

/** @throws RequestFault: 415 for an encoding that is not known, 413 for too much, 400 for bytes that are not of it */
export async function decompressed(bytes: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === '' || encoding === 'identity') return bytes;
  const decompress = DECOMPRESS.get(encoding.toLowerCase());
  if (decompress === undefined) {
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
    return await decompress(bytes, { maxOutputLength: BODY_BYTES_MAX });
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new RequestFault(400, `the body is not ${encoding}`, {
      hint: 'send it plain, or compress it again',
    });
  }
}

export function tooLarge(): RequestFault {
  return new RequestFault(413, `a body has at most ${BODY_BYTES_MAX} bytes, decompressed`, {
    hint: 'split it into several requests',
  });
}
