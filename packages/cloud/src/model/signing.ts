/**
 * The key that models are signed with: Ed25519, made at first run, in a file of its own (`model.key`, 0600). Who
 * pins its public half takes a model from nobody else.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, Fault } from '@fernsight/base';

const OWNER_ONLY = 0o600;

/** The key's file is there and holds no key. */
class SigningFault extends Fault {
  override name = 'SigningFault';
}

export interface Signer {
  /** SubjectPublicKeyInfo, DER */
  readonly publicKey: Uint8Array;
  /** @returns the signature, 64 bytes */
  sign(bytes: Uint8Array): Uint8Array;
}

/** @throws SigningFault where the file is damaged */
export function openSigner(dataDir: string): Signer {
  const path = join(dataDir, 'model.key');
  const key = readKey(path) ?? makeKey(path);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return { publicKey, sign: (bytes) => sign(null, bytes, key) };
}

function readKey(path: string): KeyObject | undefined {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new SigningFault(`${path} is damaged`, {
      op: 'models.open',
      cause,
      hint: 'restore it from a backup: who pinned it takes no model of another key',
    });
  }
}

function makeKey(path: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(path, pem, { mode: OWNER_ONLY, flag: 'wx' });
  return privateKey;
}
