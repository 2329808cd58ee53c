/**
 * SQLite's write-ahead log from outside: how far it reaches, and how much of it is in the database file already. Read
 * from the shared-memory index, whose layout is part of the file format (sqlite.org/walformat.html, section 2).
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';

export interface WalState {
  /** another value each time the log begins anew */
  readonly salt: string;
  readonly frameCount: number;
  /** frames that a checkpoint has copied into the database, after a sync of the log */
  readonly checkpointedCount: number;
}

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const PAGE_BYTES = 4096;
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES;

const INDEX_BYTES = 100;
const FRAMES_AT = 16;
const SALT_AT = 32;
const CHECKPOINTED_AT = 96;
export const NO_LOG: WalState = { salt: '', frameCount: 0, checkpointedCount: 0 };

/** The index of one database's log, which stays open: it is read at each sync. */
export class WalIndex {
  readonly #path: string;
  readonly #bytes = Buffer.alloc(INDEX_BYTES);
  #file: number | undefined;

  /** @param path of the database, which a process of ours has open */
  constructor(path: string) {
    this.#path = `${path}-shm`;
  }

  read(): WalState {
    if (this.#file === undefined) {
      if (!existsSync(this.#path)) return NO_LOG;
      this.#file = openSync(this.#path, 'r');
    }
    const bytes = this.#bytes;
    if (readSync(this.#file, bytes, 0, INDEX_BYTES, 0) < INDEX_BYTES) return NO_LOG;
    return {
      salt: bytes.toString('hex', SALT_AT, SALT_AT + 8),
      frameCount: bytes.readUInt32LE(FRAMES_AT),
      checkpointedCount: bytes.readUInt32LE(CHECKPOINTED_AT),
    };
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** @returns bytes of a log of so many frames */
export function walBytes(frameCount: number): number {
  return frameCount === 0 ? 0 : WAL_HEADER_BYTES + frameCount * FRAME_BYTES;
}
