/**
 * Makes commits durable. SQLite would wait for the disk inside COMMIT, and the judges with it; here a commit only writes
 * the log, and the log is synced afterwards, on another thread while the next group is judged. What a sync covers is
 * what SQLite's own would: every frame of the log up to then, and a log is read back up to its first frame that is not
 * whole. `fdatasync` is enough, for it includes a file's length.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { StorageFault } from './database.ts';

/** `pool`: the caller goes on meanwhile · `inline`: it waits, so that everything stays on one thread */
export type SyncMode = 'pool' | 'inline';

/** The operation of a fault after which nobody knows what the disk holds. */
export const SYNC = 'store.sync';

const inPool = promisify(fdatasync);

export class WalSync {
  readonly #file: number;
  readonly #mode: SyncMode;
  #isClosed = false;
  /** syncs under way: the file stays open for them */
  #underWay = 0;

  /** @param path of the store; its log is there already */
  constructor(path: string, mode: SyncMode) {
    this.#file = openSync(`${path}-wal`, 'r+');
    this.#mode = mode;
  }

  /** Durable when it resolves: all that was committed before the call. @throws StorageFault */
  async sync(): Promise<void> {
    if (this.#mode === 'inline') {
      this.syncNow();
      return;
    }
    this.#underWay++;
    try {
      await inPool(this.#file);
    } catch (cause) {
      throw syncFault(cause);
    } finally {
      this.#underWay--;
      this.#letGo();
    }
  }

  syncNow(): void {
    try {
      fdatasyncSync(this.#file);
    } catch (cause) {
      throw syncFault(cause);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#letGo();
  }

  #letGo(): void {
    if (this.#isClosed && this.#underWay === 0) closeSync(this.#file);
  }
}

function syncFault(cause: unknown): StorageFault {
  return new StorageFault('the store cannot be synced to the disk', {
    op: SYNC,
    cause,
    retryable: true,
    hint: 'see to the disk of the data folder; what was not acknowledged is sent again',
  });
}
