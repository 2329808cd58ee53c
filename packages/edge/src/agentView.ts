/** How an agent is, for those who look at it: the status server, the screen, a program that embeds it. */
import type { AgentModel } from '@fernsight/wire/agent';
import type { Interruptions } from './outbox/runMark.ts';
import type { SourceStatus } from './source/feed.ts';
import type { UplinkStatus } from './uplink/uplink.ts';

export interface AgentView {
  readonly device: string;
  readonly epoch: string;
  readonly taken: number;
  readonly invalid: number;
  /** the outbox: readings that wait, bytes in use, stamp of the oldest */
  readonly waiting: number;
  /** closed window summaries that wait */
  readonly summariesWaiting: number;
  readonly summariesDropped: number;
  readonly outboxBytes: number;
  readonly oldestUs: number | undefined;
  readonly delivered: number;
  readonly thinned: number;
  readonly dropped: number;
  readonly rejected: number;
  readonly lost: number;
  /** ends of the agent that were not in order, and what they may have cost */
  readonly interruptions: Interruptions | undefined;
  /** sensors from which nothing came for several of their usual intervals: `device/sensor` */
  readonly silent: readonly string[];
  /** why the outbox takes no commits, while it does not */
  readonly fault: string | undefined;
  readonly uplink: UplinkStatus | undefined;
  /** sensor types of which a model was ever wanted */
  readonly models: readonly AgentModel[];
  readonly sources: readonly SourceStatus[];
}
