/**
 * Writing that waits for room: what the server does on its own account (incidents, deliveries, the last use of a token) is
 * put off while the disk is full, and the server goes on; ingest tells its senders 503 meanwhile.
 */
import type { Clock, Log } from '@fernsight/base';
import { StorageFault, storageFault } from './database.ts';

/** Until a disk that was full is asked again. */
const AGAIN_MS = 1_000;

export interface Waiting {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * @param write called again until it does not fail for want of room; what it did before it failed must not count
 * @returns whether it was written; false where `signal` was aborted first
 * @throws what is no such failure
 */
export async function whenRoom(
  write: () => void,
  { clock, log, signal }: Waiting,
): Promise<boolean> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      write();
      if (!isFirst) log.info('there is room to write again');
      return true;
    } catch (error) {
      const fault = storageFault('store.write', error);
      if (!(fault instanceof StorageFault) || !fault.retryable) throw fault;
      if (isFirst) log.warn('no room to write; it is tried again', { reason: fault.message });
    }
    await clock.sleep(AGAIN_MS, signal);
    if (signal.aborted) return false;
  }
}
