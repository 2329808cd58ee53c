/**
 * The disk of one machine: a folder of real files, in memory where the machine has such a place, with durability
 * modelled. What a sync covered survives a power cut; of what followed a prefix does, torn anywhere. A kill leaves all
 * that was written.
 *
 * A process that was killed in here cannot be made to let go of its files as the operating system would. So a crash copies them
 * into a new folder, which the next process opens, and the old ones are closed afterwards, to whatever effect.
 */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Rng } from '@fernsight/base';
import type { Volume } from './volume.ts';
import { NO_LOG, WalIndex, type WalState, walBytes } from './wal.ts';

/** SQLite's own default: no bound of ours. */
const PAGES_MAX = 0xfffffffe;
const SECTOR_BYTES = 512;
const WAL_ENDING = '-wal';
/** Files that belong to a process and not to the disk. */
const PROCESS_FILES = /(?:-shm|-lock|^lock|^holder)$/;

export class Disk {
  readonly #root: string;
  readonly #rng: Rng;
  readonly #volume: Volume | undefined;
  #generation = 0;
  #isFull = false;
  /** whether power was cut: what is there then is durable */
  #isSettled = false;
  /** by name of the database file: what the last sync covered */
  readonly #synced = new Map<string, WalState>();
  readonly #open = new Map<DatabaseSync, string>();
  /** by path: another one each time that a database is opened */
  readonly #indexes = new Map<string, WalIndex>();

  /** @param volume that is mounted at the root: a full one stands in for the bound of pages */
  constructor(root: string, rng: Rng, volume?: Volume) {
    this.#root = root;
    this.#volume = volume;
    this.#rng = rng;
    mkdirSync(this.folder, { recursive: true });
  }

  get folder(): string {
    return join(this.#root, String(this.#generation));
  }

  /** whether it takes no more pages */
  get isFull(): boolean {
    return this.#isFull;
  }

  opened(path: string, database: DatabaseSync): void {
    for (const other of this.#open.keys()) if (!other.isOpen) this.#open.delete(other);
    this.#open.set(database, path);
    this.#indexes.get(path)?.close();
    this.#indexes.delete(path);
    const name = basename(path);
    if (!this.#synced.has(name)) this.#synced.set(name, this.#isSettled ? this.#wal(path) : NO_LOG);
    if (this.#isFull && this.#volume === undefined) bound(database, true);
  }

  /** @param walPath of a database's log. @returns what makes durable what is written by now: to be called when the sync is done */
  beginSync(walPath: string): () => void {
    const path = walPath.slice(0, -WAL_ENDING.length);
    const covered = this.#wal(path);
    return () => this.#synced.set(basename(path), covered);
  }

  /** Everything that is written by now is durable. */
  syncedAll(): void {
    for (const path of this.#open.values()) this.#synced.set(basename(path), this.#wal(path));
  }

  setFull(isFull: boolean): void {
    this.#isFull = isFull;
    if (this.#volume !== undefined) this.#fill();
    else for (const database of this.#open.keys()) bound(database, isFull);
  }

  /** bytes of all files */
  usedBytes(): number {
    return readdirSync(this.folder).reduce(
      (sum, name) => sum + statSync(join(this.folder, name)).size,
      0,
    );
  }

  /** Ends whatever runs on it: by a kill, or by a power cut. @returns what closes the old files, for later */
  crash(hasPower: boolean): () => void {
    const [from, closing] = [this.folder, [...this.#open.keys()]];
    this.#generation++;
    this.#volume?.drain();
    mkdirSync(this.folder, { recursive: true });
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      const { name } = entry;
      if (PROCESS_FILES.test(name)) continue;
      if (entry.isDirectory()) {
        cpSync(join(from, name), join(this.folder, name), { recursive: true });
        continue;
      }
      copyFileSync(join(from, name), join(this.folder, name));
      if (name.endsWith(WAL_ENDING) && !hasPower) this.#cut(from, name);
    }
    for (const index of this.#indexes.values()) index.close();
    this.#indexes.clear();
    this.#open.clear();
    this.#isSettled = !hasPower;
    if (!hasPower) this.#synced.clear();
    this.#fill();
    return () => {
      for (const database of closing) if (database.isOpen) database.close();
      rmSync(from, { recursive: true });
      this.#fill();
    };
  }

  /** What became free is not, while the disk is to be full. */
  #fill(): void {
    if (this.#isFull) this.#volume?.fill();
    else this.#volume?.drain();
  }

  #wal(path: string): WalState {
    const index = this.#indexes.get(path) ?? new WalIndex(path);
    this.#indexes.set(path, index);
    return index.read();
  }

  /** Leaves of a log what was synced, and a part of the rest. A database that nobody watches syncs each commit. */
  #cut(from: string, name: string): void {
    const database = name.slice(0, -WAL_ENDING.length);
    const covered = this.#synced.get(database);
    if (covered === undefined) return;
    const now = this.#wal(join(from, database));
    const kept = covered.salt === now.salt ? covered.frameCount : 0;
    const floor = walBytes(Math.max(kept, now.checkpointedCount));
    const path = join(this.folder, name);
    const end = Math.min(walBytes(now.frameCount), statSync(path).size);
    if (end <= floor) return;
    const cut = floor + this.#rng.below(end - floor + 1);
    truncateSync(path, cut);
    if (this.#rng.below(2) === 0) this.#tear(path, floor);
  }

  /** Of the sectors behind `floor` one never reached the disk. */
  #tear(path: string, floor: number): void {
    const bytes = readFileSync(path);
    if (bytes.length <= floor) return;
    const at = floor + this.#rng.below(bytes.length - floor);
    bytes.fill(0, at, Math.min(bytes.length, at + SECTOR_BYTES));
    writeFileSync(path, bytes);
  }
}

function bound(database: DatabaseSync, isFull: boolean): void {
  if (!database.isOpen) return;
  const pages = isFull
    ? Number(database.prepare('PRAGMA page_count').get()?.page_count)
    : PAGES_MAX;
  database.exec(`PRAGMA max_page_count = ${Math.max(1, pages)}`);
}
