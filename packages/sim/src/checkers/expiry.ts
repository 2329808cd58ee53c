/** Retention may take a reading once its receipt is long enough ago: then nobody asks where it is. */
import { DEFAULT_SETTINGS } from '@fernsight/cloud';
import type { World } from './checker.ts';

const MS_PER_DAY = 86_400_000;
/** The cloud's clock may be off by some seconds in a history, and drift. */
const SLACK_MS = 60_000;

/** @param ackedMs when the cloud answered for it */
export function isExpired({ config, kernel }: World, ackedMs: number): boolean {
  const days = config.settings.rawRetentionDays ?? DEFAULT_SETTINGS.rawRetentionDays;
  return ackedMs < kernel.nowMs - days * MS_PER_DAY + SLACK_MS;
}
