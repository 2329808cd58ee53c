/** What the parts of the outbox share: its statements and counts, and transactions over them. */
import type { Body } from './body.ts';
import type { OutboxCounts } from './counts.ts';
import type { Statements } from './statements.ts';

export interface OutboxParts {
  readonly sql: Statements;
  readonly counts: OutboxCounts;
  usedBytes(): number;
  /** stamp of the oldest reading that waits; undefined where none does */
  oldestUs(): number | undefined;
  bodyOf(first: number): Body;
  /** all of `work` or nothing of it */
  transaction(work: () => void): void;
  /** the same, with the counts as they are afterwards */
  change(work: () => void): void;
}
