/**
 * The part of the wire that an agent loads: types, addresses, bounds, and the check of what the cloud answers, generated
 * from the schemas so that the schema library stays off the device.
 */
import type { BatchReply } from './batch.ts';
import { isBatchReply, isModelKey, isSignedModel } from './generated/validators.ts';
import type { ModelKey, SignedModel } from './model.ts';

export { addresses, locate } from './addresses.ts';
export type { DeviceCard, Explanation, KindName, StageName } from './atoms.ts';
export type {
  AgentModel,
  AgentStatus,
  Batch,
  BatchReply,
  Gone,
  JointColumns,
  JointShown,
  MaintenanceSpan,
  SeriesColumns,
  ThinnedMinute,
  WindowSummary,
} from './batch.ts';
export type { Region, SeriesRegions } from './feedback.ts';
export * from './limits.ts';
export type { ModelKey, SignedModel } from './model.ts';
export type { Problem } from './problem.ts';

/** @returns the reply, or undefined where `value` is none */
export function parseBatchReply(value: unknown): BatchReply | undefined {
  return isBatchReply(value) ? value : undefined;
}

/** @returns the signed model, or undefined where `value` is none */
export function parseSignedModel(value: unknown): SignedModel | undefined {
  return isSignedModel(value) ? value : undefined;
}

/** @returns the key with its past, or undefined where `value` is none */
export function parseModelKey(value: unknown): ModelKey | undefined {
  return isModelKey(value) ? value : undefined;
}
