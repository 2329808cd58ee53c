/**
 * The part of the wire that an agent loads: types, addresses, bounds, and the check of what the cloud answers, generated
 * from the schemas so that the schema library stays off the device.
 */
import type { BatchReply } from './batch.ts';
import { isBatchReply } from './generated/validators.ts';

export { addresses, locate } from './addresses.ts';
export type { DeviceCard, Explanation, KindName, StageName } from './atoms.ts';
export type {
  AgentStatus,
  Batch,
  BatchReply,
  Gone,
  JointColumns,
  SeriesColumns,
  ThinnedMinute,
  WindowSummary,
} from './batch.ts';
export type { Region, SeriesRegions } from './feedback.ts';
export * from './limits.ts';
export type { Problem } from './problem.ts';

/** @returns the reply, or undefined where `value` is none */
export function parseBatchReply(value: unknown): BatchReply | undefined {
  return isBatchReply(value) ? value : undefined;
}
