/**
 * The models that an agent holds: a folder beside the outbox, one file a model, named by its hash. A file is whole or
 * not there; one whose bytes are not those of its name is not used.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '@fernsight/base';
import { decodeModel, ModelError, type SensorModel } from '@fernsight/detect';

export class ModelFiles {
  readonly #folder: string;

  /** @param outbox path of the outbox's file */
  constructor(outbox: string) {
    this.#folder = `${outbox}-models`;
  }

  /** @returns undefined where it is not there, or no longer what it was */
  read(hash: string): SensorModel | undefined {
    try {
      const bytes = readFileSync(this.#pathOf(hash));
      return hashOf(bytes) === hash ? decodeModel(bytes) : undefined;
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || error instanceof ModelError) return undefined;
      throw error;
    }
  }

  /** Durable when it returns. @throws what the file system throws */
  write(hash: string, bytes: Uint8Array): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#pathOf(hash);
    const file = openSync(`${path}.part`, 'w', 0o600);
    try {
      writeFileSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.part`, path);
    const folder = openSync(this.#folder, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  /** Deletes all but these. @returns whether that is done: a disk that fails for now leaves it to the next time */
  keep(hashes: ReadonlySet<string>): boolean {
    try {
      for (const name of readdirSync(this.#folder)) {
        if (!hashes.has(name)) rmSync(join(this.#folder, name), { force: true });
      }
      return true;
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return errorCode(error) === 'ENOENT';
    }
  }

  #pathOf(hash: string): string {
    return join(this.#folder, hash);
  }
}

/** @returns the name of a model: SHA-256 of its bytes, in hex */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
