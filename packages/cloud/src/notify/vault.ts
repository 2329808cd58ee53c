/**
 * Secrets that must be used again, and so cannot be kept as hashes: addresses of webhooks, passwords of mail servers.
 * They are sealed with AES-256-GCM under a key in a file of its own (`secret.key`, 0600, made at first run), so that a
 * copy of the database alone gives nothing away. A backup without this file has channels that must be entered again.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, Fault, randomSecret } from '@fernsight/base';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OWNER_ONLY = 0o600;

export interface Vault {
  /** @returns nonce, tag and what was sealed */
  seal(text: string): Uint8Array;
  /** @throws VaultFault where the bytes were changed or sealed under another key */
  open(bytes: Uint8Array): string;
}

/** What was sealed cannot be opened. */
export class VaultFault extends Fault {
  override name = 'VaultFault';
}

/** @throws VaultFault where the key's file is damaged */
export function openVault(dataDir: string): Vault {
  const path = join(dataDir, 'secret.key');
  const key = readKey(path) ?? makeKey(path);
  if (key.length !== KEY_BYTES) {
    throw new VaultFault(`${path} is damaged`, {
      op: 'vault.open',
      hint: 'restore it from a backup, or remove it and enter the channels again',
    });
  }
  return { seal: (text) => seal(key, text), open: (bytes) => unseal(key, bytes) };
}

function seal(key: Uint8Array, text: string): Uint8Array {
  const nonce = randomSecret(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

function unseal(key: Uint8Array, bytes: Uint8Array): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const start = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8');
    return start + decipher.final('utf8');
  } catch (cause) {
    throw new VaultFault('a sealed secret cannot be opened', {
      op: 'vault.open',
      cause,
      hint: 'restore secret.key from the same backup as incidents.db, or enter the channel again',
    });
  }
}

function readKey(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function makeKey(path: string): Uint8Array {
  const key = randomSecret(KEY_BYTES);
  writeFileSync(path, key, { mode: OWNER_ONLY, flag: 'wx' });
  return key;
}
