/**
 * The agent's durable buffer: one SQLite file, one packed row a run of readings.
 *
 * A commit writes the tail's row, the sources' positions, counts, open windows and due snapshots in one transaction, so
 * that a kill at any moment leaves a state that was true at one moment (I1, I2). WAL with synchronous=NORMAL does not
 * fsync on commit; `sync` does, by an fdatasync of the log, off the main thread. The uplink sends nothing that is not
 * synced: after a power cut the file knows every number that the cloud may know.
 */
import type { DatabaseSync } from 'node:sqlite';
import { assert, type Epoch, type Probe } from '@fernsight/base';
import type { JointVerdict, Verdict } from '@fernsight/detect';
import { BATCH_SERIES_MAX } from '@fernsight/wire/agent';
import { LIVE_AGE_US, TAIL_BYTES_MAX, TAIL_READINGS_MAX } from '../limits.ts';
import { type Body, lostBody, readingsOf } from './body.ts';
import { Bound, type BoundOptions } from './bound.ts';
import type { Commit } from './commit.ts';
import { type OutboxCounts, parseCounts } from './counts.ts';
import { Dispatch } from './dispatch.ts';
import { Durability } from './durability.ts';
import type { OutboxParts } from './outboxParts.ts';
import { packBody, unpackBody } from './packBody.ts';
import { cardOf, gapsIn, type Lane, type RowCard } from './row.ts';
import { OPEN, WAITING } from './schema.ts';
import { prepare, type Statements } from './statements.ts';
import { SummaryQueue } from './summaryQueue.ts';
import { Tail, type TailReading } from './tail.ts';
import { GONE, RAW, SURROUNDED } from './thin.ts';

export interface OutboxOptions extends BoundOptions {
  readonly probe?: Probe | undefined;
}

export class Outbox {
  readonly database: DatabaseSync;
  readonly #durability: Durability;
  readonly #probe: Probe | undefined;
  readonly #sql: Statements;
  readonly #tail = new Tail();
  readonly #counts: OutboxCounts;
  /** closed window summaries that wait for the cloud */
  readonly summaries: SummaryQueue;
  /** rows on their way to the cloud */
  readonly dispatch: Dispatch;
  readonly bound: Bound;
  #epoch = { id: 0, name: '' };
  #tailFirst: number;
  #tailSeq = 0;
  #committed = 0;
  #goneCommitted = 0;
  readonly #pageBytes: number;
  /** bytes of the pages in use, since the last transaction; undefined: not known */
  #usedBytes: number | undefined;
  /** of the oldest row that waits, since the rows were last changed; undefined: not known */
  #oldest: { readonly oldestUs: number | undefined } | undefined;

  /** @param database open, migrated; closed by `close` */
  constructor(database: DatabaseSync, path: string, options: OutboxOptions) {
    const { probe, ...bound } = options;
    this.database = database;
    this.#probe = probe;
    this.#durability = new Durability(database, path, options);
    this.#sql = prepare(database);
    this.#pageBytes = Number(this.#sql.pageSize.get()?.page_size);
    this.#counts = parseCounts(this.stateRows().get('counts'));
    this.#sql.reopen.run();
    const end = this.#sql.end.get();
    const parts: OutboxParts = {
      sql: this.#sql,
      counts: this.#counts,
      usedBytes: () => this.usedBytes(),
      oldestUs: () => this.oldestUs(),
      bodyOf: (first) => this.bodyOf(first),
      transaction: (work) => this.transaction(work),
      change: (work) =>
        this.transaction(() => {
          work();
          this.#putCounts();
        }),
    };
    this.summaries = new SummaryQueue(parts, bound.bytesMax);
    this.dispatch = new Dispatch(parts);
    this.bound = new Bound(parts, this.dispatch.inFlight, bound);
    this.#tailFirst = Math.max(this.#counts.next, Number(end?.next ?? 0));
  }

  /** index of the next reading */
  get next(): number {
    return this.#tailFirst + this.#tail.count;
  }

  /** the name under which readings are numbered now */
  get epoch(): string {
    return this.#epoch.name;
  }

  /** whether the tail takes `count` more readings; where it does not, a sealing commit makes room */
  hasRoom(count: number): boolean {
    const { heldCount, seriesCount } = this.#tail;
    if (heldCount === 0) return true;
    return heldCount + count <= TAIL_READINGS_MAX && seriesCount + count <= BATCH_SERIES_MAX;
  }

  /** readings that are in memory alone */
  get uncommittedCount(): number {
    return this.#tail.count - this.#committed;
  }

  get counts(): Readonly<OutboxCounts> {
    return this.#counts;
  }

  /** whether anything waits for the cloud, thinned minutes, counts and summaries among it */
  get busy(): boolean {
    return this.#tail.count > 0 || this.summaries.count > 0 || this.oldestUs() !== undefined;
  }

  /** readings that wait as readings */
  get waitingCount(): number {
    const { delivered, thinned, dropped, rejected, lost } = this.#counts;
    return this.next - delivered - thinned - dropped - rejected - lost;
  }

  /**
   * Starts numbering from 0 under a new name. The tail must be sealed.
   * @param shiftUs what is added to stamps of the agent's own clock to get detector time
   */
  beginEpoch(epoch: Epoch, shiftUs: number): void {
    assert(this.#tail.count === 0, 'an epoch begins with an empty tail');
    this.#sql.forgetEpochs.run();
    const { lastInsertRowid } = this.#sql.insertEpoch.run(epoch, shiftUs);
    this.#epoch = { id: Number(lastInsertRowid), name: epoch };
    this.#tailSeq = 0;
    this.#usedBytes = undefined;
    this.#durability.soil();
    this.#probe?.at('outbox.epochBegun');
  }

  append(reading: TailReading, verdict: Verdict | undefined): void {
    this.#tail.append(reading, verdict);
  }

  /** Numbers a reading for which there is no room: it reaches the cloud as a count of `dropped`. */
  appendGone(device: string): void {
    this.#tail.appendGone(device);
  }

  appendJoint(device: string, verdict: JointVerdict): void {
    this.#tail.appendJoint(device, verdict);
  }

  /** All or nothing. @throws what SQLite throws; the tail keeps its readings, and the next commit carries them */
  commit(commit: Commit): void {
    const bytes = this.#tail.count > 0 ? packBody(this.#tail.body()) : undefined;
    const seal = bytes !== undefined && (commit.seal || bytes.length >= TAIL_BYTES_MAX);
    if (seal) this.#oldest = undefined;
    this.#transact(() => {
      if (bytes !== undefined) this.#writeTail(bytes, seal ? WAITING : OPEN);
      for (const [key, value] of commit.state) this.#sql.putState.run(key, value);
      for (const [device, snapshot] of commit.snapshots) {
        this.#sql.putSnapshot.run(device, this.next, snapshot);
      }
      const summariesGone = this.summaries.put(commit.summaries);
      this.#counts.summariesDropped += summariesGone;
      this.#counts.dropped += this.#tail.goneCount - this.#goneCommitted;
      const forgotten = this.#sql.forgetKept.run(commit.keepFrom).changes;
      if (forgotten > 0 || this.#tail.goneCount > 0 || summariesGone > 0) this.#putCounts();
    });
    this.#goneCommitted = this.#tail.goneCount;
    this.#committed = this.#tail.count;
    if (seal) this.#startTail();
    this.bound.enforce(commit.keepFrom);
  }

  /** One transaction, of which rows may be part; what `work` throws undoes it, in the counts too. */
  transaction(work: () => void): void {
    this.#oldest = undefined;
    this.#transact(work);
  }

  /** The same, of which no row that waits is part, but for one more. */
  #transact(work: () => void): void {
    const counts = { ...this.#counts };
    this.database.exec('BEGIN IMMEDIATE');
    try {
      work();
      // in here it costs no lock of its own
      this.#usedBytes = this.#readUsage();
      this.#probe?.at('outbox.written');
      this.database.exec('COMMIT');
    } catch (error) {
      this.#usedBytes = undefined;
      Object.assign(this.#counts, counts);
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
    this.#durability.soil();
    this.#probe?.at('outbox.committed');
  }

  /** Resolves when everything committed before the call is on the disk. */
  sync(): Promise<void> {
    return this.#durability.sync();
  }

  /** @returns the lane that the open tail would go by; undefined where it is empty */
  tailLane(nowUs: number): Lane | undefined {
    if (this.#tail.count === 0) return undefined;
    return this.#tail.newestUs >= nowUs - LIVE_AGE_US ? 'live' : 'backfill';
  }

  bodyOf(first: number): Body {
    const row = this.#sql.bytes.get(first);
    const bytes = row?.bytes;
    assert(bytes instanceof Uint8Array, `row ${first} is in the outbox`);
    return unpackBody(bytes);
  }

  /**
   * What was taken, and neither waits nor went anywhere, was in rows that could not be read: for after a salvage.
   * Their numbers go to the cloud as `gone`, and it passes over those that it has.
   * @param taken readings ever taken, by the devices' own counts
   * @param agent the device under which they are counted
   */
  countLost(taken: number, agent: string): void {
    this.#tailFirst = Math.max(this.#tailFirst, taken);
    let held = 0;
    for (const card of this.#sql.pickBackfill.all(Number.MAX_SAFE_INTEGER).map(cardOf))
      held += card.level === RAW ? card.count : readingsOf(this.bodyOf(card.first));
    this.transaction(() => {
      const lost = Math.max(0, this.waitingCount - held);
      this.#counts.lost += lost;
      this.#putCounts();
      const gaps = lost > 0 ? gapsIn(this.#sql.listFrom.all(0).map(cardOf), this.#tailFirst) : [];
      for (const { first, count, epoch, seq } of gaps) {
        const bytes = packBody(lostBody(agent, count));
        this.#sql.putRow.run(first, count, epoch, seq, 0, 0, 0, GONE, WAITING, bytes);
      }
    });
  }

  /** bytes of the pages in use */
  usedBytes(): number {
    this.#usedBytes ??= this.#readUsage();
    return this.#usedBytes;
  }

  /** stamp of the oldest reading that waits */
  oldestUs(): number | undefined {
    if (this.#oldest === undefined) {
      const row = this.#sql.oldest.get();
      this.#oldest = { oldestUs: row === undefined ? undefined : Number(row.oldest_us) };
    }
    return this.#oldest.oldestUs;
  }

  /** Closes the file. What was not committed is lost. */
  close(): void {
    this.#durability.close();
    this.database.close();
  }

  /** The rows that hold readings from `index` on, in their order; with the shift of each row's epoch. */
  *rowsFrom(index: number): Generator<{ readonly card: RowCard; readonly shiftUs: number }> {
    for (const row of this.#sql.listFrom.all(index)) {
      const card = cardOf(row);
      const epoch = this.#sql.epochShift.get(card.epoch);
      yield { card, shiftUs: Number(epoch?.shift_us ?? 0) };
    }
  }

  snapshots(): { readonly device: string; readonly at: number; readonly bytes: Uint8Array }[] {
    return this.#sql.listSnapshots.all().map((row) => {
      const bytes = row.bytes;
      assert(bytes instanceof Uint8Array, 'a snapshot has bytes');
      return { device: String(row.device), at: Number(row.at), bytes };
    });
  }

  /** @returns the state rows: positions, devices, counts */
  stateRows(): Map<string, string> {
    return new Map(this.#sql.listState.all().map((row) => [String(row.key), String(row.value)]));
  }

  #readUsage(): number {
    const pages = Number(this.#sql.pageCount.get()?.page_count);
    const free = Number(this.#sql.freeCount.get()?.freelist_count);
    return (pages - free) * this.#pageBytes;
  }

  #writeTail(bytes: Uint8Array, state: number): void {
    const { count, oldestUs, newestUs, anomalyCount } = this.#tail;
    const nowhere = count === this.#tail.goneCount;
    this.#sql.putTail.run(
      this.#tailFirst,
      count,
      this.#epoch.id,
      this.#tailSeq,
      nowhere ? 0 : oldestUs,
      nowhere ? 0 : newestUs,
      anomalyCount,
      this.#tail.goneCount > 0 ? SURROUNDED : RAW,
      state,
      bytes,
      this.#tail.goneCount > 0 ? bytes.length : 0,
    );
  }

  #startTail(): void {
    this.#tailFirst += this.#tail.count;
    this.#tailSeq += this.#tail.count;
    this.#committed = 0;
    this.#goneCommitted = 0;
    this.#tail.clear();
  }

  #putCounts(): void {
    this.#counts.next = this.#tailFirst + this.#committed;
    this.#sql.putState.run('counts', JSON.stringify(this.#counts));
  }
}
