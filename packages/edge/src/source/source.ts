/**
 * The seam where readings enter: whatever can be iterated for blocks of readings is a source.
 *
 * A block's position says where to go on after it. The agent commits it in the same transaction as the block's
 * readings, hands it back to `read` after a restart, and acknowledges it once it is on the disk (fsync). A source that
 * can repeat (a file, QoS 1) therefore loses and doubles nothing; one that cannot loses at most what was not committed.
 */
import type { SensorCard } from '@fernsight/base';
import type { Kind } from '@fernsight/detect';
import type { DeviceCard } from '@fernsight/wire/agent';

/** One value as a source gives it; the agent fills in what is absent. */
export interface Taken {
  /** absent: the agent itself */
  readonly device?: string | undefined;
  readonly sensor: string;
  readonly value: number;
  /** microseconds UTC; absent: stamped by the agent's clock */
  readonly tsUs?: number | undefined;
  /** what really happened, where a simulator knows */
  readonly label?: Kind | undefined;
}

/** Something a source was given that is no reading. It is counted, and named in the log. */
export interface Invalid {
  readonly device?: string | undefined;
  /** where it stood: `line 17`, a topic */
  readonly at: string;
  readonly reason: string;
  /** how many it stands for; absent: one */
  readonly count?: number | undefined;
}

export interface Block {
  readonly readings: readonly Taken[];
  readonly invalid?: readonly Invalid[] | undefined;
  /** readings of it that came once and do not come again, though the source can repeat others */
  readonly onceCount?: number | undefined;
  /** opaque to the agent; absent where the source cannot repeat */
  readonly position?: string | undefined;
  /** the source stands still until this block is acknowledged */
  readonly pressing?: boolean | undefined;
}

export interface Source {
  /** unique within the agent; positions are kept under it */
  readonly name: string;
  /** whether `read(position)` gives again what came after that position */
  readonly repeatable: boolean;
  /** what is known beforehand of the sensors it reads, and of devices behind the agent */
  readonly sensors?: readonly SensorCard[] | undefined;
  readonly children?: readonly DeviceCard[] | undefined;
  /**
   * @param from the last committed position; undefined at the first start
   * @param signal ends the iteration
   * @throws Fault; a retryable one is read again after a backoff
   */
  read(from: string | undefined, signal: AbortSignal): AsyncIterable<Block>;
  /** Everything up to `position` is on the disk. */
  acknowledge?(position: string): void;
}
