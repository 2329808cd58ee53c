/**
 * Reads one source into the agent: block by block, in step with the outbox, started again when it dies.
 *
 * A block's readings and the position after them are one commit. A source that can repeat waits while there is no
 * room; it is read again, after a failure or a restart, from the last committed position.
 */
import {
  assert,
  Backoff,
  type Clock,
  errorMessage,
  Fault,
  type Log,
  type Rng,
} from '@fernsight/base';
import type { Intake } from '../intake.ts';
import {
  BLOCK_READINGS_MAX,
  COMMIT_INTERVAL_MS,
  COMPLAINTS_PER_MINUTE,
  SOURCE_BACKOFF_BASE_MS,
  SOURCE_BACKOFF_CAP_MS,
} from '../limits.ts';
import type { RunMark } from '../outbox/runMark.ts';
import type { Block, Invalid, Source, Taken } from './source.ts';

export interface FeedOptions {
  readonly source: Source;
  readonly intake: Intake;
  readonly runMark: RunMark;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly take: (taken: Taken) => void;
  readonly sync: () => Promise<void>;
}

/** How a source is doing. */
export interface SourceStatus {
  readonly name: string;
  readonly state: 'waiting' | 'reading' | 'failed' | 'ended';
  readonly restartCount: number;
  readonly lastError: string | undefined;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #backoff: Backoff;
  #state: SourceStatus['state'] = 'waiting';
  #restartCount = 0;
  #lastError: string | undefined;
  /** taken, and not yet acknowledged to the source */
  #position: string | undefined;
  #complaints = { minute: 0, count: 0 };

  constructor(options: FeedOptions) {
    this.#options = options;
    const limits = { baseMs: SOURCE_BACKOFF_BASE_MS, capMs: SOURCE_BACKOFF_CAP_MS };
    this.#backoff = new Backoff(limits, options.rng);
  }

  status(): SourceStatus {
    return {
      name: this.#options.source.name,
      state: this.#state,
      restartCount: this.#restartCount,
      lastError: this.#lastError,
    };
  }

  /** @returns what tells the source that everything taken until now is on the disk; undefined where there is nothing to tell */
  acknowledgement(): (() => void) | undefined {
    const { source } = this.#options;
    const position = this.#position;
    if (position === undefined) return undefined;
    return () => {
      source.acknowledge?.(position);
      // kept until here: where the sync fails, the next one acknowledges it
      if (this.#position === position) this.#position = undefined;
    };
  }

  /** Resolves at the source's end or when aborted. @throws Fault that is not worth another try */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#state = 'reading';
        await this.#read(signal);
        this.#state = 'ended';
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Fault) || !error.retryable) throw error;
        await this.#rest(error, signal);
      }
    }
  }

  async #rest(error: Fault, signal: AbortSignal): Promise<void> {
    const { source, clock, log } = this.#options;
    this.#state = 'failed';
    this.#restartCount++;
    this.#lastError = errorMessage(error);
    const waitMs = Math.round(this.#backoff.failed());
    const hint = error instanceof Fault ? error.hint : undefined;
    const fields = { source: source.name, reason: this.#lastError, hint, waitMs };
    log.warn('a source failed and is started again', fields);
    await clock.sleep(waitMs, signal);
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { source, intake, sync } = this.#options;
    intake.commit(false);
    for await (const block of source.read(intake.positionOf(source.name), signal)) {
      if (!(await this.#room(block.readings.length, signal))) return;
      this.#backoff.succeeded();
      this.#take(block);
      if (block.pressing === true) await sync();
    }
  }

  /** @returns whether the block may be taken: a source that can repeat waits for room until it is aborted */
  async #room(count: number, signal: AbortSignal): Promise<boolean> {
    const { source, intake, clock } = this.#options;
    assert(count <= BLOCK_READINGS_MAX, `a block of ${source.name} holds ${count} readings`);
    while (!intake.makeRoom(count) && source.repeatable && !signal.aborted) {
      await clock.sleep(COMMIT_INTERVAL_MS, signal);
    }
    return !signal.aborted;
  }

  #take(block: Block): void {
    const { source, intake, runMark, take } = this.#options;
    intake.now();
    runMark.note(source.repeatable ? (block.onceCount ?? 0) : block.readings.length);
    for (const taken of block.readings) take(taken);
    for (const invalid of block.invalid ?? []) {
      intake.countInvalid(invalid);
      this.#complain(invalid);
    }
    if (block.position === undefined) return;
    intake.setPosition(source.name, block.position);
    this.#position = block.position;
  }

  /** Names bad input in the log, a few times a minute; all of it is counted. */
  #complain(invalid: Invalid): void {
    const { source, clock, log } = this.#options;
    const minute = Math.floor(clock.monotonicMs() / 60_000);
    if (minute !== this.#complaints.minute) this.#complaints = { minute, count: 0 };
    if (++this.#complaints.count > COMPLAINTS_PER_MINUTE) return;
    log.warn('not a reading', { source: source.name, ...invalid });
  }
}
