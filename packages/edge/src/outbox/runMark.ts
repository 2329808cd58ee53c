/**
 * Whether the run before this one ended in order, and what it may have cost where it did not (I1).
 *
 * Each commit carries a mark with the machine's boot and the most readings of sources that cannot repeat that ever came
 * between two commits and between two syncs; an end in order takes the mark away. A mark found at the start tells of a
 * kill (the same boot: at most one commit is missing) or of a power cut (another: at most one sync). What was not
 * written cannot be counted, so these are bounds, kept apart from the counts that add up (I3).
 */
import { readFileSync } from 'node:fs';
import { errorCode } from '@fernsight/base';
import { fieldsOf, numberOf } from './counts.ts';

/** Key of the outbox's state row. */
export const RUN_KEY = 'run';

/** All ends that were not in order since the outbox was made. */
export interface Interruptions {
  readonly count: number;
  /** readings of sources that cannot repeat that may be missing: no more than this */
  readonly readingsMax: number;
  /** when the last one happened: the last commit before it */
  readonly lastUs: number;
}

/** The end of the run before. */
export interface Interruption {
  readonly cause: 'kill' | 'power cut';
  readonly lastUs: number;
  readonly readingsMax: number;
}

export class RunMark {
  readonly #bootId: string;
  readonly before: Interruption | undefined;
  #all: Interruptions = { count: 0, readingsMax: 0, lastUs: 0 };
  #sinceCommit = 0;
  #sinceSync = 0;
  #commitMax = 0;
  #syncMax = 0;
  #ended = false;

  /** @param kept the row that the run before left */
  constructor(kept: string | undefined, bootId: string) {
    this.#bootId = bootId;
    if (kept === undefined) return;
    const fields = fieldsOf(kept);
    const { count, readingsMax, lastUs } = fieldsOf(JSON.stringify(fields.all ?? {}));
    this.#all = {
      count: Number(count ?? 0),
      readingsMax: Number(readingsMax ?? 0),
      lastUs: Number(lastUs ?? 0),
    };
    if (fields.bootId === undefined) return;
    const cause = bootId !== '' && fields.bootId === bootId ? 'kill' : 'power cut';
    this.before = {
      cause,
      lastUs: numberOf(fields, 'committedUs'),
      readingsMax: numberOf(fields, cause === 'kill' ? 'commitMax' : 'syncMax'),
    };
    this.#all = {
      count: this.#all.count + 1,
      readingsMax: this.#all.readingsMax + this.before.readingsMax,
      lastUs: this.before.lastUs,
    };
  }

  /** undefined where there was none */
  get interruptions(): Interruptions | undefined {
    return this.#all.count > 0 ? this.#all : undefined;
  }

  /** Counts readings of a source that cannot repeat. */
  note(count: number): void {
    this.#sinceCommit += count;
    this.#sinceSync += count;
    this.#commitMax = Math.max(this.#commitMax, this.#sinceCommit);
    this.#syncMax = Math.max(this.#syncMax, this.#sinceSync);
  }

  committed(): void {
    this.#sinceCommit = 0;
  }

  /** Everything that was committed is on the disk. */
  synced(): void {
    this.#sinceSync = this.#sinceCommit;
  }

  end(): void {
    this.#ended = true;
  }

  /** @returns the row as it is committed at `committedUs` */
  row(committedUs: number): string {
    const all = this.#all;
    if (this.#ended) return JSON.stringify({ all });
    const [commitMax, syncMax] = [this.#commitMax, this.#syncMax];
    return JSON.stringify({ all, bootId: this.#bootId, committedUs, commitMax, syncMax });
  }
}

/** @returns a name that is another after each start of the machine; empty where it tells none */
export function bootIdOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return '';
  }
}
