/**
 * Retention may take a reading once its receipt is long enough ago, and pruning what a device had that was silent for
 * long: then nobody asks where it is.
 */
import { DEFAULT_SETTINGS } from '@fernsight/cloud';
import type { Marked } from '../truth/truth.ts';
import type { World } from './checker.ts';

const MS_PER_DAY = 86_400_000;
/** The cloud's clock may be off by some seconds in a history, and drift. */
const SLACK_MS = 60_000;

/** @param reading that the cloud answered for */
export function isExpired(
  { config, kernel, silences }: World,
  { series, number }: Marked,
): boolean {
  const takenMs = series.takenMs[number] ?? 0;
  if (takenMs < silences.forgottenMs(series.device, kernel.nowMs)) return true;
  const ackedMs = series.ackedMs[number] ?? 0;
  const days = config.settings.rawRetentionDays ?? DEFAULT_SETTINGS.rawRetentionDays;
  return ackedMs < kernel.nowMs - days * MS_PER_DAY + SLACK_MS;
}
