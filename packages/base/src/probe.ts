/**
 * What a simulation lends to a component: it hears of the moments at which a crash matters, holds its databases, and
 * stands in for the disk's thread. Production lends none, and pays a test for `undefined` at each of these moments.
 *
 * What `at` throws ends the component as a kill would: nothing of it is used afterwards but its files.
 */
import type { DatabaseSync } from 'node:sqlite';

/** Moments named after what has just happened, in the order of the path of a reading. */
export type CrashPoint =
  // the agent: a transaction's statements ran; it is committed; a sync begins, and is done
  | 'outbox.written'
  | 'outbox.committed'
  | 'outbox.syncing'
  | 'outbox.synced'
  | 'outbox.epochBegun'
  // a batch is about to be sent, was answered, was acknowledged in the outbox
  | 'uplink.sending'
  | 'uplink.answered'
  | 'uplink.acknowledged'
  // which models judge has changed: by the cloud's word, or as a trial came out
  | 'model.heard'
  | 'model.decided'
  // the cloud: parcels are judged; the group is written, is committed, is durable
  | 'ingest.judged'
  | 'journal.written'
  | 'journal.committed'
  | 'journal.synced'
  // snapshots of judges are taken; tails are packed, committed; the journal is cut
  | 'snapshot.taken'
  | 'compaction.written'
  | 'compaction.committed'
  | 'journal.cut'
  | 'store.folded'
  | 'store.pruned'
  // the history of a device that was silent for long is deleted
  | 'store.buried'
  // the key for models changes: the next one is on the disk; models are signed with it; that is committed
  | 'modelKey.made'
  | 'modelKey.signed'
  | 'modelKey.committed'
  // at a start: the journal was read again
  | 'store.replayed';

export interface Probe {
  /** @throws what ends the component */
  at(point: CrashPoint): void;
  /** a database was opened: for a bound of its pages, and to be closed after a crash */
  opened(path: string, database: DatabaseSync): void;
  /** in place of fdatasync on the thread pool; rejects as a failing disk does */
  datasync(path: string): Promise<void>;
  /** in place of a turn of the event loop: the time that a piece of work takes */
  pause(): Promise<void>;
}
