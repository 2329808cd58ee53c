/**
 * One agent an outbox. The lock is an open exclusive transaction on a small database beside it, which the operating
 * system lets go when the process ends, in whatever way; a file with a process number in it would outlive a kill.
 * The outbox itself stays readable, so that `fernsight buffer status` works while the agent runs.
 */
import { DatabaseSync } from 'node:sqlite';
import { UsageFault } from '@fernsight/base';
import { isBusy } from './sqliteError.ts';

export class OutboxLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws UsageFault when another agent holds it; what SQLite throws where the file cannot be had */
  static acquire(path: string): OutboxLock {
    const database = new DatabaseSync(`${path}-lock`);
    try {
      database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    } catch (cause) {
      database.close();
      if (!isBusy(cause)) throw cause;
      throw new UsageFault(`${path} is in use by another agent`, {
        op: 'outbox.open',
        hint: 'stop the other agent, or give this one an outbox of its own',
        cause,
      });
    }
    return new OutboxLock(database);
  }

  release(): void {
    this.#database.close();
  }
}
