/** What a commit of the outbox makes true at one moment, beside the readings in its tail (I1). */
import type { WindowSummary } from '@fernsight/wire/agent';

export interface Commit {
  /** state rows that changed: positions, devices */
  readonly state: Iterable<readonly [key: string, value: string]>;
  /** snapshots of devices as of now, the whole tail included */
  readonly snapshots: Iterable<readonly [device: string, bytes: Uint8Array]>;
  readonly summaries: Iterable<WindowSummary>;
  /** index of the oldest reading that a restart must replay; batches before it go once they are acknowledged */
  readonly keepFrom: number;
  /** closes the tail's row, so that it may be sent */
  readonly seal: boolean;
}
