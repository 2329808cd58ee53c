/** The key of a simulated server: a real one would be another at each run, and so would its signatures. */
import { createPrivateKey } from 'node:crypto';
import type { Rng } from '@fernsight/base';

/** RFC 8410: an Ed25519 private key as PKCS #8 is this head and its 32 bytes. */
const HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_BYTES = 32;

/** @returns the key's file, PEM */
export function signingKeyOf(rng: Rng): string {
  const bytes = Buffer.from(Array.from({ length: KEY_BYTES }, () => rng.below(256)));
  const key = createPrivateKey({ key: Buffer.concat([HEAD, bytes]), format: 'der', type: 'pkcs8' });
  return String(key.export({ type: 'pkcs8', format: 'pem' }));
}
