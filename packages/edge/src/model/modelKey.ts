/**
 * The key that an agent checks models with: Ed25519, pinned at enrolment or, where nobody pinned one, that of the first
 * use. A server that changed its key shows how each new key was signed by the one before; from the pinned one on, the
 * agent follows that chain and nothing else.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { errorCode } from '@fernsight/base';
import type { ModelKey } from '@fernsight/wire/agent';

/** @returns whether `signature` is the key's, over the bytes. @param publicKey DER in base64 */
export function isSigned(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  try {
    const key = createPublicKey({
      key: Buffer.from(publicKey, 'base64'),
      format: 'der',
      type: 'spki',
    });
    if (key.asymmetricKeyType !== 'ed25519') return false;
    return verify(null, bytes, key, Buffer.from(signature, 'base64'));
  } catch (error) {
    if (errorCode(error)?.startsWith('ERR_') === true) return false;
    throw error;
  }
}

/** @returns the server's key where a chain of signatures leads to it from the one that is trusted; else undefined */
export function followKey(trusted: string, { publicKey, rotations }: ModelKey): string | undefined {
  let key = trusted;
  for (const rotation of rotations) {
    if (rotation.previousKey !== key) continue;
    const bytes = Buffer.from(rotation.publicKey, 'base64');
    if (!isSigned(key, bytes, rotation.signature)) return undefined;
    key = rotation.publicKey;
  }
  return key === publicKey ? key : undefined;
}

/** @returns the first half of the key's SHA-256 in hex, for people to compare */
export function fingerprintOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 32);
}
