/**
 * The key that models are signed with: Ed25519, made at first run, in a file of its own (`model.key`, 0600). Who
 * pins its public half takes a model from nobody else.
 *
 * It changes in three steps: the next key is written beside it (`model.next.key`), the registry names the next key in
 * the transaction that signs everything with it, and the next key's file takes the place of the old one. Which key
 * holds is what the registry names: whoever opens the files after a kill takes the last step, or forgets the first.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { errorCode, Fault } from '@fernsight/base';

const OWNER_ONLY = 0o600;

/** The key's file is not there, holds no key, or another one than it should. */
class SigningFault extends Fault {
  override name = 'SigningFault';
}

export interface Signer {
  /** SubjectPublicKeyInfo, DER */
  readonly publicKey: Uint8Array;
  /** @returns the signature, 64 bytes */
  sign(bytes: Uint8Array): Uint8Array;
}

export class SigningKey {
  readonly #folder: string;
  readonly #path: string;
  readonly #nextPath: string;

  constructor(dataDir: string) {
    this.#folder = dataDir;
    this.#path = join(dataDir, 'model.key');
    this.#nextPath = join(dataDir, 'model.next.key');
  }

  /**
   * @param named the public half of the key that the registry names; undefined where it was never changed
   * @param isNew nothing was signed yet: a key that is missing is made
   * @throws SigningFault
   */
  open({
    named,
    isNew,
  }: {
    readonly named: Uint8Array | undefined;
    readonly isNew: boolean;
  }): Signer {
    const next = named === undefined ? undefined : readKey(this.#nextPath);
    if (named !== undefined && next !== undefined && isSame(next.publicKey, named)) {
      this.takeNext();
      return next;
    }
    const mayMake = isNew && named === undefined;
    const current = readKey(this.#path) ?? (mayMake ? this.#make(this.#path) : undefined);
    if (current === undefined || (named !== undefined && !isSame(current.publicKey, named))) {
      const what = current === undefined ? 'is missing' : 'is not the key that models.db names';
      throw fault(`${this.#path} ${what}`);
    }
    rmSync(this.#nextPath, { force: true });
    return current;
  }

  /** The first step of a change: durable when it returns. */
  makeNext(): Signer {
    return this.#make(this.#nextPath);
  }

  /** The last step: the old key is gone when it returns. */
  takeNext(): void {
    renameSync(this.#nextPath, this.#path);
    this.#syncFolder();
  }

  #make(path: string): Signer {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    // under another name until it is whole
    const part = `${path}.part`;
    rmSync(part, { force: true });
    writeFileSync(part, pem, { mode: OWNER_ONLY, flag: 'wx', flush: true });
    renameSync(part, path);
    this.#syncFolder();
    return signerOf(privateKey);
  }

  #syncFolder(): void {
    const folder = openSync(this.#folder, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}

function readKey(path: string): Signer | undefined {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return signerOf(createPrivateKey(pem));
  } catch (cause) {
    throw fault(`${path} is damaged`, cause);
  }
}

function signerOf(key: KeyObject): Signer {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return { publicKey, sign: (bytes) => sign(null, bytes, key) };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

function fault(message: string, cause?: unknown): SigningFault {
  return new SigningFault(message, {
    op: 'models.open',
    hint: 'restore it and models.db from one backup: who pinned the key takes no model of another one',
    ...(cause === undefined ? {} : { cause }),
  });
}
