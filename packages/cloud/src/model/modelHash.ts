/** A model's name is the SHA-256 of its bytes: what does not fit its name was changed, and judges nobody. */
import { createHash } from 'node:crypto';

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Why a model is refused whose stored bytes are others. */
export const CHANGED = 'its stored bytes are not those that its name says';
