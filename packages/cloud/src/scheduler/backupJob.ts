/** The backup that the server makes by itself, where an operator has named a place for it. */
import { join } from 'node:path';
import { type Clock, formatTimestamp, type Log, makeFolder } from '@fernsight/base';
import type { Settings } from '../settings.ts';
import { backupFolder, pruneBackups } from '../store/sqlite/backup.ts';
import type { Job } from './scheduler.ts';

export function backupJobs(
  { backupDir, backupTimes, backupsKept }: Settings,
  { dataDir, clock, log }: { readonly dataDir: string; readonly clock: Clock; readonly log: Log },
): Job[] {
  if (backupDir === undefined) return [];
  const run = async (signal: AbortSignal): Promise<string> => {
    makeFolder(backupDir);
    const stamp = formatTimestamp(clock.nowUs()).slice(0, 19).replaceAll(/[-:]/g, '');
    const to = join(backupDir, `fernsight-${stamp}Z`);
    await backupFolder({ dataDir, to, log, signal });
    const deleted = pruneBackups(backupDir, backupsKept);
    return `made ${to}${deleted.length === 0 ? '' : `, deleted ${deleted.length} old ones`}`;
  };
  return [{ name: 'backup', times: backupTimes, run }];
}
