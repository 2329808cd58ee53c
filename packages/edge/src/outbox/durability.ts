/**
 * Makes commits durable against a power cut.
 *
 * With WAL and synchronous=NORMAL a commit is a write to the log without an fsync: it survives a kill, and after a power
 * cut the database is that of some earlier commit, whole. `sync` is an fdatasync of the log, done off the main thread;
 * SQLite's own fsync happens only at a checkpoint, which a sync starts when the log has grown large.
 */
import { closeSync, fdatasync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { errorMessage, type Probe } from '@fernsight/base';
import { BUSY_MS, WAL_BYTES_MAX } from '../limits.ts';
import { isDamage, SyncFault } from './sqliteError.ts';

/** Where nobody syncs, SQLite checkpoints by itself at this many times the size. */
const UNSYNCED_FACTOR = 4;
const PAGE_BYTES = 4096;

const datasync = promisify(fdatasync);

export class Durability {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #walBytesMax: number;
  readonly #probe: Probe | undefined;
  #wal: number | undefined;
  #dirty = true;
  #syncing: Promise<void> | undefined;

  /** @param options `bytesMax` of the outbox: the log stays below a quarter of it */
  constructor(
    database: DatabaseSync,
    path: string,
    { bytesMax, probe }: { readonly bytesMax: number; readonly probe?: Probe | undefined },
  ) {
    this.#database = database;
    this.#probe = probe;
    this.#path = path;
    this.#walBytesMax = Math.min(WAL_BYTES_MAX, bytesMax / 4);
    const pages = Math.ceil((this.#walBytesMax * UNSYNCED_FACTOR) / PAGE_BYTES);
    database.exec(`PRAGMA wal_autocheckpoint = ${pages}`);
  }

  /** There is a commit that is not on the disk yet. */
  soil(): void {
    this.#dirty = true;
  }

  /** Resolves when everything committed before the call is on the disk. @throws SyncFault */
  async sync(): Promise<void> {
    while (this.#syncing !== undefined) await this.#syncing;
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#syncing = this.#flush();
    try {
      await this.#syncing;
    } finally {
      this.#syncing = undefined;
    }
  }

  close(): void {
    if (this.#wal !== undefined) closeSync(this.#wal);
    this.#wal = undefined;
  }

  /** Whoever waits for it hears of its failure in the same words. */
  async #flush(): Promise<void> {
    try {
      await this.#write();
    } catch (error) {
      this.#dirty = true;
      if (isDamage(error)) throw error;
      throw new SyncFault(`cannot sync ${this.#path}: ${errorMessage(error)}`, error);
    }
  }

  async #write(): Promise<void> {
    const log = `${this.#path}-wal`;
    this.#probe?.at('outbox.syncing');
    await (this.#probe?.datasync(log) ?? this.#datasync(log));
    this.#probe?.at('outbox.synced');
    if (statSync(log).size > this.#walBytesMax) this.#checkpoint();
  }

  /** Judging would stand still while it waited for somebody who reads the file, as `buffer export` does: the log grows on. */
  #checkpoint(): void {
    this.#database.exec('PRAGMA busy_timeout = 0');
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    }
  }

  #datasync(log: string): Promise<void> {
    if (this.#wal === undefined) {
      this.#wal = openSync(log, 'r+');
      syncFolder(dirname(this.#path));
    }
    return datasync(this.#wal);
  }
}

/** The log's file is new: its name is durable once its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
