/** What an agent is told of maintenance windows, so that it learns nothing in them, with the network gone too. */
import { createHash } from 'node:crypto';
import type { BatchReply, MaintenanceWindow } from '@fernsight/wire';

/** Hex digits of the hash that stands for a list of windows: no two that a server ever has are alike. */
const VERSION_DIGITS = 16;

/**
 * @param isOwn whether a device is the agent, or stands behind it
 * @param known the version that the agent holds
 * @returns its windows, where it holds others; undefined where there is nothing to tell. O(windows)
 */
export function maintenanceNews(
  all: readonly MaintenanceWindow[],
  isOwn: (device: string) => boolean,
  known: string | undefined,
): BatchReply['maintenance'] {
  const windows = all
    .filter(({ device }) => device === null || isOwn(device))
    .map(({ device, startUs, endUs, everyUs }) => ({ device, startUs, endUs, everyUs }));
  if (windows.length === 0 && known === undefined) return undefined;
  const hash = createHash('sha256').update(JSON.stringify(windows)).digest('hex');
  const version = hash.slice(0, VERSION_DIGITS);
  return version === known ? undefined : { version, windows };
}
