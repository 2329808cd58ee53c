/**
 * Secrets that the server draws: 256 bits, shown once, kept as their SHA-256. A hash that is quick to compute is right
 * here: nobody can try 2^256 of them; passwords, which people choose, go another way (password.ts).
 *
 * The prefix tells people and secret scanners what they have found.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { randomSecret } from '@fernsight/base';

const PREFIXES = {
  device: 'fsd_',
  key: 'fsk_',
  session: 'fss_',
  setup: 'fsu_',
  webhook: 'fsw_',
} as const;
export type SecretKind = keyof typeof PREFIXES;

const SECRET_BYTES = 32;

/** @returns a fresh secret of 47 characters that need no escaping in a URL, a header or a shell */
export function drawSecret(kind: SecretKind): string {
  return PREFIXES[kind] + Buffer.from(randomSecret(SECRET_BYTES)).toString('base64url');
}

/** @returns what is kept of a secret, 32 bytes */
export function digestOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}

/** @returns whether two digests are equal, in a time that does not depend on where they differ */
export function sameDigest(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** @returns which kind of secret a text claims to be */
export function kindOfSecret(text: string): SecretKind | undefined {
  for (const [kind, prefix] of Object.entries(PREFIXES)) {
    if (text.startsWith(prefix)) return kind as SecretKind;
  }
  return undefined;
}
