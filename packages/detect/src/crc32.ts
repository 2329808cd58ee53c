/** CRC-32 (ISO 3309, the one of gzip): finds every burst of damage up to 32 bits long. */

const POLYNOMIAL = 0xedb88320;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  return remainder;
});

/** @param seed the result over the bytes before these. @returns an integer in [0, 2^32) */
export function crc32(bytes: Uint8Array, seed = 0): number {
  let remainder = ~seed;
  for (const byte of bytes) {
    remainder = (table[(remainder ^ byte) & 0xff] ?? 0) ^ (remainder >>> 8);
  }
  return ~remainder >>> 0;
}
